/**
 * Cryptographic primitives for guests: pure functions of bytes in the machine's memory, so both
 * hosts get the same ones and nothing is logged. Only what has one right answer is here: no
 * signature that draws a random number.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { CRYPTO } from '../kernel/abi.ts';

const HASHES: ReadonlyMap<number, string> = new Map([
  [CRYPTO.sha1, 'sha1'],
  [CRYPTO.sha256, 'sha256'],
  [CRYPTO.sha384, 'sha384'],
  [CRYPTO.sha512, 'sha512'],
]);

const CIPHERS: ReadonlyMap<number, 'gcm' | 'cbc' | 'ctr'> = new Map([
  [CRYPTO.gcm, 'gcm'],
  [CRYPTO.cbc, 'cbc'],
  [CRYPTO.ctr, 'ctr'],
]);

/**
 * `input` as kernel/abi.ts's CRYPTO says. Undefined when it cannot be decrypted, or names what is not here: a
 * guest that replaces methods of Array chooses what the kernel finds in its lists. Borrows `input`.
 */
export function primitive(input: Uint8Array): Uint8Array | undefined {
  const [code = 0] = input;
  if (code === CRYPTO.hmac) {
    const hash = HASHES.get(input[1] ?? 0);
    const [key = EMPTY, data = EMPTY] = fieldsOf(input, 2);
    return hash === undefined ? undefined : createHmac(hash, key).update(data).digest();
  }
  const mode = CIPHERS.get(code);
  if (mode !== undefined) return cipher(mode, input);
  const hash = HASHES.get(code);
  const [data = EMPTY] = fieldsOf(input, 1);
  return hash === undefined ? undefined : createHash(hash).update(data).digest();
}

const EMPTY = new Uint8Array(0);

function fieldsOf(input: Uint8Array, from: number): readonly Uint8Array[] {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const fields: Uint8Array[] = [];
  for (let at = from; at < input.length; ) {
    const length = view.getUint32(at, true);
    fields.push(input.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function cipher(mode: 'gcm' | 'cbc' | 'ctr', input: Uint8Array): Uint8Array | undefined {
  const [, decrypts, tagBytes = 0] = input;
  const [key = EMPTY, initial = EMPTY, extra = EMPTY, data = EMPTY] = fieldsOf(input, 3);
  const name = `aes-${key.length * 8}-${mode}`;
  try {
    if (mode === 'gcm') return gcm(name, decrypts === 1, tagBytes, { key, initial, extra, data });
    const worker = (decrypts === 1 ? createDecipheriv : createCipheriv)(name, key, initial);
    return Buffer.concat([worker.update(data), worker.final()]);
  } catch {
    // A wrong tag, a wrong padding: the bytes are not what was encrypted with this key.
    return undefined;
  }
}

interface Sealed {
  readonly key: Uint8Array;
  readonly initial: Uint8Array;
  readonly extra: Uint8Array;
  readonly data: Uint8Array;
}

/** The tag stands behind the ciphertext, as Web Crypto has it. */
function gcm(
  name: string,
  decrypts: boolean,
  tagBytes: number,
  { key, initial, extra, data }: Sealed,
): Uint8Array {
  const options = { authTagLength: tagBytes };
  if (!decrypts) {
    const worker = createCipheriv(name as 'aes-128-gcm', key, initial, options).setAAD(extra);
    return Buffer.concat([worker.update(data), worker.final(), worker.getAuthTag()]);
  }
  const end = data.length - tagBytes;
  const worker = createDecipheriv(name as 'aes-128-gcm', key, initial, options).setAAD(extra);
  worker.setAuthTag(data.subarray(end));
  return Buffer.concat([worker.update(data.subarray(0, end)), worker.final()]);
}
