/**
 * The kernel's side of the border with the host: the one way out (`hypercall`) and the fixed memory that the
 * host reads (abi.ts).
 */
import { CONTROL, HYPERCALL } from './abi.ts';
import { limits } from './limits.ts';
import {
  isWellFormed,
  stringIncludes,
  stringReplaceAll,
  stringSlice,
  toWellFormed,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArraySet,
} from './primordials.ts';

export type Hypercall = (operation: number, ...rest: unknown[]) => unknown;

export let hypercall: Hypercall;
/** The whole control block; index 0 is the mask. */
export let controlBytes: Uint8Array;
export let controlBuffer: ArrayBuffer;
let numbers: Float64Array;
let words: Uint32Array;

/** Bytes that one UTF-16 unit may become. */
const UTF8_MOST = 3;
/** Eight bytes each. */
const FRAME_SLOTS = 512;
const NEXT_ALARM = CONTROL.nextAlarmMs / 8;
const OPEN_REQUESTS = CONTROL.openRequests / 8;
const OPEN_CALLS = CONTROL.openCalls / 8;
const REPLY_MAXIMUM_BYTES = CONTROL.replyMaximumBytes / 8;
const REPLY_LIFETIME_MS = CONTROL.replyLifetimeMs / 8;
const KEYS = CONTROL.keys / 8;
const SESSIONS = CONTROL.sessions / 8;
const REPLY_BYTES = CONTROL.replyBytes / 8;
const REFUSED_FOR_ROOM = CONTROL.refusedForRoom / 8;
const MAILBOX_LENGTH = CONTROL.mailboxLength / 4;

/**
 * What a hypercall gave that gives a value. There may be no memory even for that; the host has none either to
 * say so, and what follows must not go on with `undefined`.
 */
export function requireResult<T>(result: unknown): T {
  if (result === undefined) throw new RangeError('There is not enough memory');
  return result as T;
}

/** Called once, at boot. */
export function connect(call: Hypercall, control: ArrayBuffer): void {
  hypercall = call;
  controlBuffer = control;
  controlBytes = new Uint8Array(control);
  numbers = new Float64Array(control, 0, CONTROL.mailbox / 8);
  words = new Uint32Array(control, 0, CONTROL.mailbox / 4);
  numbers[NEXT_ALARM] = Number.POSITIVE_INFINITY;
}

/**
 * From here to `leave` no kill falls: kernel tables are in motion. Sections are short, run no code of the
 * guest's, and allocate before they change anything; one whose allocation fails leaves all the same, for jobs
 * of the guest's may follow in the same turn. A turn and its end begin unmasked whatever has happened
 * (`deliver`, `settle`). Returns what `leave` wants, so that sections nest.
 */
export function enter(): number {
  requireStack();
  const before = controlBytes[CONTROL.mask] as number;
  controlBytes[CONTROL.mask] = 1;
  return before;
}

/**
 * The engine checks the stack for a function's whole frame when it is called. This frame has some
 * kilobytes, so a guest at the end of its stack gets its exception here, before anything has
 * moved, and not in the middle of a table.
 */
const requireStack = Function('never', `if(never)never(${'0,'.repeat(FRAME_SLOTS)}0)`) as () => void;

export function leave(before: number): void {
  controlBytes[CONTROL.mask] = before;
}

/** Asks the host to call `settle` once the job queue is empty. */
export function wantSettle(): void {
  controlBytes[CONTROL.settle] = 1;
}

export function setProgram(kind: number): void {
  controlBytes[CONTROL.program] = kind;
}

/** One of abi.ts's PROGRAM. */
export function programKind(): number {
  return controlBytes[CONTROL.program] as number;
}

export function setNextAlarm(dueMs: number): void {
  numbers[NEXT_ALARM] = dueMs;
}

export function setOpenRequests(count: number): void {
  numbers[OPEN_REQUESTS] = count;
}

export function setOpenCalls(count: number): void {
  numbers[OPEN_CALLS] = count;
}

/** Bounds that belong to the image (abi.ts). */
export const replyMaximumBytes = (): number => numbers[REPLY_MAXIMUM_BYTES] as number;
export const replyLifetimeMs = (): number => numbers[REPLY_LIFETIME_MS] as number;

export function setKept(keys: number, sessions: number, bytes: number): void {
  numbers[KEYS] = keys;
  numbers[SESSIONS] = sessions;
  numbers[REPLY_BYTES] = bytes;
}

export function countRefusedForRoom(): void {
  numbers[REFUSED_FOR_ROOM] = (numbers[REFUSED_FOR_ROOM] as number) + 1;
}

export function mailboxLength(): number {
  return words[MAILBOX_LENGTH] as number;
}

export function hasEnded(): boolean {
  return controlBytes[CONTROL.ended] !== 0;
}

/** Strings cross the border as C strings: no NUL, no lone surrogates. */
export function crossable(text: string): boolean {
  return isWellFormed(text) && !stringIncludes(text, '\0');
}

function cut(text: string): string {
  if (text.length <= limits.consoleText) return text;
  const rest = text.length - limits.consoleText;
  return `${stringSlice(text, 0, limits.consoleText)}… [${rest} more characters cut off]`;
}

/**
 * Lines on the console, whoever writes them, cut at the bound; after a program's
 * end nothing is heard of it any more.
 */
export function outputConsole(stream: 1 | 2, all: string): void {
  if (hasEnded()) return;
  const text = cut(all);
  const clean = crossable(text) ? text : stringReplaceAll(toWellFormed(text), '\0', '\u2400');
  const before = enter();
  try {
    hypercall(HYPERCALL.console, stream, clean);
  } finally {
    leave(before);
  }
}

/**
 * What an output weighs on its way. Of texts that are within `bound` however they are encoded, an estimate
 * from above. `length`: of a body that is bytes.
 */
export function outputBytes(head: string, body: string | ArrayBuffer, length: number, bound: number): number {
  const most = UTF8_MOST * (head.length + (typeof body === 'string' ? body.length : 0)) + length;
  if (most <= bound) return most;
  const bodyBytes =
    typeof body === 'string' ? requireResult<number>(hypercall(HYPERCALL.utf8Length, body)) : length;
  return requireResult<number>(hypercall(HYPERCALL.utf8Length, head)) + bodyBytes;
}

/**
 * Whoever makes an output bounds it, and tells the guest what is too large. Should one forget to, its caller
 * gets an error here: no host can pass such an output on, and it would halt.
 */
function requireSize(head: string, body: string | ArrayBuffer, length: number): void {
  const bytes = outputBytes(head, body, length, limits.outputBytes);
  if (bytes > limits.outputBytes)
    throw new RangeError(`${bytes} bytes are too much to leave the machine at once`);
}

/** A response: `head` as abi.ts says; both parts crossable. */
export function outputResponse(id: number, head: string, body: string | ArrayBuffer, length: number): void {
  requireSize(head, body, length);
  if (typeof body === 'string') hypercall(HYPERCALL.respond, id, head, body);
  else hypercall(HYPERCALL.respond, id, head, body, 0, length);
}

/** About an outbound call: `head` as abi.ts says; both parts crossable. Called inside a section. */
export function outputCall(id: number, head: string, body: string | ArrayBuffer, length: number): void {
  requireSize(head, body, length);
  if (typeof body === 'string') hypercall(HYPERCALL.call, id, head, body);
  else hypercall(HYPERCALL.call, id, head, body, 0, length);
}

/** To a client's WebSocket: `head` as abi.ts says; both parts crossable. Called inside a section. */
export function outputSocket(id: number, head: string, body: string | ArrayBuffer, length: number): void {
  requireSize(head, body, length);
  if (typeof body === 'string') hypercall(HYPERCALL.socket, id, head, body);
  else hypercall(HYPERCALL.socket, id, head, body, 0, length);
}

const NO_BYTES = new ArrayBuffer(0);

/**
 * A part of a response, or word about a request's body (abi.ts's PART).
 * Copies the bytes; called inside a section.
 */
export function outputPart(
  part: number,
  id: number,
  head: string,
  chunk: Uint8Array | undefined,
  start: number,
  length: number,
): void {
  requireSize(head, NO_BYTES, length);
  let bytes = NO_BYTES;
  if (chunk !== undefined) {
    // By way of a buffer of our own: the guest's may be shared or resizable.
    const copy = new Uint8Array(length);
    const view = new Uint8Array(typedArrayBuffer(chunk), typedArrayByteOffset(chunk) + start, length);
    typedArraySet(copy, view);
    bytes = typedArrayBuffer(copy);
  }
  hypercall(HYPERCALL.part, part, id, head, bytes, 0, length);
}

/** A plain program's last word. */
export function outputEnd(code: number): void {
  if (hasEnded()) return;
  const before = enter();
  try {
    controlBytes[CONTROL.ended] = 1;
    setNextAlarm(Number.POSITIVE_INFINITY);
    hypercall(HYPERCALL.end, code);
  } finally {
    leave(before);
  }
}
