/**
 * `crypto.subtle`, the symmetric half: digests, HMAC, AES-GCM, AES-CBC, AES-CTR, HKDF and PBKDF2. The
 * primitives are the host's own (OpenSSL's, by a pure hypercall: same bytes in, same bytes out, nothing
 * logged); the loops over them are here, where the machine polls.
 */
import { CRYPTO } from '../abi.ts';
import { copyOfBytes } from '../buffer-source.ts';
import { randomBytes } from '../crypto.ts';
import { cryptoCall } from '../crypto-call.ts';
import { DOMException } from '../dom-exception.ts';
import { asInterface } from '../webidl.ts';
import { fromBase64Url, toBase64Url } from './base64-url.ts';

const INTERNAL = {};

interface Algorithm {
  readonly name: string;
  readonly [parameter: string]: unknown;
}

interface KeyState {
  readonly type: 'secret';
  readonly extractable: boolean;
  readonly algorithm: Algorithm;
  readonly usages: readonly string[];
  readonly bytes: Uint8Array;
}

let stateOf: (key: unknown) => KeyState;

export class CryptoKey {
  readonly #state: KeyState;

  static {
    stateOf = (key) => {
      if (typeof key !== 'object' || key === null || !(#state in key)) throw new TypeError('No CryptoKey');
      return key.#state;
    };
  }

  constructor(token?: unknown, state?: KeyState) {
    if (token !== INTERNAL || state === undefined) throw new TypeError('Illegal constructor');
    this.#state = state;
  }

  get type(): string {
    return this.#state.type;
  }

  get extractable(): boolean {
    return this.#state.extractable;
  }

  get algorithm(): Algorithm {
    return this.#state.algorithm;
  }

  get usages(): string[] {
    return [...this.#state.usages];
  }
}

interface Hash {
  readonly name: string;
  readonly code: number;
  readonly bytes: number;
  readonly blockBytes: number;
}

const HASHES: readonly Hash[] = [
  { name: 'SHA-1', code: CRYPTO.sha1, bytes: 20, blockBytes: 64 },
  { name: 'SHA-256', code: CRYPTO.sha256, bytes: 32, blockBytes: 64 },
  { name: 'SHA-384', code: CRYPTO.sha384, bytes: 48, blockBytes: 128 },
  { name: 'SHA-512', code: CRYPTO.sha512, bytes: 64, blockBytes: 128 },
];

/** What each kind of key can be used for, and how a JSON Web Key names it. */
const USES: Readonly<Record<string, readonly string[]>> = {
  HMAC: ['sign', 'verify'],
  'AES-GCM': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  'AES-CBC': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  'AES-CTR': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  HKDF: ['deriveKey', 'deriveBits'],
  PBKDF2: ['deriveKey', 'deriveBits'],
};
const AES_KEY_BITS = [128, 192, 256];
const GCM_TAG_BITS = [32, 64, 96, 104, 112, 120, 128];
const AES_CODES: Readonly<Record<string, number>> = {
  'AES-GCM': CRYPTO.gcm,
  'AES-CBC': CRYPTO.cbc,
  'AES-CTR': CRYPTO.ctr,
};
const AES_BLOCK_BYTES = 16;

const failed = (name: string, message: string): DOMException => new DOMException(message, name);
const unsupported = (what: string): DOMException =>
  failed('NotSupportedError', `${what} is not among what crypto.subtle has here`);

function bytesOf(value: unknown, what: string): Uint8Array {
  const bytes = copyOfBytes(value);
  if (bytes === undefined) throw new TypeError(`${what} must be a buffer or a view of one`);
  return new Uint8Array(bytes);
}

function algorithmOf(given: unknown): Algorithm {
  const all =
    typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : { name: given };
  const wanted = `${all['name'] as string}`.toUpperCase();
  const known = [...Object.keys(USES), ...HASHES.map((hash) => hash.name)];
  const name = known.find((one) => one.toUpperCase() === wanted);
  if (name === undefined) throw unsupported(JSON.stringify(all['name']));
  return { ...all, name };
}

function hashOf(given: unknown): Hash {
  const { name } = algorithmOf(given);
  const hash = HASHES.find((one) => one.name === name);
  if (hash === undefined) throw unsupported(`${name} as a hash`);
  return hash;
}

const digest = (hash: Hash, data: Uint8Array): Uint8Array =>
  new Uint8Array(cryptoCall([hash.code], [data]) as ArrayBuffer);

const hmac = (hash: Hash, key: Uint8Array, data: Uint8Array): Uint8Array =>
  new Uint8Array(cryptoCall([CRYPTO.hmac, hash.code], [key, data]) as ArrayBuffer);

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.byteLength ^ other.byteLength;
  for (let at = 0; at < one.byteLength; at += 1) difference |= (one[at] as number) ^ (other[at] ?? 0);
  return difference === 0;
}

function newKey(algorithm: Algorithm, extractable: unknown, usages: unknown, bytes: Uint8Array): CryptoKey {
  const wanted = [...(usages as Iterable<string>)];
  const allowed = USES[algorithm.name] ?? [];
  const wrong = wanted.find((usage) => !allowed.includes(usage));
  if (wrong !== undefined) throw failed('SyntaxError', `A key for ${algorithm.name} is not for ${wrong}`);
  if (wanted.length === 0) throw failed('SyntaxError', 'A secret key has at least one usage');
  const state = {
    type: 'secret',
    extractable: Boolean(extractable),
    algorithm,
    usages: wanted,
    bytes,
  } as const;
  return new CryptoKey(INTERNAL, state);
}

/** The algorithm as the key keeps it, checked against its bytes. */
function keyAlgorithm(given: Algorithm, bytes: Uint8Array): Algorithm {
  const bits = bytes.byteLength * 8;
  if (given.name === 'HMAC') {
    if (bits === 0) throw failed('DataError', 'An HMAC key has at least one byte');
    return { name: 'HMAC', hash: { name: hashOf(given['hash']).name }, length: bits };
  }
  if (given.name.startsWith('AES')) {
    if (!AES_KEY_BITS.includes(bits))
      throw failed('DataError', `An AES key has 128, 192 or 256 bits, not ${bits}`);
    return { name: given.name, length: bits };
  }
  return { name: given.name };
}

interface Jwk {
  readonly kty?: unknown;
  readonly k?: unknown;
}

function jwkBytes(data: unknown): Uint8Array {
  const { kty, k } = (data ?? {}) as Jwk;
  const bytes = kty === 'oct' && typeof k === 'string' ? fromBase64Url(k) : undefined;
  if (bytes === undefined)
    throw failed('DataError', 'A secret JSON Web Key has kty "oct" and its bytes in k');
  return bytes;
}

/** How JSON Web Keys call an algorithm. */
function jwkName({ name, hash, length }: Algorithm): string {
  if (name === 'HMAC') return `HS${(hash as Algorithm).name.slice(4)}`;
  return `A${length}${name.slice(4)}`;
}

function keyFor(key: unknown, algorithm: Algorithm, usage: string): KeyState {
  const state = stateOf(key);
  if (state.algorithm.name !== algorithm.name)
    throw failed('InvalidAccessError', `The key is for ${state.algorithm.name}, not for ${algorithm.name}`);
  if (!state.usages.includes(usage)) throw failed('InvalidAccessError', `The key is not for ${usage}`);
  return state;
}

/** One call of the primitive; `tagBytes` matters to AES-GCM alone. */
function aesCall(
  { bytes, algorithm }: KeyState,
  decrypts: boolean,
  tagBytes: number,
  [initial, extra, data]: readonly [Uint8Array, Uint8Array, Uint8Array],
): Uint8Array {
  const code = [AES_CODES[algorithm.name] as number, decrypts ? 1 : 0, tagBytes];
  const result = cryptoCall(code, [bytes, initial, extra, data]);
  if (result === undefined)
    throw failed(
      'OperationError',
      'The data cannot be decrypted: it is not what was encrypted with this key',
    );
  return new Uint8Array(result);
}

const NOTHING = new Uint8Array(0);

/**
 * Only the low `length` bits of the block count; the primitive counts with all of them. So what lies behind
 * their wrap is a call of its own, with these bits at zero.
 */
function aesCtr(key: KeyState, algorithm: Algorithm, initial: Uint8Array, data: Uint8Array): Uint8Array {
  const bits = Number(algorithm['length']);
  if (!(bits >= 1 && bits <= 8 * AES_BLOCK_BYTES))
    throw failed('OperationError', 'AES-CTR wants a counter of 1 to 128 bits: its length says so');
  let counted = 0n;
  for (const byte of initial) counted = (counted << 8n) | BigInt(byte);
  const all = 1n << BigInt(Math.trunc(bits));
  if (BigInt(Math.ceil(data.byteLength / AES_BLOCK_BYTES)) > all)
    throw failed('OperationError', `The data is longer than a counter of ${bits} bits`);
  const blocks = all - (counted % all);
  const first = Number(blocks) * AES_BLOCK_BYTES;
  if (first >= data.byteLength) return aesCall(key, false, 0, [initial, NOTHING, data]);
  const wrapped = initial.slice();
  let rest = counted - (counted % all);
  for (let at = AES_BLOCK_BYTES - 1; at >= 0; at -= 1) {
    wrapped[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  const whole = new Uint8Array(data.byteLength);
  whole.set(aesCall(key, false, 0, [initial, NOTHING, data.subarray(0, first)]));
  whole.set(aesCall(key, false, 0, [wrapped, NOTHING, data.subarray(first)]), first);
  return whole;
}

function aes(key: KeyState, algorithm: Algorithm, data: Uint8Array, decrypts: boolean): ArrayBuffer {
  const { name } = algorithm;
  const initial = bytesOf(algorithm[name === 'AES-CTR' ? 'counter' : 'iv'], `${name}'s initial value`);
  if (name !== 'AES-GCM' && initial.byteLength !== AES_BLOCK_BYTES)
    throw failed('OperationError', `${name} wants an initial value of ${AES_BLOCK_BYTES} bytes`);
  if (name === 'AES-CTR') return aesCtr(key, algorithm, initial, data).buffer as ArrayBuffer;
  const extra = algorithm['additionalData'];
  const tagBits = algorithm['tagLength'] === undefined ? 128 : Number(algorithm['tagLength']);
  if (name === 'AES-GCM' && (!GCM_TAG_BITS.includes(tagBits) || initial.byteLength === 0))
    throw failed('OperationError', 'AES-GCM wants an initial value and a tag of 32, 64, or 96 to 128 bits');
  const extraBytes = extra === undefined ? NOTHING : bytesOf(extra, 'additionalData');
  return aesCall(key, decrypts, tagBits / 8, [initial, extraBytes, data]).buffer as ArrayBuffer;
}

function lengthInBytes(length: unknown): number {
  const bits = Number(length);
  if (!(bits >= 0) || bits % 8 !== 0) throw failed('OperationError', 'The length in bits is a multiple of 8');
  return bits / 8;
}

function hkdf(secret: Uint8Array, algorithm: Algorithm, length: number): Uint8Array {
  const hash = hashOf(algorithm['hash']);
  if (length > 255 * hash.bytes) throw failed('OperationError', 'HKDF cannot make so many bits');
  const salt = bytesOf(algorithm['salt'], 'salt');
  const info = bytesOf(algorithm['info'], 'info');
  const key = hmac(hash, salt.byteLength === 0 ? new Uint8Array(hash.bytes) : salt, secret);
  const made = new Uint8Array(Math.ceil(length / hash.bytes) * hash.bytes);
  let last = new Uint8Array(0);
  for (let block = 1; (block - 1) * hash.bytes < length; block += 1) {
    const input = new Uint8Array(last.byteLength + info.byteLength + 1);
    input.set(last);
    input.set(info, last.byteLength);
    input[input.byteLength - 1] = block;
    last = hmac(hash, key, input) as Uint8Array<ArrayBuffer>;
    made.set(last, (block - 1) * hash.bytes);
  }
  return made.slice(0, length);
}

function pbkdf2(password: Uint8Array, algorithm: Algorithm, length: number): Uint8Array {
  const hash = hashOf(algorithm['hash']);
  const salt = bytesOf(algorithm['salt'], 'salt');
  const iterations = Number(algorithm['iterations']);
  if (!(iterations >= 1)) throw failed('OperationError', 'PBKDF2 wants at least one iteration');
  const made = new Uint8Array(Math.ceil(length / hash.bytes) * hash.bytes);
  const first = new Uint8Array(salt.byteLength + 4);
  first.set(salt);
  for (let block = 1; (block - 1) * hash.bytes < length; block += 1) {
    new DataView(first.buffer).setUint32(salt.byteLength, block);
    let last = hmac(hash, password, first);
    const sum = last.slice();
    for (let round = 1; round < iterations; round += 1) {
      last = hmac(hash, password, last);
      for (let at = 0; at < sum.byteLength; at += 1) sum[at] = (sum[at] as number) ^ (last[at] as number);
    }
    made.set(sum, (block - 1) * hash.bytes);
  }
  return made.slice(0, length);
}

function derive(algorithm: Algorithm, key: unknown, length: number, usage: string): Uint8Array {
  const { bytes } = keyFor(key, algorithm, usage);
  return algorithm.name === 'HKDF' ? hkdf(bytes, algorithm, length) : pbkdf2(bytes, algorithm, length);
}

const plain = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;

export class SubtleCrypto {
  constructor(token?: unknown) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
  }

  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    return plain(digest(hashOf(algorithm), bytesOf(data, 'The data')));
  }

  async importKey(
    format: unknown,
    data: unknown,
    algorithm: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<CryptoKey> {
    const given = algorithmOf(algorithm);
    if (USES[given.name] === undefined) throw unsupported(`a key for ${given.name}`);
    if (format !== 'raw' && format !== 'jwk') throw unsupported(`the key format ${JSON.stringify(format)}`);
    const bytes = format === 'raw' ? bytesOf(data, 'The key') : jwkBytes(data);
    return newKey(keyAlgorithm(given, bytes), extractable, usages, bytes);
  }

  async exportKey(format: unknown, key: unknown): Promise<unknown> {
    const { bytes, extractable, algorithm, usages } = stateOf(key);
    if (!extractable || algorithm.name === 'HKDF' || algorithm.name === 'PBKDF2')
      throw failed('InvalidAccessError', 'The key is not extractable');
    if (format === 'raw') return plain(bytes);
    if (format !== 'jwk') throw unsupported(`the key format ${JSON.stringify(format)}`);
    return { kty: 'oct', k: toBase64Url(bytes), alg: jwkName(algorithm), key_ops: [...usages], ext: true };
  }

  async generateKey(algorithm: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    const given = algorithmOf(algorithm);
    const length = given['length'];
    if (given.name === 'HMAC') {
      const bytes = length === undefined ? hashOf(given['hash']).blockBytes : lengthInBytes(length);
      return this.#made(given, extractable, usages, bytes);
    }
    if (!given.name.startsWith('AES')) throw unsupported(`a generated key for ${given.name}`);
    if (!AES_KEY_BITS.includes(Number(length)))
      throw failed('OperationError', 'An AES key has 128, 192 or 256 bits');
    return this.#made(given, extractable, usages, lengthInBytes(length));
  }

  #made(given: Algorithm, extractable: unknown, usages: unknown, length: number): CryptoKey {
    const bytes = randomBytes(length);
    return newKey(keyAlgorithm(given, bytes), extractable, usages, bytes);
  }

  async sign(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    const given = algorithmOf(algorithm);
    const { bytes, algorithm: own } = keyFor(key, given, 'sign');
    return plain(hmac(hashOf(own['hash']), bytes, bytesOf(data, 'The data')));
  }

  async verify(algorithm: unknown, key: unknown, signature: unknown, data: unknown): Promise<boolean> {
    const given = algorithmOf(algorithm);
    const { bytes, algorithm: own } = keyFor(key, given, 'verify');
    const made = hmac(hashOf(own['hash']), bytes, bytesOf(data, 'The data'));
    return sameBytes(made, bytesOf(signature, 'The signature'));
  }

  async encrypt(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    const given = algorithmOf(algorithm);
    return aes(keyFor(key, given, 'encrypt'), given, bytesOf(data, 'The data'), false);
  }

  async decrypt(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    const given = algorithmOf(algorithm);
    return aes(keyFor(key, given, 'decrypt'), given, bytesOf(data, 'The data'), true);
  }

  async deriveBits(algorithm: unknown, key: unknown, length: unknown): Promise<ArrayBuffer> {
    return plain(derive(algorithmOf(algorithm), key, lengthInBytes(length), 'deriveBits'));
  }

  async deriveKey(
    algorithm: unknown,
    key: unknown,
    target: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<CryptoKey> {
    const wanted = algorithmOf(target);
    const length = wanted['length'];
    const size =
      length === undefined && wanted.name === 'HMAC'
        ? hashOf(wanted['hash']).blockBytes
        : lengthInBytes(length);
    const bytes = derive(algorithmOf(algorithm), key, size, 'deriveKey');
    return newKey(keyAlgorithm(wanted, bytes), extractable, usages, bytes);
  }
}

asInterface(CryptoKey, 'CryptoKey');
asInterface(SubtleCrypto, 'SubtleCrypto');

export const subtle = new SubtleCrypto(INTERNAL);
