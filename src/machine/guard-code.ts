/**
 * The WebAssembly of the guards. Each stands in the engine's function table in the place of a native function
 * and has its type; it calls the original while the work is bounded, and the kernel's version, which polls,
 * when it is not. A guard only reads memory, and costs a few nanoseconds.
 */
import { GUARD } from '../kernel/abi.ts';
import { JS_TAG, LAYOUT } from './engine.ts';
import {
  assemble,
  type Code,
  code,
  type FunctionType,
  I32,
  I64,
  type OwnFunction,
} from './wasm-assembler.ts';

/** Natives that share one C function; only with a magic number there are several. */
export interface GuardedFunction {
  readonly kind: number;
  readonly bound: number;
  readonly hasMagic: boolean;
  /** The kernel's versions, by magic number. */
  readonly versions: readonly { readonly magic: number; readonly slow: bigint }[];
}

/** Names in the module. */
export const CALL = 'call';
export const originalName = (index: number): string => `original ${index}`;
export const guardName = (index: number): string => `guard ${index}`;
export const isBoundedName = (kind: number): string => `is bounded ${kind}`;

const CALL_TYPE: FunctionType = { parameters: [I32, I64, I64, I32, I32], result: I64 };
const NATIVE = { context: 0, self: 1, count: 2, values: 3, magic: 4 } as const;

const nativeType = (hasMagic: boolean): FunctionType => ({
  parameters: hasMagic ? [I32, I64, I32, I32, I32] : [I32, I64, I32, I32],
  result: I64,
});

/** How the tests of each kind are called: `this`, the first argument where they look at it, the bound. */
const TESTS: Readonly<Record<number, { readonly looksAtArgument: boolean; readonly function: OwnFunction }>> =
  {
    [GUARD.array]: { looksAtArgument: false, function: arrayTest() },
    [GUARD.search]: { looksAtArgument: true, function: searchTest() },
  };
const KINDS = Object.keys(TESTS).map(Number);

/** Functions are numbered imports first: `call`, the originals, then the tests, then the guards. */
export function guardModule(guarded: readonly GuardedFunction[]): Uint8Array<ArrayBuffer> {
  const originals = guarded.map(({ hasMagic }, index) => ({
    name: originalName(index),
    type: nativeType(hasMagic),
  }));
  const firstTest = 1 + originals.length;
  return assemble({
    imports: [{ name: CALL, type: CALL_TYPE }, ...originals],
    functions: [
      ...KINDS.map((kind) => testOf(kind).function),
      ...guarded.map((row, index) => guard(row, index, firstTest + KINDS.indexOf(row.kind))),
    ],
    memory: true,
  });
}

function testOf(kind: number): (typeof TESTS)[number] {
  const test = TESTS[kind];
  if (test === undefined) throw new RangeError(`no guard of kind ${kind}`);
  return test;
}

export const looksAtArgument = (kind: number): boolean => testOf(kind).looksAtArgument;

function guard(
  { kind, bound, hasMagic, versions }: GuardedFunction,
  index: number,
  test: number,
): OwnFunction {
  const type = nativeType(hasMagic);
  const original = [...type.parameters.flatMap((_, local) => code.get(local)), ...code.call(1 + index)];
  const slow = (version: bigint): Code => [
    ...code.get(NATIVE.context),
    ...code.i64(version),
    ...code.get(NATIVE.self),
    ...code.get(NATIVE.count),
    ...code.get(NATIVE.values),
    ...code.call(0),
    ...code.return,
  ];
  const isBounded = [
    ...code.get(NATIVE.self),
    ...(looksAtArgument(kind) ? [...code.get(NATIVE.values), ...code.load64(0)] : []),
    ...code.i64(BigInt(bound)),
    ...code.call(test),
  ];
  return {
    name: guardName(index),
    type,
    code: [
      ...isBounded,
      ...code.when([...original, ...code.return]),
      ...versions.flatMap(({ magic, slow: version }) =>
        hasMagic
          ? [...code.get(NATIVE.magic), ...code.i32(magic), ...code.equal32, ...code.when(slow(version))]
          : slow(version),
      ),
      // Natives that share the C function and are not guarded.
      ...(hasMagic ? original : []),
    ],
  };
}

/** (value, bound) → whether a walk over the array `value` is bounded. */
function arrayTest(): OwnFunction {
  const [value, bound] = [0, 1];
  const isArray = [
    ...code.get(value),
    ...code.wrap,
    ...code.load16Unsigned(LAYOUT.objectClass),
    ...code.i32(LAYOUT.classArray),
    ...code.equal32,
  ];
  // A small number's JSValue is the number itself, since its tag is 0; a larger
  // length has a tag, and compares as more.
  const isShort = [
    ...code.get(value),
    ...code.wrap,
    ...code.load32(LAYOUT.objectProperties),
    ...code.load64(0),
    ...code.get(bound),
    ...code.lessOrEqualUnsigned64,
  ];
  return {
    name: isBoundedName(GUARD.array),
    type: { parameters: [I64, I64], result: I32 },
    code: [
      ...tagOf(value),
      ...code.i32(JS_TAG.object),
      ...code.equal32,
      ...code.when([...isArray, ...code.when([...isShort, ...code.return])]),
      ...isTagFrom(value, JS_TAG.null, JS_TAG.undefined),
    ],
  };
}

/** (text, part, bound) → whether a search of `part` in `text` is bounded. */
function searchTest(): OwnFunction {
  const [text, part, bound, partLength, places] = [0, 1, 2, 3, 4];
  const lengthOf = (value: number): Code => [
    ...code.get(value),
    ...code.wrap,
    ...code.load32(LAYOUT.stringLength),
    ...code.i32(LAYOUT.stringLengthMask),
    ...code.and32,
  ];
  const isFewSteps = [
    ...code.get(places),
    ...code.extendUnsigned,
    ...code.get(partLength),
    ...code.extendUnsigned,
    ...code.multiply64,
    ...code.get(bound),
    ...code.lessOrEqualUnsigned64,
  ];
  const test = [
    ...lengthOf(part),
    ...code.set(partLength),
    ...[...lengthOf(text), ...code.get(partLength), ...code.subtract32, ...code.i32(1), ...code.add32],
    ...code.set(places),
    // One character is found at memory's speed; at one place, or none when the part is
    // longer, there is one comparison at most.
    ...[...code.get(partLength), ...code.i32(2), ...code.lessSigned32],
    ...[...code.get(places), ...code.i32(2), ...code.lessSigned32],
    ...code.or32,
    ...code.when([...code.i32(1), ...code.return]),
    ...isFewSteps,
    ...code.return,
  ];
  return {
    name: isBoundedName(GUARD.search),
    type: { parameters: [I64, I64, I64], result: I32 },
    locals: [I32, I32],
    code: [
      ...isTagFrom(text, JS_TAG.string, JS_TAG.stringRope),
      ...code.when([...isTagFrom(part, JS_TAG.string, JS_TAG.stringRope), ...code.when(test)]),
      ...code.i32(1),
    ],
  };
}

function tagOf(value: number): Code {
  return [...code.get(value), ...code.i64(32n), ...code.shiftRightUnsigned64, ...code.wrap];
}

/** Whether the tag lies between two, inclusive. */
function isTagFrom(value: number, first: number, last: number): Code {
  return [
    ...[...tagOf(value), ...code.i32(first), ...code.subtract32],
    ...[...code.i32(last - first + 1), ...code.lessUnsigned32],
  ];
}
