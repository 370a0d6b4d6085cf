/**
 * Network links of a given speed between processes of one machine, in a process of their own (links.ts gives
 * the orders): TCP connections are passed on, and no more bytes a second than the link carries in each
 * direction, all its connections together. What is too much waits at its sender, as on a wire.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { LinkOrder, LinkResult } from './links.ts';
import { takeOrders } from './orders.ts';

/** Timers are late by a millisecond or so: what a link did not carry meanwhile it may carry at once. */
const CATCH_UP_MS = 4;
const BITS_PER_BYTE = 8;

/** One direction of a link. */
class Lane {
  readonly #bytesPerMs: number;
  /** From whom, and to whom: they stand still until the lane is free. */
  readonly #waiting = new Map<Socket, Socket>();
  /** When what has been passed on will have been carried. */
  #freeAtMs = 0;

  constructor(megabitsPerSecond: number) {
    this.#bytesPerMs = (megabitsPerSecond * 1_000) / BITS_PER_BYTE;
  }

  carry(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      const nowMs = performance.now();
      this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - CATCH_UP_MS) + chunk.length / this.#bytesPerMs;
      const isTaken = to.write(chunk);
      if (this.#freeAtMs > nowMs) this.#wait(from, to, this.#freeAtMs - nowMs);
      if (!isTaken) {
        from.pause();
        to.once('drain', () => {
          if (!this.#waiting.has(from)) from.resume();
        });
      }
    });
    from.on('end', () => to.end());
    from.on('error', () => undefined);
    from.once('close', () => {
      this.#waiting.delete(from);
      to.destroy();
    });
  }

  #wait(from: Socket, to: Socket, ms: number): void {
    from.pause();
    if (this.#waiting.size === 0) setTimeout(() => this.#goOn(), ms);
    this.#waiting.set(from, to);
  }

  /** Whoever has waited longest sends first. */
  #goOn(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [from, to] of waiting) if (!to.writableNeedDrain) from.resume();
  }
}

function open({ hostname, port, megabitsPerSecond }: LinkOrder): Promise<LinkResult> {
  const [there, back] = [new Lane(megabitsPerSecond), new Lane(megabitsPerSecond)];
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ host: hostname, port, noDelay: true, allowHalfOpen: true });
    there.carry(near, far);
    back.carry(far, near);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('a link has no port'));
      else resolve({ port: address.port });
    });
  });
}

takeOrders(open);
