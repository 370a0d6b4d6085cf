/**
 * Receives request bodies whole, within the bounds of one and of all (I10). One that is large, or that does
 * not come at once, is an upload (upload.ts), unless it has an Idempotency-Key.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import { GatheredBytes } from './gathered-bytes.ts';

/**
 * `cut`: the client has gone; there is nobody to answer. `stalled`: nothing came for
 * a while, and others needed the room.
 */
export type BodyEnd = 'too-large' | 'no-room' | 'cut' | 'stalled';

/**
 * The bytes of all bodies that are coming in. Whoever has begun one and sends nothing more loses
 * it when there is no room for others.
 */
export class BodyBudget {
  #usedBytes = 0;
  /** When each sender's last bytes came; the one that has been silent longest is the first. */
  readonly #heardMs = new Map<() => void, number>();

  /** `stalled` is called, and must give back, when this sender is silent while others want room. */
  take(bytes: number, stalled?: () => void): boolean {
    const nowMs = monotonicMs();
    if (stalled !== undefined) {
      this.#heardMs.delete(stalled);
      this.#heardMs.set(stalled, nowMs);
    }
    if (this.#usedBytes + bytes > limits.requestBytesInFlight) this.#makeRoom(bytes, nowMs);
    if (this.#usedBytes + bytes > limits.requestBytesInFlight) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** This sender is done. */
  forget(stalled: () => void): void {
    this.#heardMs.delete(stalled);
  }

  #makeRoom(bytes: number, nowMs: number): void {
    for (const [stalled, heardMs] of this.#heardMs) {
      const isEnough = this.#usedBytes + bytes <= limits.requestBytesInFlight;
      if (isEnough || nowMs - heardMs < limits.bodyStalledMs) return;
      stalled();
    }
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }
}

/** The length that the client declared: 0 for no body, undefined for one of unknown length. */
export function declaredBodyBytes(request: IncomingMessage): number | undefined {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return headers['content-length'] === undefined ? 0 : Number(headers['content-length']);
}

/**
 * Calls `done` exactly once. After 'too-large', 'no-room' and 'stalled' the rest of the
 * body still comes in, and is nobody's.
 */
export function receiveBody(
  request: IncomingMessage,
  budget: BodyBudget,
  done: (result: Uint8Array | BodyEnd) => void,
): void {
  const received = new GatheredBytes();
  let receivedBytes = 0;
  const finish = (result: Uint8Array | BodyEnd): void => {
    request.off('data', onData).off('end', onEnd).off('close', onClose);
    budget.forget(onStalled);
    budget.giveBack(receivedBytes);
    done(result);
  };
  const onStalled = (): void => finish('stalled');
  const onData = (chunk: Uint8Array): void => {
    if (receivedBytes + chunk.length > limits.requestBodyBytes) finish('too-large');
    else if (!budget.take(chunk.length, onStalled)) finish('no-room');
    else {
      receivedBytes += chunk.length;
      received.add(chunk);
    }
  };
  const onEnd = (): void => finish(received.take());
  const onClose = (): void => finish('cut');
  request.on('data', onData).on('end', onEnd).on('close', onClose);
}

/**
 * Reads and forgets what a refused client still sends, within bounds, then
 * calls `done`: it shall read the refusal.
 */
export function discardBody(request: IncomingMessage, done: () => void): void {
  let discardedBytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', finish).off('close', finish);
    done();
  };
  const onData = (chunk: Uint8Array): void => {
    discardedBytes += chunk.length;
    if (discardedBytes > limits.lingerBytes) finish();
  };
  const timer = setTimeout(finish, limits.lingerMs);
  timer.unref();
  request.on('data', onData).on('end', finish).on('close', finish).resume();
}
