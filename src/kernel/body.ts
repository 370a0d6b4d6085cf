/** What Request and Response have in common: a body that is read once, and what their constructors make one of. */
import { type BodyState, bytesOf, isNullBody, textOf } from './body-state.ts';
import { type BodyStream, isBodyStream, streamOver, takeStream } from './body-stream.ts';
import {
  ArrayBufferIsView,
  arrayBufferByteLength,
  arrayBufferSlice,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  JSONParse,
  rejected,
  resolved,
  SafeWeakMap,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayName,
  typedArraySet,
} from './primordials.ts';
import { isURLSearchParams, searchParamsText } from './url-search-params.ts';

/** What the constructors of Request and Response found: `type` is the content type that follows from it. */
interface Extracted {
  readonly text: string | undefined;
  readonly bytes: ArrayBuffer | undefined;
  readonly type: string | undefined;
}

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

/** The state behind a Request or a Response; undefined for every other value. */
export let bodyStateOf: (value: unknown) => BodyState | undefined;

/** What `body` gave, so that it always gives the same. Few bodies are asked for it. */
const streams = new SafeWeakMap<BodyState, BodyStream>();

/** What Request and Response have in common. No private methods: each would cost every object a brand. */
export class Body {
  readonly #state: BodyState;

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
    let stream = streams.get(state);
    if (stream === undefined) {
      stream = streamOver(state);
      streams.set(state, stream);
    }
    return stream;
  }

  get bodyUsed(): boolean {
    const state = this.#state;
    return state.used && !isNullBody(state);
  }

  text(): Promise<string> {
    return read(bodyStateOf(this), textOf);
  }

  json(): Promise<unknown> {
    return read(bodyStateOf(this), parsed);
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return read(bodyStateOf(this), copyOfBody);
  }

  bytes(): Promise<Uint8Array> {
    return read(bodyStateOf(this), copyAsArray);
  }
}

function read<T>(state: BodyState | undefined, convert: (state: BodyState) => T): Promise<T> {
  try {
    if (state === undefined) throw new TypeError('Illegal invocation');
    if (state.used && !isNullBody(state)) throw new TypeError('The body has already been read');
    state.used = true;
    return resolved(convert(state));
  } catch (error) {
    return rejected(error);
  }
}

const parsed = (state: BodyState): unknown => JSONParse(textOf(state));
const copyAsArray = (state: BodyState): Uint8Array => new Uint8Array(copyOfBody(state));

function copyOfBody(state: BodyState): ArrayBuffer {
  const { bytes } = state;
  return bytes === undefined ? bytesOf(state) : arrayBufferSlice(bytes, 0, arrayBufferByteLength(bytes));
}
