/**
 * Pages as they travel (FT §3.1): compressed by zlib's own threads, so that neither end's event loop computes
 * while clients, log and heartbeats wait. Brotli at its second lowest quality takes two thirds of the time of
 * deflate's lowest level, and packs a guest's memory as small: to some 36 %.
 */
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { limits } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../machine/pages.ts';
import type { PackedPagesFrame, PagesFrame } from '../../protocol/frames.ts';

const QUALITY = 1;
/** As a power of two: all of one message. */
const WINDOW_BITS = Math.ceil(Math.log2(limits.pagesMessageBytes));

export const PAGES_PER_MESSAGE = Math.floor(limits.pagesMessageBytes / PAGE_BYTES);

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** Copies the pages out of `memory` before it returns. */
export async function packPages(
  memory: Uint8Array,
  epoch: PackedPagesFrame['epoch'],
  indices: readonly number[],
): Promise<PackedPagesFrame> {
  const plain = Buffer.allocUnsafe(indices.length * PAGE_BYTES);
  for (const [at, index] of indices.entries()) {
    plain.set(memory.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES), at * PAGE_BYTES);
  }
  const packed = await compress(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  return { kind: 'packed-pages', epoch, indices, packed };
}

/**
 * Rejects what is not packed, or is not as many pages as it says: never more than one
 * message's worth of memory is made of it.
 */
export async function unpackPages({ epoch, indices, packed }: PackedPagesFrame): Promise<PagesFrame> {
  const plain = await decompress(packed, { maxOutputLength: Math.max(1, indices.length * PAGE_BYTES) });
  if (plain.length !== indices.length * PAGE_BYTES) {
    throw new Error(`${plain.length} bytes for ${indices.length} pages`);
  }
  const pages = indices.map((index, at) => ({
    index,
    bytes: plain.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES),
  }));
  return { kind: 'pages', epoch, pages };
}
