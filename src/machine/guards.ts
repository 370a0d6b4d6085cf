/**
 * Puts a guard before each native function that can run for long without polling (kernel/bounded-natives.ts
 * has the list). A native function is an object in the guest's memory that names its C function by an index
 * into the engine's function table; the guard goes into the table, so the object, and all that a guest sees
 * of it, stays the engine's. The table is no part of the memory: each instance gets its guards at boot, and
 * the indices in a copied memory mean the same in every instance.
 */
import { InvariantViolation, invariant } from '../base/assert.ts';
import { GUARD_SAMPLE, GUARDED_NATIVE, KERNEL_LIST } from '../kernel/abi.ts';
import { JS_TAG, LAYOUT } from './engine.ts';
import {
  CALL,
  type GuardedFunction,
  guardModule,
  guardName,
  isBoundedName,
  looksAtArgument,
  originalName,
} from './guard-code.ts';
import type { Instance, ValuePointer } from './instance.ts';
import { IMPORT_MODULE, MEMORY } from './wasm-assembler.ts';

/** A row of the kernel's list, as the machine finds it. */
interface GuardedNative {
  readonly name: string;
  readonly tableIndex: number;
  readonly hasMagic: boolean;
  readonly magic: number;
  /** Owned: the kernel's function must outlive the guest. */
  readonly slow: ValuePointer;
  readonly kind: number;
  readonly bound: number;
}

/** A row of one of the kernel's lists, by column; each value is owned. */
type Row = readonly ValuePointer[];

/** A place in the engine's table, and what the guard in it must know. */
export interface Slot extends GuardedFunction {
  readonly tableIndex: number;
}

/** What an instance needs to get guards. Plain data. */
export interface Guards {
  readonly slots: readonly Slot[];
  /** Their module: a function of the slots, which takes some milliseconds. */
  readonly code: Uint8Array<ArrayBuffer>;
}

/** A magic number that the engine gives (quickjs.c, special_filter). */
const KNOWN_MAGIC = { name: 'Array.filter', magic: 4 } as const;
/** What the kernel's version of this native gives without `this` and arguments. */
const PROBE = { name: 'Array.indexOf', result: -1 } as const;
/** The kernel's lists are shorter than that. */
const MOST_CELLS = 1_000;
const UNDEFINED = BigInt(JS_TAG.undefined) << 32n;

/**
 * `booted` is what the kernel's `boot` returned. Called once, while the machine boots; gives what
 * `setGuards` needs in another instance.
 */
export function installGuards(instance: Instance, context: number, booted: ValuePointer): Guards {
  const natives = rowsOf(instance, context, booted, KERNEL_LIST.guardedNatives, GUARDED_NATIVE.columns).map(
    (row) => guardedNative(instance, context, row),
  );
  checkCall(instance, context, natives);
  const slots = slotsOf(instance, natives);
  const guards = { slots, code: guardModule(slots) };
  const exports = link(instance, guards);
  for (const row of rowsOf(instance, context, booted, KERNEL_LIST.guardSamples, GUARD_SAMPLE.columns)) {
    checkSample(instance, context, natives, exports, row);
  }
  putGuards(instance, slots, exports);
  return guards;
}

/** In an instance whose memory is a copy of one that has booted. */
export function setGuards(instance: Instance, guards: Guards): void {
  putGuards(instance, guards.slots, link(instance, guards));
}

function putGuards(instance: Instance, slots: readonly Slot[], exports: WebAssembly.Exports): void {
  for (const [index, { tableIndex }] of slots.entries()) {
    instance.table.set(tableIndex, exports[guardName(index)]);
  }
}

function rowsOf(
  instance: Instance,
  context: number,
  booted: ValuePointer,
  list: number,
  columns: number,
): readonly Row[] {
  const { raw } = instance;
  const values = raw.getPropNumber(context, booted, list);
  const { view } = instance;
  // An array's length is its first property.
  const length = view.getUint32(
    view.getUint32(view.getUint32(values, true) + LAYOUT.objectProperties, true),
    true,
  );
  invariant(
    'I9',
    length > 0 && length % columns === 0 && length < MOST_CELLS,
    "a list of the kernel's is not where it should be",
  );
  const rows = Array.from({ length: length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) =>
      raw.getPropNumber(context, values, row * columns + column),
    ),
  );
  raw.freeValuePointer(context, values);
  return rows;
}

/** Reads a row of the kernel's list, and frees what of it is not kept. */
function guardedNative(instance: Instance, context: number, row: Row): GuardedNative {
  const { raw, view, table } = instance;
  const [name = 0, native = 0, slow = 0, kind = 0, bound = 0] = row;
  const text = raw.getString(context, name) >>> 0;
  const nameText = new TextDecoder().decode(instance.cString(text).slice());
  raw.freeCString(context, text);
  const object = view.getUint32(native, true);
  const protocol = view.getUint8(object + LAYOUT.functionProtocol);
  const found = {
    name: nameText,
    tableIndex: view.getUint32(object + LAYOUT.functionIndex, true),
    hasMagic: protocol === LAYOUT.protocolGenericMagic,
    magic: view.getInt16(object + LAYOUT.functionMagic, true),
    slow,
    kind: instance.number(context, kind),
    bound: instance.number(context, bound),
  };
  const isNative =
    view.getInt32(native + 4, true) === JS_TAG.object &&
    view.getUint16(object + LAYOUT.objectClass, true) === LAYOUT.classNativeFunction &&
    (protocol === LAYOUT.protocolGeneric || protocol === LAYOUT.protocolGenericMagic) &&
    found.tableIndex < table.length &&
    typeof table.get(found.tableIndex) === 'function';
  invariant('I9', isNative, `${nameText} is no native function of a kind that can be guarded`);
  for (const pointer of [name, native, kind, bound]) raw.freeValuePointer(context, pointer);
  return found;
}

function slotsOf(instance: Instance, natives: readonly GuardedNative[]): readonly Slot[] {
  const slots = new Map<number, Slot>();
  for (const { name, tableIndex, kind, bound, hasMagic, magic, slow } of natives) {
    invariant(
      'I9',
      name !== KNOWN_MAGIC.name || magic === KNOWN_MAGIC.magic,
      `${name} has another magic number`,
    );
    const others = slots.get(tableIndex);
    const versions = [...(others?.versions ?? []), { magic, slow: instance.value(slow) }];
    const isAlike =
      others === undefined || (hasMagic && others.hasMagic && others.kind === kind && others.bound === bound);
    invariant('I9', isAlike, `${name} shares a C function with a native that is guarded otherwise`);
    slots.set(tableIndex, { tableIndex, kind, bound, hasMagic, versions });
  }
  return [...slots.values()];
}

function link(instance: Instance, guards: Guards): WebAssembly.Exports {
  const originals = guards.slots.map(({ tableIndex }, index) => [
    originalName(index),
    instance.table.get(tableIndex),
  ]);
  const imports = { [MEMORY]: instance.memory, [CALL]: instance.callValue, ...Object.fromEntries(originals) };
  try {
    return new WebAssembly.Instance(moduleOf(guards), { [IMPORT_MODULE]: imports }).exports;
  } catch (error) {
    // The functions found in the table are not what the layout says they are.
    throw new InvariantViolation('I9', `the guards do not fit the engine: ${String(error)}`);
  }
}

const modules = new WeakMap<Guards, WebAssembly.Module>();

function moduleOf(guards: Guards): WebAssembly.Module {
  const known = modules.get(guards);
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(guards.code);
  modules.set(guards, module);
  return module;
}

/** The function that guards call the kernel by does so. */
function checkCall(instance: Instance, context: number, natives: readonly GuardedNative[]): void {
  const probe = natives.find(({ name }) => name === PROBE.name);
  invariant('I9', probe !== undefined, `the kernel does not guard ${PROBE.name}`);
  const result = instance.callValue(context, instance.value(probe.slow), UNDEFINED, 0, 0);
  invariant(
    'I9',
    result === BigInt.asUintN(32, BigInt(PROBE.result)),
    'values are not called as they should be',
  );
}

/** The tests of the guards read lengths and classes where they should. */
function checkSample(
  instance: Instance,
  context: number,
  natives: readonly GuardedNative[],
  exports: WebAssembly.Exports,
  row: Row,
): void {
  const [kindValue = 0, self = 0, argument = 0, expected = 0] = row;
  const kind = instance.number(context, kindValue);
  const bound = BigInt(natives.find((native) => native.kind === kind)?.bound ?? 0);
  const test = exports[isBoundedName(kind)] as (...values: readonly bigint[]) => number;
  const values = looksAtArgument(kind) ? [self, argument] : [self];
  const isBounded = test(...values.map((pointer) => instance.value(pointer)), bound);
  invariant(
    'I9',
    isBounded === instance.number(context, expected),
    'a guard misjudges a sample: the layout is another one',
  );
  for (const pointer of row) instance.raw.freeValuePointer(context, pointer);
}
