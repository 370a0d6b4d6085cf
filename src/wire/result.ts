/** What a decoder returns: a peer's nonsense is a value, never an exception. */

export interface WireError {
  /**
   * Stable, for programs and status lines: `NOT_PROTOBUF`, `UNKNOWN_FIELD`,
   * `MISSING`, `RANGE`, `LIMIT`, `TRUNCATED`.
   */
  readonly code: 'NOT_PROTOBUF' | 'UNKNOWN_FIELD' | 'MISSING' | 'RANGE' | 'LIMIT' | 'TRUNCATED';
  readonly detail: string;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireError };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** Thrown and caught inside `wire/` alone, by {@link decoding}. */
class Malformed extends Error {
  readonly code: WireError['code'];

  constructor(code: WireError['code'], detail: string) {
    super(detail);
    this.code = code;
  }
}

export function malformed(code: WireError['code'], detail: string): never {
  throw new Malformed(code, detail);
}

/** Runs a decoder; whatever it throws becomes the error of a Result. */
export function decoding<T>(decode: () => T): Result<T> {
  try {
    return ok(decode());
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, error: { code: error.code, detail: error.message } };
    // Truncation and bad wire types surface as exceptions of the protobuf runtime.
    return { ok: false, error: { code: 'NOT_PROTOBUF', detail: String(error) } };
  }
}
