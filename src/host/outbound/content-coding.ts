/**
 * Undoes the codings of an answer's body: a guest gets what the server meant, as the Fetch standard has it.
 */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { limits } from '../../base/limits.ts';

// A body whose end was cut off by its server is given as far as it came, as browsers do.
const lenient = { finishFlush: constants.Z_SYNC_FLUSH };
const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip(lenient)],
  ['x-gzip', () => createGunzip(lenient)],
  ['deflate', () => createInflate(lenient)],
  ['br', () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })],
]);

/**
 * The stream to read; the response itself when it has no coding that is
 * known. A text when there are too many.
 */
export function decodedBody(response: IncomingMessage, coding: string | undefined): Readable | string {
  if (coding === undefined) return response;
  const names = coding.split(',').map((name) => name.trim().toLowerCase());
  if (names.length > limits.outboundCodings) return `the answer was coded ${names.length} times`;
  const stages = names.reverse().flatMap((name) => decoders.get(name)?.() ?? []);
  const last = stages.at(-1);
  if (last === undefined || stages.length < names.length) return response;
  pipeline([response, ...stages], () => {});
  return last;
}
