/**
 * A WebAssembly module from a description: imported functions, functions of its own, and the few
 * instructions that the machine's guards need. For what cannot be JavaScript: a function of the
 * engine's own type in the engine's own table.
 */
import { list, name, signed, sized, unsigned } from './wasm-encoding.ts';

export const I32 = 0x7f;
export const I64 = 0x7e;
export type NumberType = typeof I32 | typeof I64;

export interface FunctionType {
  readonly parameters: readonly NumberType[];
  readonly result?: NumberType;
}

export interface ImportedFunction {
  readonly name: string;
  readonly type: FunctionType;
}

export interface OwnFunction {
  /** The name it is exported by. */
  readonly name: string;
  readonly type: FunctionType;
  /** Local variables beside the parameters; their numbers follow on the parameters'. */
  readonly locals?: readonly NumberType[];
  readonly code: Code;
}

export interface ModuleText {
  readonly imports: readonly ImportedFunction[];
  readonly functions: readonly OwnFunction[];
  /** Whether the module sees the memory `m.memory`. */
  readonly memory: boolean;
}

/** Instructions, encoded. */
export type Code = readonly number[];

/** Everything is imported from this module; functions are numbered imports first, each in the order given. */
export const IMPORT_MODULE = 'm';
export const MEMORY = 'memory';

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const KIND = { func: 0x00, memory: 0x02 } as const;
const FUNCTION_TYPE = 0x60;
const NO_RESULT = 0x40;
const END = 0x0b;

export const code = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  i32: (value: number): Code => [0x41, ...signed(BigInt(value))],
  i64: (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))],
  /** Loads from the address on the stack and `offset`. */
  load32: (offset: number): Code => [0x28, 2, ...unsigned(offset)],
  load64: (offset: number): Code => [0x29, 3, ...unsigned(offset)],
  /** Stores the number on the stack at the address below it and `offset`. */
  store32: (offset: number): Code => [0x36, 2, ...unsigned(offset)],
  load16Unsigned: (offset: number): Code => [0x2f, 1, ...unsigned(offset)],
  equal32: [0x46],
  lessSigned32: [0x48],
  lessUnsigned32: [0x49],
  lessUnsigned64: [0x54],
  lessOrEqualUnsigned64: [0x58],
  add32: [0x6a],
  subtract32: [0x6b],
  and32: [0x71],
  or32: [0x72],
  multiply64: [0x7e],
  shiftRightUnsigned64: [0x88],
  /** The lower half of an i64. */
  wrap: [0xa7],
  extendUnsigned: [0xad],
  call: (index: number): Code => [0x10, ...unsigned(index)],
  return: [0x0f],
  /** Does `then` if the number on the stack is not zero. */
  when: (then: Code): Code => [0x04, NO_RESULT, ...then, END],
} as const satisfies Record<string, Code | ((...operands: never[]) => Code)>;

/**
 * A function that is imported under a name and exported under the same:
 * JavaScript gets a WebAssembly type that way.
 */
export const reexport = (imported: ImportedFunction): ModuleText => ({
  imports: [imported],
  functions: [
    {
      ...imported,
      code: [...imported.type.parameters.flatMap((_, index) => code.get(index)), ...code.call(0)],
    },
  ],
  memory: false,
});

export function assemble({ imports, functions, memory }: ModuleText): Uint8Array<ArrayBuffer> {
  const section = (id: number, items: readonly Code[]): Code => [id, ...sized(list(items))];
  const imported = imports.map((row, index) => [
    ...name(IMPORT_MODULE),
    ...name(row.name),
    KIND.func,
    ...unsigned(index),
  ]);
  const memories = memory ? [[...name(IMPORT_MODULE), ...name(MEMORY), KIND.memory, 0, 1]] : [];
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(
      SECTION.type,
      [...imports, ...functions].map(({ type }) => typeOf(type)),
    ),
    ...section(SECTION.import, [...imported, ...memories]),
    ...section(
      SECTION.function,
      functions.map((_, index) => unsigned(imports.length + index)),
    ),
    ...section(
      SECTION.export,
      functions.map((row, index) => [...name(row.name), KIND.func, ...unsigned(imports.length + index)]),
    ),
    ...section(SECTION.code, functions.map(bodyOf)),
  ]);
}

const typeOf = ({ parameters, result }: FunctionType): Code => [
  FUNCTION_TYPE,
  ...sized(parameters),
  ...sized(result === undefined ? [] : [result]),
];

const bodyOf = ({ locals = [], code }: OwnFunction): Code => functionBody(locals, code);

/** As the code section has it. */
export const functionBody = (locals: readonly NumberType[], code: Code): number[] =>
  sized([...list(locals.map((type) => [1, type])), ...code, END]);
