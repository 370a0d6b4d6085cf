/**
 * The guest's call stack at a poll, read from the engine's own frames in the linear memory. It only reads: no
 * call into the engine, no allocation in the guest's heap, so a machine that is looked at stays the same,
 * byte for byte. Offsets are those of QuickJS's structures in the pinned build (engine.ts).
 */
import { JS_TAG, JS_VALUE_BYTES, LAYOUT } from './engine.ts';
import type { Instance } from './instance.ts';

/** A function of the guest's or the kernel's, by where its text begins. */
export interface GuestFrame {
  /** Empty for a function without a name. */
  readonly name: string;
  /** As the script was called when it was evaluated; empty for native functions. */
  readonly script: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

const RUNTIME = { atomArray: 56, currentFrame: 148 } as const;
const FRAME = { previous: 0, function: 8 } as const;
const OBJECT = { bytecode: 32 } as const;
/** The second property of a function object is its name, unless the program has made it another. */
const NAME_PROPERTY = JS_VALUE_BYTES;
const BYTECODE = { name: 28, script: 68, positions: 80 } as const;
const STRING = { text: 16, wide: 0x8000_0000 } as const;
/**
 * Classes whose objects have bytecode: functions, generator functions, what an async
 * function runs in, async generator functions.
 */
const BYTECODE_CLASSES: ReadonlySet<number> = new Set([13, 16, 54, 58]);
const TAGGED_INTEGER = 0x8000_0000;
const MOST_FRAMES = 256;
const NATIVE: GuestFrame = { name: '(native)', script: '', line: 0, column: 0 };

/**
 * Innermost first. Functions are found again by their address in `known`; a guest's
 * functions live as long as it, or nearly.
 */
export function guestStack(
  instance: Instance,
  runtime: number,
  known: Map<number, GuestFrame>,
): GuestFrame[] {
  const { view } = instance;
  const frames: GuestFrame[] = [];
  let frame = view.getUint32(runtime + RUNTIME.currentFrame, true);
  while (frame !== 0 && frames.length < MOST_FRAMES) {
    const object = view.getUint32(frame + FRAME.function, true);
    frames.push(frameOf(instance, runtime, object, known));
    frame = view.getUint32(frame + FRAME.previous, true);
  }
  return frames;
}

function frameOf(
  instance: Instance,
  runtime: number,
  object: number,
  known: Map<number, GuestFrame>,
): GuestFrame {
  const { view } = instance;
  if (!BYTECODE_CLASSES.has(view.getUint16(object + LAYOUT.objectClass, true))) return NATIVE;
  const bytecode = view.getUint32(object + OBJECT.bytecode, true);
  const found = known.get(bytecode);
  if (found !== undefined) return found;
  const made = describe(instance, runtime, object, bytecode);
  known.set(bytecode, made);
  return made;
}

function describe(instance: Instance, runtime: number, object: number, bytecode: number): GuestFrame {
  const { view } = instance;
  const name =
    atomText(instance, runtime, view.getUint32(bytecode + BYTECODE.name, true)) || nameOf(instance, object);
  const script = atomText(instance, runtime, view.getUint32(bytecode + BYTECODE.script, true));
  const positions = view.getUint32(bytecode + BYTECODE.positions, true);
  if (positions === 0) return { name, script, line: 0, column: 0 };
  // The table begins with where the function begins: line and column, from 0, as LEB128.
  const [line, next] = leb128(view, positions);
  const [column] = leb128(view, next);
  return { name, script, line: line + 1, column: column + 1 };
}

/** Of a function that was named after it was made: a method, an arrow function in a variable. */
function nameOf(instance: Instance, object: number): string {
  const { view } = instance;
  const at = view.getUint32(object + LAYOUT.objectProperties, true) + NAME_PROPERTY;
  return view.getInt32(at + 4, true) === JS_TAG.string ? stringText(instance, view.getUint32(at, true)) : '';
}

function leb128(view: DataView, at: number): [value: number, next: number] {
  let value = 0;
  for (let index = 0; ; index += 1) {
    const byte = view.getUint8(at + index);
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return [value, at + index + 1];
  }
}

function atomText(instance: Instance, runtime: number, atom: number): string {
  if (atom >= TAGGED_INTEGER) return String(atom - TAGGED_INTEGER);
  if (atom === 0) return '';
  const { view } = instance;
  return stringText(
    instance,
    view.getUint32(view.getUint32(runtime + RUNTIME.atomArray, true) + atom * 4, true),
  );
}

function stringText({ view, bytes }: Instance, text: number): string {
  const word = view.getUint32(text + LAYOUT.stringLength, true);
  const length = word & LAYOUT.stringLengthMask;
  const start = text + STRING.text;
  return (word & STRING.wide) === 0
    ? Buffer.from(bytes.subarray(start, start + length)).toString('latin1')
    : Buffer.from(bytes.subarray(start, start + 2 * length)).toString('utf16le');
}
