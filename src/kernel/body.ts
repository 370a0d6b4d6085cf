/**
 * What Request and Response have in common: a body that is read once, whole or as a stream, and
 * what their constructors make one of.
 */
import { type BodyState, bytesOf, isNullBody, textOf } from './body-state.ts';
import { copyOfBytes } from './buffer-source.ts';
import { type Blob, type FormData, formKit, isBlob, isFormData } from './form-kit.ts';
import { limits } from './limits.ts';
import {
  arrayBufferByteLength,
  arrayBufferSlice,
  JSONParse,
  rejected,
  resolved,
  SafeWeakMap,
} from './primordials.ts';
import { isStream, streamKit } from './stream-kit.ts';
import { isURLSearchParams, searchParamsText } from './url-search-params.ts';

const TEXT_TYPE = 'text/plain;charset=UTF-8';
const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8';
const ALREADY_READ = 'The body has already been read';

/**
 * What `body` gave, for bodies that lie in memory, so that it always gives
 * the same. Few bodies are asked for it.
 */
const streams = new SafeWeakMap<BodyState, object>();
/** And the other way round. */
const bodies = new SafeWeakMap<object, BodyState>();

/**
 * Gives a body that has none yet what a constructor was given; returns the content type that follows from it.
 */
export function setBody(state: BodyState, init: unknown): string | undefined {
  if (typeof init === 'string') return setText(state, init, TEXT_TYPE);
  const bytes = copyOfBytes(init);
  if (bytes !== undefined) return setBytes(state, bytes, undefined);
  if (isStream(init)) return setStream(state, init);
  if (isURLSearchParams(init)) return setText(state, searchParamsText(init), FORM_TYPE);
  if (isBlob(init)) {
    const type = init.type;
    return setBytes(state, formKit().bytesOfBlob(init), type === '' ? undefined : type);
  }
  if (isFormData(init)) {
    const { bytes: multipart, type } = formKit().multipartOf(init);
    return setBytes(state, multipart, type);
  }
  return setText(state, `${init as string}`, TEXT_TYPE);
}

function setText(state: BodyState, text: string, type: string): string {
  state.text = text;
  return type;
}

function setBytes(state: BodyState, bytes: ArrayBuffer, type: string | undefined): string | undefined {
  state.bytes = bytes;
  return type;
}

function setStream(state: BodyState, stream: object): undefined {
  const kit = streamKit();
  if (kit.isLocked(stream) || kit.isDisturbed(stream))
    throw new TypeError('The stream is locked or has been read');
  const source = bodies.get(stream);
  // A body in memory stays what it is when it becomes another's.
  if (source === undefined) state.stream = stream;
  else passBody(source, state);
  return undefined;
}

/** Whether somebody has read it, or is reading it. */
export function isUsed(state: BodyState): boolean {
  if (isNullBody(state)) return false;
  const stream = state.stream ?? streams.get(state);
  return state.used || (stream !== undefined && streamKit().isDisturbed(stream));
}

function requireUnread(state: BodyState): void {
  if (isUsed(state)) throw new TypeError(ALREADY_READ);
  const stream = state.stream ?? streams.get(state);
  if (stream !== undefined && streamKit().isLocked(stream)) throw new TypeError('The body is locked');
}

/** Makes the body of one the body of another, which has none yet. */
export function passBody(from: BodyState, to: BodyState): void {
  requireUnread(from);
  arrived(from);
  from.used = true;
  to.text = from.text;
  to.bytes = from.bytes;
  to.stream = from.stream;
  const stream = streams.get(from);
  if (stream !== undefined) streamKit().exhaust(stream);
}

/** What a copy of this object has for a body; of a stream both get a branch. */
export function clonedBody(state: BodyState): Pick<BodyState, 'text' | 'bytes' | 'stream'> {
  requireUnread(state);
  arrived(state);
  const { text, bytes, stream } = state;
  if (stream === undefined) return { text, bytes, stream };
  const branches = streamKit().tee(stream);
  state.stream = branches[0];
  return { text, bytes, stream: branches[1] };
}

/** Looks at a client's body that is coming in: from now on it is a stream. */
function arrived(state: BodyState): void {
  const { incoming } = state;
  if (incoming === undefined) return;
  state.stream = incoming();
  state.incoming = undefined;
}

/** The stream of a body that is one, to be sent on; undefined for the others. */
export function streamToSend(state: BodyState): object | undefined {
  arrived(state);
  return state.stream;
}

/** The state behind a Request or a Response; undefined for every other value. */
export let bodyStateOf: (value: unknown) => BodyState | undefined;

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

  get body(): object | null {
    return isNullBody(this.#state) ? null : streamOf(this.#state);
  }

  get bodyUsed(): boolean {
    return isUsed(this.#state);
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

  blob(): Promise<Blob> {
    const type = formKit().contentTypeOf(this) ?? '';
    return read(bodyStateOf(this), (state) => formKit().blobOf(copyOfBody(state), type));
  }

  formData(): Promise<FormData> {
    const type = formKit().contentTypeOf(this) ?? '';
    return read(bodyStateOf(this), (state) => formKit().parseForm(bytesOf(state), type));
  }
}

function streamOf(state: BodyState): object {
  arrived(state);
  if (state.stream !== undefined) return state.stream;
  let stream = streams.get(state);
  if (stream === undefined) {
    stream = streamOver(state);
    streams.set(state, stream);
    bodies.set(stream, state);
  }
  return stream;
}

/** A body that lies in memory, as one chunk. */
function streamOver(state: BodyState): object {
  let done = state.used;
  return streamKit().overChunks({
    pull: () => {
      if (done) return undefined;
      done = true;
      state.used = true;
      const bytes = copyOfBody(state);
      return arrayBufferByteLength(bytes) === 0 ? undefined : new Uint8Array(bytes);
    },
    cancel: () => {
      done = true;
      state.used = true;
    },
  });
}

/** Reads the whole body and converts it. */
function read<T>(state: BodyState | undefined, convert: (state: BodyState) => T): Promise<T> {
  try {
    if (state === undefined) throw new TypeError('Illegal invocation');
    if (!isNullBody(state)) requireUnread(state);
    arrived(state);
    state.used = true;
    if (state.stream !== undefined) return readStream(state.stream, convert);
    const stream = streams.get(state);
    if (stream !== undefined) streamKit().exhaust(stream);
    return resolved(convert(state));
  } catch (error) {
    return rejected(error);
  }
}

async function readStream<T>(stream: object, convert: (state: BodyState) => T): Promise<T> {
  const bytes = await streamKit().collect(stream, limits.wholeBodyBytes);
  return convert({ text: undefined, bytes, stream: undefined, incoming: undefined, used: true });
}

const parsed = (state: BodyState): unknown => JSONParse(textOf(state));
const copyAsArray = (state: BodyState): Uint8Array => new Uint8Array(copyOfBody(state));

function copyOfBody(state: BodyState): ArrayBuffer {
  const { bytes } = state;
  return bytes === undefined ? bytesOf(state) : arrayBufferSlice(bytes, 0, arrayBufferByteLength(bytes));
}
