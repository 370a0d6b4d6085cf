/**
 * Hypercalls: what the kernel asks of the host (kernel/abi.ts). Arguments are read in place; the only
 * allocations in the guest's heap are those of the engine's own conversions, the same on every host. A guest
 * that has no memory left for one gets its out-of-memory error, as from any other call.
 */
import { createHash } from 'node:crypto';
import { InvariantViolation, invariant } from '../base/assert.ts';
import { HYPERCALL, PART } from '../kernel/abi.ts';
import { JS_TAG, JS_VALUE_BYTES, LAYOUT } from './engine.ts';
import { ENTROPY_SEED_BYTES, expandSeed } from './entropy-seed.ts';
import { evaluate, KERNEL_SCRIPT } from './evaluate.ts';
import type { Instance, ValuePointer } from './instance.ts';
import { primitive } from './primitives.ts';
import type { Output, PartKind, Traps } from './traps.ts';

const EMPTY = new Uint8Array(0);
/** 96 bits. */
const FINGERPRINT_CHARACTERS = 16;

/** The machine as its hypercalls need it. */
export interface HypercallMachine {
  readonly instance: Instance;
  readonly context: number;
  readonly traps: Traps;
  /** Outputs made so far. */
  readonly ordinal: number;
  /**
   * One more was made. Counted here, in the machine's memory, and not by the kernel: between its count and
   * its hypercall the engine may poll, and there a machine would have made the output, and not made it.
   */
  countOutput(): void;
  /** Texts of the kernel's parts (UTF-8), by name. */
  readonly kernelParts: ReadonlyMap<string, Uint8Array>;
}

/** Answers one call; returns a pointer to the result, which the engine frees, or 0 for undefined. */
export function hypercall(machine: HypercallMachine, count: number, pointer: number): ValuePointer {
  const { instance, context } = machine;
  invariant('I9', count >= 2, 'a hypercall without arguments');
  const argument = (index: number): ValuePointer => pointer + index * JS_VALUE_BYTES;
  const number = (index: number): number => instance.number(context, argument(index));
  switch (number(0)) {
    case HYPERCALL.entropy: {
      const seed = new Uint8Array(ENTROPY_SEED_BYTES);
      machine.traps.entropy(seed);
      const into = bytesOf(instance, argument(1), number(2), number(3));
      into.set(expandSeed(seed, into.length));
      return 0;
    }
    case HYPERCALL.respond:
      return headAndBody(machine, 'response', pointer);
    case HYPERCALL.call:
      return headAndBody(machine, 'call', pointer);
    case HYPERCALL.socket:
      return headAndBody(machine, 'socket', pointer);
    case HYPERCALL.console:
      return withTexts(machine, [argument(2)], ([text = EMPTY]) =>
        output(machine, 'console', number(1), text, EMPTY),
      );
    case HYPERCALL.end:
      return output(machine, 'end', number(1), EMPTY, EMPTY);
    case HYPERCALL.utf8Decode:
      return newText(machine, bytesOf(instance, argument(1), number(2), number(3)).slice());
    case HYPERCALL.utf8Encode:
      return withTexts(machine, [argument(1)], ([text = EMPTY]) => {
        const target = bytesOf(instance, argument(2), number(3), number(4));
        if (text.length > target.length) return newNumber(machine, -1);
        target.set(text);
        return newNumber(machine, text.length);
      });
    case HYPERCALL.utf8Length:
      return withTexts(machine, [argument(1)], ([text = EMPTY]) => newNumber(machine, text.length));
    case HYPERCALL.crypto: {
      const made = primitive(bytesOf(instance, argument(1), 0, number(2)));
      if (made === undefined) return newNumber(machine, -1);
      bytesOf(instance, argument(3), 0, number(4)).set(made);
      return newNumber(machine, made.length);
    }
    case HYPERCALL.part:
      return withTexts(machine, [argument(3)], ([head = EMPTY]) =>
        output(
          machine,
          partKind(number(1)),
          number(2),
          head,
          bytesOf(instance, argument(4), number(5), number(6)),
        ),
      );
    case HYPERCALL.kernelPart:
      return withTexts(machine, [argument(1)], ([name = EMPTY]) =>
        evaluate(instance, context, partNamed(machine, name), KERNEL_SCRIPT),
      );
    case HYPERCALL.fingerprint:
      return withTexts(machine, [argument(1)], ([text = EMPTY]) => {
        const digest = createHash('sha256').update(text).update('\0');
        if (count > 2) digest.update(bytesOf(instance, argument(2), number(3), number(4)));
        return newText(machine, digest.digest('base64url').slice(0, FINGERPRINT_CHARACTERS));
      });
    default:
      throw new InvariantViolation('I9', `an unknown hypercall: ${number(0)}`);
  }
}

/** (op, subject, head, body, byteOffset?, byteLength?); a body is text or bytes. */
function headAndBody(machine: HypercallMachine, kind: Output['kind'], pointer: number): ValuePointer {
  const { instance, context } = machine;
  const argument = (index: number): ValuePointer => pointer + index * JS_VALUE_BYTES;
  const number = (index: number): number => instance.number(context, argument(index));
  const body = argument(3);
  return isObject(instance, body)
    ? withTexts(machine, [argument(2)], ([head = EMPTY]) =>
        output(machine, kind, number(1), head, bytesOf(instance, body, number(4), number(5))),
      )
    : withTexts(machine, [argument(2), body], ([head = EMPTY, text = EMPTY]) =>
        output(machine, kind, number(1), head, text),
      );
}

const PART_KINDS: readonly (readonly [number, PartKind])[] = [
  [PART.begin, 'begin'],
  [PART.chunk, 'chunk'],
  [PART.end, 'finish'],
  [PART.fail, 'fail'],
  [PART.taken, 'taken'],
];

function partKind(part: number): PartKind {
  const found = PART_KINDS.find(([number]) => number === part);
  if (found === undefined) throw new InvariantViolation('I9', `an unknown part of a response: ${part}`);
  return found[1];
}

function output(
  machine: HypercallMachine,
  kind: Output['kind'],
  subject: number,
  head: Uint8Array,
  body: Uint8Array,
): 0 {
  machine.traps.output({ kind, ordinal: machine.ordinal + 1, subject, head, body });
  // Not before: a backup may have gone live in there, and it has made one output less at that moment.
  machine.countOutput();
  return 0;
}

function isObject({ view }: Instance, value: ValuePointer): boolean {
  return view.getInt32(value + 4, true) === JS_TAG.object;
}

/**
 * The bytes of an ArrayBuffer of the kernel's, in place: a view that the next call into the engine may end.
 */
export function bytesOf(
  instance: Instance,
  buffer: ValuePointer,
  offset: number,
  length: number,
): Uint8Array {
  const { bytes, view } = instance;
  invariant('I9', isObject(instance, buffer), 'a hypercall argument that is not an ArrayBuffer');
  const record = view.getUint32(view.getUint32(buffer, true) + LAYOUT.objectArrayBuffer, true);
  const size = view.getUint32(record + LAYOUT.arrayBufferLength, true);
  const start = view.getUint32(record + LAYOUT.arrayBufferData, true);
  const isInside = offset >= 0 && length >= 0 && offset + length <= size;
  invariant('I9', isInside, 'a hypercall range outside its buffer');
  return bytes.subarray(start + offset, start + offset + length);
}

/**
 * Calls `use` with the UTF-8 of strings. All of them are converted first: each conversion may grow the
 * memory, which would end a view made before it.
 */
function withTexts(
  machine: HypercallMachine,
  values: readonly ValuePointer[],
  use: (texts: readonly Uint8Array[]) => ValuePointer,
): ValuePointer {
  const { instance, context } = machine;
  const { raw } = instance;
  const pointers: number[] = [];
  for (const value of values) {
    const pointer = raw.getString(context, value) >>> 0;
    if (pointer === 0) {
      for (const made of pointers) raw.freeCString(context, made);
      return pendingException(instance);
    }
    pointers.push(pointer);
  }
  const result = use(pointers.map((pointer) => instance.cString(pointer)));
  for (const pointer of pointers) raw.freeCString(context, pointer);
  return result;
}

/** Hands the engine's pending exception on to the guest. */
function pendingException(instance: Instance): ValuePointer {
  const pointer = instance.raw.malloc(JS_VALUE_BYTES) >>> 0;
  if (pointer === 0) return 0;
  instance.view.setInt32(pointer, 0, true);
  instance.view.setInt32(pointer + 4, JS_TAG.exception, true);
  return pointer;
}

function partNamed({ kernelParts }: HypercallMachine, name: Uint8Array): Uint8Array {
  const text = kernelParts.get(new TextDecoder().decode(name.slice()));
  if (text === undefined)
    throw new InvariantViolation('I9', 'the kernel asks for a part that it does not have');
  return text;
}

/** Of UTF-8 without NUL; not of a view into the memory, which may grow here. */
function newText({ instance, context }: HypercallMachine, text: Uint8Array | string): ValuePointer {
  const { raw } = instance;
  const pointer = typeof text === 'string' ? instance.allocateText(text) : instance.allocate(text);
  if (pointer === 0) return 0;
  const value = raw.newString(context, pointer);
  raw.free(pointer);
  return value;
}

const newNumber = ({ instance, context }: HypercallMachine, value: number): ValuePointer =>
  instance.raw.newFloat64(context, value);
