/**
 * The outbound calls that are open. The list lies in the machine, so a clone carries it and a backup that
 * goes live knows what the dead host had under way (FT §3.4: pending I/O is issued again): a call of which no
 * head was logged is made again, with the same Idempotency-Key; one that was being answered fails in the
 * guest as a network error, for what was read of its answer has been acted upon.
 *
 * Each making of a call has a generation, so that what a host says about an
 * earlier one is known for what it is.
 */
import { CALL, CALL_WINDOW_BYTES } from './abi.ts';
import { enter, leave, outputCall, setOpenCalls } from './host.ts';
import { limits } from './limits.ts';
import { arrayBufferByteLength, bareArray, SafeMap } from './primordials.ts';

/** Who is told of the answer. None of it may throw. */
export interface CallListener {
  /** `head` as abi.ts says. */
  head(head: string): void;
  chunk(bytes: ArrayBuffer): void;
  end(): void;
  failed(reason: string): void;
}

export interface OutboundCall {
  readonly id: number;
  /** In which it was made last; an earlier one than the present means that it is lost. */
  generation: number;
  /** How often it has been made. */
  attempts: number;
  /** What stands behind that in the head of its output. */
  readonly head: string;
  /** Kept until it is answered. */
  body: string | ArrayBuffer;
  isAnswered: boolean;
  untoldBytes: number;
  readonly listener: CallListener;
}

const TELL_FROM_BYTES = CALL_WINDOW_BYTES / 4;
const calls = new SafeMap<number, OutboundCall>();
let lastId = 0;
let generation = 0;

export const callsHold = (): boolean => calls.size > 0;

/** Undefined when too many are open. `head` and `body` are crossable. */
export function openCall(
  head: string,
  body: string | ArrayBuffer,
  listener: CallListener,
): OutboundCall | undefined {
  if (calls.size >= limits.openCalls) return undefined;
  const call: OutboundCall = {
    id: lastId + 1,
    generation,
    attempts: 1,
    head,
    body,
    isAnswered: false,
    untoldBytes: 0,
    listener,
  };
  const before = enter();
  try {
    calls.set(call.id, call);
    lastId = call.id;
    make(call);
  } catch (error) {
    calls.delete(call.id);
    throw error;
  } finally {
    setOpenCalls(calls.size);
    leave(before);
  }
  return call;
}

function make({ id, attempts, head, body }: OutboundCall): void {
  const length = typeof body === 'string' ? 0 : arrayBufferByteLength(body);
  outputCall(id, `${CALL.request}\n${generation}\n${attempts}\n${head}`, body, length);
}

/** Nobody wants its answer, or the rest of it. */
export function cancelCall(call: OutboundCall): void {
  if (calls.get(call.id) !== call) return;
  const before = enter();
  try {
    say(call, CALL.cancel);
  } finally {
    close(call);
    leave(before);
  }
}

function say({ id, generation: its }: OutboundCall, what: string, rest = ''): void {
  outputCall(id, `${what}\n${its}${rest}`, '', 0);
}

/** Called inside a section. */
function close(call: OutboundCall): void {
  calls.delete(call.id);
  setOpenCalls(calls.size);
}

function closeAlone(call: OutboundCall): void {
  const before = enter();
  try {
    close(call);
  } finally {
    leave(before);
  }
}

/** The call that an answer is about; undefined when it is over, or was made again since. */
export function callAnswered(id: number, itsGeneration: number): OutboundCall | undefined {
  const call = calls.get(id);
  return call !== undefined && call.generation === itsGeneration ? call : undefined;
}

export function headArrived(call: OutboundCall, head: string): void {
  if (call.isAnswered) return;
  call.isAnswered = true;
  call.body = '';
  call.listener.head(head);
}

/** A piece of the body; the bytes are the listener's from now on. */
export function chunkArrived(call: OutboundCall, bytes: ArrayBuffer | undefined, isLast: boolean): void {
  if (!call.isAnswered) return;
  if (isLast) closeAlone(call);
  if (bytes !== undefined) call.listener.chunk(bytes);
  if (isLast) call.listener.end();
}

/** The guest has taken so much of the body. */
export function bodyTaken(call: OutboundCall, bytes: number): void {
  call.untoldBytes += bytes;
  if (calls.get(call.id) !== call || call.untoldBytes < TELL_FROM_BYTES) return;
  const before = enter();
  try {
    say(call, CALL.taken, `\n${call.untoldBytes}`);
    call.untoldBytes = 0;
  } finally {
    leave(before);
  }
}

export function callFailed(call: OutboundCall, reason: string): void {
  closeAlone(call);
  call.listener.failed(reason);
}

/** From here on whatever was under way is lost; `settleLostCalls` sees to it. */
export function beginGeneration(epoch: number): void {
  generation = epoch;
}

/**
 * Makes again what was lost unanswered, fails the rest. Also after a turn in which memory ran out on the way.
 */
export function settleLostCalls(): void {
  const lost = bareArray<OutboundCall>();
  calls.forEach((call) => {
    if (call.generation !== generation) lost[lost.length] = call;
  });
  for (let index = 0; index < lost.length; index += 1) {
    const call = lost[index] as OutboundCall;
    if (call.isAnswered) callFailed(call, 'the host that received the answer is gone');
    else makeAgain(call);
  }
}

function makeAgain(call: OutboundCall): void {
  const before = enter();
  try {
    call.attempts += 1;
    make(call);
    call.generation = generation;
  } finally {
    leave(before);
  }
}
