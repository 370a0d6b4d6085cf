/**
 * Finds the primary (FT §3.1): calls the hosts that may be it, one after the other, and the one that was lost
 * last of all. A round without success is followed by a pause, which doubles up to a bound. What a connection
 * is worth, the protocol decides; it orders the next search.
 */
import { limits } from '../../base/limits.ts';
import { LoggingClient } from './logging-channel.ts';
import { type ChannelEnd, type LoggingConnection, PAGES_PATH } from './logging-connection.ts';

export interface SeekerPorts {
  connected(connection: LoggingConnection): void;
  /** Connections for pages, beside the last one of the same name. */
  connectedForPages(connection: LoggingConnection): void;
  noConnectionForPages(name: string, reason: string): void;
  /** This one could not be reached; the next one is called. */
  failed(url: string, reason: string): void;
}

export class Seeker {
  readonly #token: string;
  readonly #ports: SeekerPorts;
  /**
   * How this host calls itself; never used for two machines. A number behind it
   * makes it the name of one connection.
   */
  readonly #name: string;
  #connections = 0;
  #urls: readonly string[] = [];
  /** The one that was called last. */
  #url = '';
  /** Where a round begins, as an index. */
  #first = 0;
  #calls = 0;
  #searching = false;
  #timer: NodeJS.Timeout | undefined;
  #client: LoggingClient | undefined;

  constructor(token: string, name: string, ports: SeekerPorts) {
    this.#token = token;
    this.#name = name;
    this.#ports = ports;
  }

  /** Where to look from now on; a search that is under way begins anew. */
  lookAt(urls: readonly string[]): void {
    this.#urls = urls;
    this.#first = 0;
    this.#calls = 0;
    if (this.#searching) this.seek();
  }

  /** Calls the next one. Without any it waits for `lookAt`. */
  seek(): void {
    this.stop();
    this.#searching = true;
    if (this.#urls.length === 0) return;
    const rounds = Math.floor(this.#calls / this.#urls.length);
    const isNewRound = this.#calls > 0 && this.#calls % this.#urls.length === 0;
    const pauseMs = Math.min(limits.seekAgainFirstMs * 2 ** (rounds - 1), limits.seekAgainMaximumMs);
    this.#timer = setTimeout(() => this.#call(), isNewRound ? pauseMs : 0);
  }

  /**
   * The host that was called last is the primary: the next search is for its
   * successor, and begins without a pause.
   */
  found(): void {
    if (this.#calls === 0) return;
    this.#first = (this.#first + this.#calls) % this.#urls.length;
    this.#calls = 0;
  }

  stop(): void {
    this.#searching = false;
    clearTimeout(this.#timer);
    this.#client?.cancel();
  }

  callForPages(name: string): void {
    new LoggingClient(
      { url: this.#url, token: this.#token, peer: name, path: PAGES_PATH },
      {
        connected: (connection) => this.#ports.connectedForPages(connection),
        failed: (end) => this.#ports.noConnectionForPages(name, end.reason),
      },
    );
  }

  #call(): void {
    const url = this.#urls[(this.#first + this.#calls) % this.#urls.length] ?? '';
    const answerMs = this.#urls.length > 1 ? limits.seekAnswerMs : limits.channelHandshakeMs;
    this.#url = url;
    this.#calls += 1;
    this.#connections += 1;
    this.#client = new LoggingClient(
      { url, token: this.#token, peer: `${this.#name}.${this.#connections}`, answerMs },
      {
        connected: (connection) => {
          this.#searching = false;
          this.#ports.connected(connection);
        },
        failed: (end) => {
          // The search goes on before anybody is told, who may end it.
          this.seek();
          this.#ports.failed(url, explain(end));
        },
      },
    );
  }
}

const explain = (end: ChannelEnd): string =>
  end.kind === 'refused' && end.status === 401 ? `${end.reason} (this host shows another token)` : end.reason;
