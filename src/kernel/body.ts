/** Bodies of requests and responses: whole, in memory, as text or as bytes; read once. */
import { type BodyStream, isBodyStream, streamOver, takeStream } from './body-stream.ts';
import {
  ArrayBufferIsView,
  arrayBufferByteLength,
  arrayBufferSlice,
  charCodeAt,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  JSONParse,
  rejected,
  resolved,
  stringSlice,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayName,
  typedArraySet,
} from './primordials.ts';
import { isURLSearchParams, searchParamsText } from './url-search-params.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { scalarString } from './webidl.ts';

export interface BodyState {
  /** The body as text, if it was made from text. */
  text: string | undefined;
  /** The body as bytes, exactly, if it was made from bytes. Never shown to the guest: it gets copies. */
  bytes: ArrayBuffer | undefined;
  /** It was read, or passed on. */
  used: boolean;
  /** What `body` gave, so that it always gives the same. */
  stream: BodyStream | undefined;
}

/** What the constructors of Request and Response found: `type` is the content type that follows from it. */
interface Extracted {
  readonly text: string | undefined;
  readonly bytes: ArrayBuffer | undefined;
  readonly type: string | undefined;
}

const BYTE_ORDER_MARK = 0xfeff;
const TEXT_TYPE = 'text/plain;charset=UTF-8';
const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';

export function extractBody(init: unknown): Extracted {
  if (typeof init === 'string') return { text: init, bytes: undefined, type: TEXT_TYPE };
  const bytes = copyOfBytes(init);
  if (bytes !== undefined) return { text: undefined, bytes, type: undefined };
  if (isBodyStream(init)) return { ...takeStream(init), type: undefined };
  if (isURLSearchParams(init)) return { text: searchParamsText(init), bytes: undefined, type: FORM_TYPE };
  return { text: `${init as string}`, bytes: undefined, type: TEXT_TYPE };
}

/** A copy of the bytes of a buffer or a view; undefined for everything else. */
export function copyOfBytes(value: unknown): ArrayBuffer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (ArrayBufferIsView(value)) {
    const isTyped = typedArrayName(value) !== undefined;
    const buffer = isTyped ? typedArrayBuffer(value) : dataViewBuffer(value);
    const start = isTyped ? typedArrayByteOffset(value) : dataViewByteOffset(value);
    const length = isTyped ? typedArrayByteLength(value) : dataViewByteLength(value);
    return copyRange(buffer, start, length);
  }
  try {
    return arrayBufferSlice(value as ArrayBuffer, 0, arrayBufferByteLength(value));
  } catch {
    return undefined;
  }
}

function copyRange(buffer: ArrayBuffer, start: number, length: number): ArrayBuffer {
  const copy = new Uint8Array(length);
  typedArraySet(copy, new Uint8Array(buffer, start, length));
  return typedArrayBuffer(copy);
}

/** The body as bytes that must not be changed or shown. */
export function bytesOf(state: BodyState): ArrayBuffer {
  if (state.bytes !== undefined) return state.bytes;
  return encodeUtf8(state.text ?? '');
}

function textOf(state: BodyState): string {
  const { bytes } = state;
  let text = '';
  if (state.text !== undefined) text = scalarString(state.text);
  else if (bytes !== undefined) text = decodeUtf8(bytes, 0, arrayBufferByteLength(bytes));
  return charCodeAt(text, 0) === BYTE_ORDER_MARK ? stringSlice(text, 1) : text;
}

export const isNullBody = (state: BodyState): boolean =>
  state.text === undefined && state.bytes === undefined;

/** The state behind a Request or a Response; undefined for every other value. */
export let bodyStateOf: (value: unknown) => BodyState | undefined;

/** What Request and Response have in common. */
export class Body {
  #state: BodyState;

  static {
    bodyStateOf = (value) =>
      typeof value === 'object' && value !== null && #state in value ? value.#state : undefined;
  }

  constructor(state: BodyState) {
    this.#state = state;
  }

  get body(): BodyStream | null {
    const state = this.#state;
    if (isNullBody(state)) return null;
    state.stream ??= streamOver(state);
    return state.stream;
  }

  get bodyUsed(): boolean {
    const state = this.#state;
    return state.used && !isNullBody(state);
  }

  text(): Promise<string> {
    return this.#read(textOf);
  }

  json(): Promise<unknown> {
    return this.#read((state) => JSONParse(textOf(state)));
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#read(copyOfBody);
  }

  bytes(): Promise<Uint8Array> {
    return this.#read((state) => new Uint8Array(copyOfBody(state)));
  }

  #read<T>(convert: (state: BodyState) => T): Promise<T> {
    try {
      const state = this.#state;
      if (state.used && !isNullBody(state)) return rejected(new TypeError('The body has already been read'));
      state.used = true;
      return resolved(convert(state));
    } catch (error) {
      return rejected(error);
    }
  }
}

function copyOfBody(state: BodyState): ArrayBuffer {
  const { bytes } = state;
  return bytes === undefined ? bytesOf(state) : arrayBufferSlice(bytes, 0, arrayBufferByteLength(bytes));
}
