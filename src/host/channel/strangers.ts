/**
 * Connections to the logging port that have not shown the token yet. Anybody can make them, so they have
 * little time and a place that is bounded and their own: when it is full the oldest goes, and a peer, which
 * shows its token with its first bytes, is through before its turn comes. They never take a peer's place.
 */
import type { Socket } from 'node:net';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';

export class Strangers {
  readonly #log: (line: string) => void;
  /** In the order in which they came, with the timers that end them. */
  readonly #sockets = new Map<Socket, NodeJS.Timeout>();
  /** By the reason, of which there are few: when it was last told, and how many came since. */
  readonly #refusals = new Map<string, { readonly saidMs: number; readonly more: number }>();
  #turnedAway = 0;
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  add(socket: Socket): void {
    const [oldest] = this.#sockets.keys();
    if (oldest !== undefined && this.#sockets.size >= limits.channelStrangers) this.#turnAway(oldest);
    const timer = setTimeout(() => this.#turnAway(socket), limits.channelHandshakeMs);
    timer.unref();
    this.#sockets.set(socket, timer);
    socket.once('close', () => this.#forget(socket));
  }

  /** It has shown the token. */
  known(socket: Socket): void {
    this.#forget(socket);
  }

  #turnAway(socket: Socket): void {
    const { remoteAddress } = socket;
    this.#forget(socket);
    socket.destroy();
    this.#turnedAway += 1;
    const nowMs = monotonicMs();
    if (nowMs - this.#saidMs < limits.channelStrangersSaidMs) return;
    this.#saidMs = nowMs;
    this.#log(
      `logging channel: ${this.#turnedAway} connections turned away that did not show the token, the last from ${remoteAddress ?? 'one that has left'}`,
    );
    this.#turnedAway = 0;
  }

  /** It is told why by an HTTP status; the operator by a line, not by one for each of thousands. */
  refused({ remoteAddress }: Socket, why: string): void {
    const nowMs = monotonicMs();
    const { saidMs, more } = this.#refusals.get(why) ?? { saidMs: Number.NEGATIVE_INFINITY, more: 0 };
    if (nowMs - saidMs < limits.channelStrangersSaidMs) {
      this.#refusals.set(why, { saidMs, more: more + 1 });
      return;
    }
    this.#refusals.set(why, { saidMs: nowMs, more: 0 });
    const others = more === 0 ? '' : ` (${more} more since this was last said)`;
    this.#log(`logging channel: ${remoteAddress} refused: ${why}${others}`);
  }

  #forget(socket: Socket): void {
    clearTimeout(this.#sockets.get(socket));
    this.#sockets.delete(socket);
  }
}
