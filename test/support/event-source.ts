/**
 * A browser's EventSource on node:http, after the HTML standard (§9.2): it comes back by itself
 * when its connection ends, after `retry:`, with the last id that it was told; an answer that
 * is no event stream ends it for good.
 */
import { EventEmitter } from 'node:events';
import http from 'node:http';

export interface SentEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

interface Told {
  open: [];
  event: [SentEvent];
  /** It has given up: a browser would not come back either. */
  failed: [Error];
}

const RETRY_MS = 3_000;

export class EventSource extends EventEmitter<Told> {
  readonly #url: string;
  readonly events: SentEvent[] = [];
  /** Connections that were made. */
  connections = 0;
  #lastEventId = '';
  #retryMs = RETRY_MS;
  #request: http.ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(url: string) {
    super();
    this.#url = url;
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  /** Resolves when `holds`, of the events and the connections so far; rejects when the source gives up. */
  until(holds: (source: this) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!holds(this)) return;
        this.off('event', look).off('open', look).off('failed', reject);
        resolve();
      };
      this.on('event', look).on('open', look).on('failed', reject);
      look();
    });
  }

  #connect(): void {
    const headers = {
      accept: 'text/event-stream',
      ...(this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId }),
    };
    const request = http.get(this.#url, { agent: false, headers }, (response) => {
      if (response.statusCode !== 200 || response.headers['content-type'] !== 'text/event-stream') {
        this.close();
        this.emit('failed', new Error(`${this.#url} answered ${response.statusCode}: no event stream`));
        return;
      }
      this.connections += 1;
      this.emit('open');
      const parser = new Parser(
        this.#lastEventId,
        (event) => this.#take(event),
        (ms) => {
          this.#retryMs = ms;
        },
      );
      response.setEncoding('utf8').on('data', (text: string) => {
        parser.push(text);
        this.#lastEventId = parser.lastEventId;
      });
      response.on('error', () => undefined).on('close', () => this.#comeBack(request));
    });
    this.#request = request;
    request.on('error', () => this.#comeBack(request));
  }

  #take(event: SentEvent): void {
    this.events.push(event);
    this.emit('event', event);
  }

  #comeBack(request: http.ClientRequest): void {
    if (this.#isClosed || request !== this.#request) return;
    this.#request = undefined;
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs);
  }
}

/** Fields of one connection; an event that is cut off in the middle is none. */
class Parser {
  lastEventId: string;
  readonly #dispatch: (event: SentEvent) => void;
  readonly #retry: (ms: number) => void;
  #rest = '';
  #type = '';
  #data: string[] = [];
  #id: string;

  constructor(lastEventId: string, dispatch: (event: SentEvent) => void, retry: (ms: number) => void) {
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
    this.#dispatch = dispatch;
    this.#retry = retry;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') {
      this.#end();
      return;
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#type = value;
    else if (name === 'id') this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.#retry(Number(value));
  }

  #end(): void {
    this.lastEventId = this.#id;
    const [type, data] = [this.#type || 'message', this.#data];
    this.#type = '';
    this.#data = [];
    if (data.length > 0) this.#dispatch({ type, data: data.join('\n'), lastEventId: this.lastEventId });
  }
}
