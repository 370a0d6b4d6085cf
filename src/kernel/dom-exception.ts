/** The Web's DOMException: an error with a name from a fixed list, and its legacy code. */
import { ReflectDefineProperty } from './primordials.ts';

const CODES: readonly (readonly [name: string, code: number, constant: string])[] = [
  ['IndexSizeError', 1, 'INDEX_SIZE_ERR'],
  ['HierarchyRequestError', 3, 'HIERARCHY_REQUEST_ERR'],
  ['WrongDocumentError', 4, 'WRONG_DOCUMENT_ERR'],
  ['InvalidCharacterError', 5, 'INVALID_CHARACTER_ERR'],
  ['NoModificationAllowedError', 7, 'NO_MODIFICATION_ALLOWED_ERR'],
  ['NotFoundError', 8, 'NOT_FOUND_ERR'],
  ['NotSupportedError', 9, 'NOT_SUPPORTED_ERR'],
  ['InUseAttributeError', 10, 'INUSE_ATTRIBUTE_ERR'],
  ['InvalidStateError', 11, 'INVALID_STATE_ERR'],
  ['SyntaxError', 12, 'SYNTAX_ERR'],
  ['InvalidModificationError', 13, 'INVALID_MODIFICATION_ERR'],
  ['NamespaceError', 14, 'NAMESPACE_ERR'],
  ['InvalidAccessError', 15, 'INVALID_ACCESS_ERR'],
  ['TypeMismatchError', 17, 'TYPE_MISMATCH_ERR'],
  ['SecurityError', 18, 'SECURITY_ERR'],
  ['NetworkError', 19, 'NETWORK_ERR'],
  ['AbortError', 20, 'ABORT_ERR'],
  ['URLMismatchError', 21, 'URL_MISMATCH_ERR'],
  ['QuotaExceededError', 22, 'QUOTA_EXCEEDED_ERR'],
  ['TimeoutError', 23, 'TIMEOUT_ERR'],
  ['InvalidNodeTypeError', 24, 'INVALID_NODE_TYPE_ERR'],
  ['DataCloneError', 25, 'DATA_CLONE_ERR'],
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

/** Constants of the class and of each exception; three of them have no name any more. */
const OLD: readonly (readonly ['', number, string])[] = [
  ['', 2, 'DOMSTRING_SIZE_ERR'],
  ['', 6, 'NO_DATA_ALLOWED_ERR'],
  ['', 16, 'VALIDATION_ERR'],
];
for (const [, value, constant] of [...CODES, ...OLD]) {
  ReflectDefineProperty(DOMException, constant, { value, enumerable: true });
  ReflectDefineProperty(DOMException.prototype, constant, { value, enumerable: true });
}
