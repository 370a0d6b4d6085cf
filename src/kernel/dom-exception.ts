/** The Web's DOMException: an error with a name from a fixed list, and its legacy code. */
import { ReflectDefineProperty } from './primordials.ts';

const CODES: readonly (readonly [string, number])[] = [
  ['IndexSizeError', 1],
  ['HierarchyRequestError', 3],
  ['WrongDocumentError', 4],
  ['InvalidCharacterError', 5],
  ['NoModificationAllowedError', 7],
  ['NotFoundError', 8],
  ['NotSupportedError', 9],
  ['InUseAttributeError', 10],
  ['InvalidStateError', 11],
  ['SyntaxError', 12],
  ['InvalidModificationError', 13],
  ['NamespaceError', 14],
  ['InvalidAccessError', 15],
  ['TypeMismatchError', 17],
  ['SecurityError', 18],
  ['NetworkError', 19],
  ['AbortError', 20],
  ['URLMismatchError', 21],
  ['QuotaExceededError', 22],
  ['TimeoutError', 23],
  ['InvalidNodeTypeError', 24],
  ['DataCloneError', 25],
];

export class DOMException extends Error {
  readonly #name: string;

  constructor(message: unknown = '', options: unknown = 'Error') {
    super(`${message as string}`);
    const isObject = typeof options === 'object' && options !== null;
    const name = isObject ? ((options as { name?: unknown }).name ?? 'Error') : options;
    this.#name = `${name as string}`;
    // Own and not enumerable, so that reports show it without running a getter.
    ReflectDefineProperty(this, 'name', { value: this.#name, writable: true, configurable: true });
    if (isObject && 'cause' in options) {
      ReflectDefineProperty(this, 'cause', { value: options.cause, writable: true, configurable: true });
    }
  }

  get code(): number {
    for (let index = 0; index < CODES.length; index += 1) {
      const row = CODES[index] as (typeof CODES)[number];
      if (row[0] === this.#name) return row[1];
    }
    return 0;
  }
}
