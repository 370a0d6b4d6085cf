/**
 * The pair's shared secret: only who presents it may be a backup (FT assumes a
 * private logging network; we do not).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TandemError } from '../../base/errors.ts';

/** What may follow `Bearer` in a header, of a length that nobody guesses. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/;

/** 256 bits of the host's CSPRNG, in characters that need no quoting anywhere. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** The token that a file holds, alone, with or without a line end. */
export function readToken(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new TandemError(
      'TOKEN_FILE_UNREADABLE',
      `token file ${path}: ${why}`,
      'give --token-file a file that every host of this VM has a copy of: openssl rand -hex 32 > FILE',
    );
  }
  if (TOKEN.test(text)) return text;
  throw new TandemError(
    'TOKEN_FILE_INVALID',
    `token file ${path} does not hold a token: one word of 16 to 512 letters, digits and - . _ ~ + /`,
    'make one: openssl rand -hex 32 > FILE',
  );
}

/** Compares in a time that tells nothing about either, its length included. */
export function sameToken(one: string, other: string): boolean {
  const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digestOf(one), digestOf(other));
}
