/** Checks on single fields: everything that protobuf lets through and the domain does not. */
import { type Digest, digest } from '../base/brands.ts';
import { malformed } from './result.ts';

export const DIGEST_BYTES = 32;

/** A whole number in 0..2^53-1, or in `least`..`most`. */
export function count(name: string, value: number, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    malformed('RANGE', `${name} is ${value}, allowed are ${least} to ${most}`);
  }
  return value;
}

/** A time in ms: finite, not negative. */
export function timeMs(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) malformed('RANGE', `${name} is ${value}`);
  return value;
}

export function text(name: string, value: string, mostCharacters: number): string {
  if (value.length > mostCharacters) malformed('LIMIT', `${name} has ${value.length} characters`);
  return value;
}

export function digestFrom(name: string, bytes: Uint8Array): Digest {
  if (bytes.length !== DIGEST_BYTES) malformed('RANGE', `${name} has ${bytes.length} bytes, not 32`);
  return digest(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'));
}

export const digestBytes = (value: Digest): Uint8Array => Buffer.from(value, 'hex');
