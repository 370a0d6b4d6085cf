/** Receives request bodies whole, within the bounds of one and of all (I10): the guest's network card has no streams yet. */
import type { IncomingMessage } from 'node:http';
import { limits } from '../../base/limits.ts';

const EMPTY = new Uint8Array(0);

/** `cut`: the client has gone; there is nobody to answer. */
export type BodyEnd = 'too-large' | 'no-room' | 'cut';

/** The bytes of all bodies that are coming in. */
export class BodyBudget {
  #usedBytes = 0;

  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > limits.requestBytesInFlight) return false;
    this.#usedBytes += bytes;
    return true;
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

/** Calls `done` exactly once. After 'too-large' and 'no-room' the rest of the body still comes in, and is nobody's. */
export function receiveBody(
  request: IncomingMessage,
  budget: BodyBudget,
  done: (result: Uint8Array | BodyEnd) => void,
): void {
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  const finish = (result: Uint8Array | BodyEnd): void => {
    request.off('data', onData).off('end', onEnd).off('close', onClose);
    budget.giveBack(receivedBytes);
    done(result);
  };
  const onData = (chunk: Uint8Array): void => {
    if (receivedBytes + chunk.length > limits.requestBodyBytes) finish('too-large');
    else if (!budget.take(chunk.length)) finish('no-room');
    else {
      receivedBytes += chunk.length;
      chunks.push(chunk);
    }
  };
  const onEnd = (): void => {
    const [only] = chunks;
    finish(chunks.length <= 1 ? (only ?? EMPTY) : Buffer.concat(chunks, receivedBytes));
  };
  const onClose = (): void => finish('cut');
  request.on('data', onData).on('end', onEnd).on('close', onClose);
}

/** Reads and forgets what a refused client still sends, within bounds, then calls `done`: it shall read the refusal. */
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
