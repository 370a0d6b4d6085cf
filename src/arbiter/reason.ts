/** Why a store did not do what it was asked for, in one line. */
import { TandemError } from '../base/errors.ts';

export function reasonOf(error: unknown): string {
  if (error instanceof TandemError) return `${error.message}; ${error.mend}`;
  if (!(error instanceof Error)) return String(error);
  // Node's error for a name with several addresses has a code and no message.
  return error.message === '' ? (codeOf(error) ?? error.name) : error.message;
}

export function codeOf(error: unknown): string | undefined {
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return isCoded ? String(error.code) : undefined;
}
