/**
 * The File API's Blob and File, and the XHR standard's FormData. All of a blob is in the machine's memory.
 */
import { copyOfBytes } from '../buffer-source.ts';
import { DateNow } from '../primordials.ts';
import { streamKit } from '../stream-kit.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';
import { asInterface, scalarString } from '../webidl.ts';

const INTERNAL = {};
const TYPE_CHARACTERS = /^[\x20-\x7e]*$/;

interface BlobInit {
  readonly type?: unknown;
  readonly endings?: unknown;
  readonly lastModified?: unknown;
}

export let bytesOfBlob: (blob: Blob) => ArrayBuffer;
export let isBlob: (value: unknown) => value is Blob;

const blobType = (value: unknown): string => {
  const text = value === undefined ? '' : `${value as string}`;
  return TYPE_CHARACTERS.test(text) ? text.toLowerCase() : '';
};

function partBytes(part: unknown, endings: unknown): Uint8Array {
  if (isBlob(part)) return new Uint8Array(bytesOfBlob(part));
  const bytes = copyOfBytes(part);
  if (bytes !== undefined) return new Uint8Array(bytes);
  const text = `${part as string}`;
  return new Uint8Array(encodeUtf8(endings === 'native' ? text.replace(/\r\n?/g, '\n') : text));
}

function join(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole.buffer;
}

/** A position of `slice`, from the end when negative, inside the blob. */
const clamp = (value: unknown, size: number, otherwise: number): number => {
  if (value === undefined) return otherwise;
  const at = Math.trunc(Number(value)) || 0;
  return at < 0 ? Math.max(size + at, 0) : Math.min(at, size);
};

export class Blob {
  readonly #bytes: ArrayBuffer;
  readonly #type: string;

  static {
    isBlob = (value): value is Blob => typeof value === 'object' && value !== null && #bytes in value;
    bytesOfBlob = (blob) => blob.#bytes;
  }

  constructor(parts: unknown = undefined, init: unknown = undefined, type = '') {
    if (parts === INTERNAL) {
      this.#bytes = init as ArrayBuffer;
      this.#type = type;
      return;
    }
    if (parts !== undefined && (typeof parts !== 'object' || parts === null))
      throw new TypeError('The parts of a Blob are a list');
    const { type: given, endings } = (init ?? {}) as BlobInit;
    const list = parts === undefined ? [] : [...(parts as Iterable<unknown>)];
    this.#bytes = join(list.map((part) => partBytes(part, endings)));
    this.#type = blobType(given);
  }

  get size(): number {
    return this.#bytes.byteLength;
  }

  get type(): string {
    return this.#type;
  }

  slice(start: unknown = undefined, end: unknown = undefined, type: unknown = undefined): Blob {
    const { size } = this;
    const from = clamp(start, size, 0);
    const to = Math.max(clamp(end, size, size), from);
    return new Blob(INTERNAL, this.#bytes.slice(from, to), blobType(type));
  }

  async text(): Promise<string> {
    return decodeUtf8(this.#bytes, 0, this.#bytes.byteLength);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice(0);
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(this.#bytes.slice(0));
  }

  stream(): object {
    let rest: ArrayBuffer | undefined = this.#bytes;
    return streamKit().overChunks({
      pull: () => {
        const chunk = rest;
        rest = undefined;
        return chunk === undefined || chunk.byteLength === 0 ? undefined : new Uint8Array(chunk.slice(0));
      },
      cancel: () => {
        rest = undefined;
      },
    });
  }
}

export class File extends Blob {
  readonly #name: string;
  readonly #lastModified: number;

  constructor(parts: unknown, name: unknown, init: unknown = undefined) {
    if (name === undefined) throw new TypeError('A File has parts and a name');
    super(parts, init);
    this.#name = scalarString(name);
    const { lastModified } = (init ?? {}) as BlobInit;
    this.#lastModified = lastModified === undefined ? DateNow() : Math.trunc(Number(lastModified)) || 0;
  }

  get name(): string {
    return this.#name;
  }

  get lastModified(): number {
    return this.#lastModified;
  }

  get webkitRelativePath(): string {
    return '';
  }
}

export const blobOf = (bytes: ArrayBuffer, type: string): Blob => new Blob(INTERNAL, bytes, blobType(type));

export type FormValue = string | File;
export type FormEntry = readonly [name: string, value: FormValue];

export let isFormData: (value: unknown) => value is FormData;
export let entriesOf: (form: FormData) => readonly FormEntry[];
export let formOf: (entries: readonly FormEntry[]) => FormData;

function formEntry(name: unknown, value: unknown, filename: unknown): FormEntry {
  const key = scalarString(name);
  if (!isBlob(value)) {
    if (filename !== undefined) throw new TypeError('Only a Blob has a file name');
    return [key, scalarString(value)];
  }
  if (value instanceof File && filename === undefined) return [key, value];
  const file = value instanceof File ? value.name : 'blob';
  const options = {
    type: value.type,
    ...(value instanceof File ? { lastModified: value.lastModified } : {}),
  };
  return [key, new File([value], filename === undefined ? file : scalarString(filename), options)];
}

export class FormData {
  #entries: FormEntry[] = [];

  static {
    isFormData = (value): value is FormData =>
      typeof value === 'object' && value !== null && #entries in value;
    entriesOf = (form) => form.#entries;
    formOf = (entries) => {
      const form = new FormData();
      form.#entries = [...entries];
      return form;
    };
  }

  constructor(form: unknown = undefined) {
    if (form !== undefined) throw new TypeError('There are no form elements here');
  }

  append(name: unknown, value: unknown, filename: unknown = undefined): void {
    this.#entries.push(formEntry(name, value, filename));
  }

  delete(name: unknown): void {
    const key = scalarString(name);
    this.#entries = this.#entries.filter(([other]) => other !== key);
  }

  get(name: unknown): FormValue | null {
    const key = scalarString(name);
    return this.#entries.find(([other]) => other === key)?.[1] ?? null;
  }

  getAll(name: unknown): FormValue[] {
    const key = scalarString(name);
    return this.#entries.filter(([other]) => other === key).map(([, value]) => value);
  }

  has(name: unknown): boolean {
    const key = scalarString(name);
    return this.#entries.some(([other]) => other === key);
  }

  set(name: unknown, value: unknown, filename: unknown = undefined): void {
    const entry = formEntry(name, value, filename);
    const at = this.#entries.findIndex(([other]) => other === entry[0]);
    if (at < 0) this.#entries.push(entry);
    else
      this.#entries = this.#entries
        .filter(([other], index) => index <= at || other !== entry[0])
        .with(at, entry);
  }

  forEach(callback: unknown, self: unknown = undefined): void {
    if (typeof callback !== 'function') throw new TypeError('The callback is not a function');
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<[string, FormValue]> {
    for (let index = 0; index < this.#entries.length; index += 1) {
      const [name, value] = this.#entries[index] as FormEntry;
      yield [name, value];
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<FormValue> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, FormValue]> {
    return this.entries();
  }
}

/** The content type that a request or response declares. */
export const contentTypeOf = (message: unknown): string | null =>
  (message as { headers: { get(name: string): string | null } }).headers.get('content-type');

asInterface(Blob, 'Blob');
asInterface(File, 'File');
asInterface(FormData, 'FormData', 'entries');
