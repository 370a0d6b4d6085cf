/**
 * What a Request or a Response keeps of its body: the whole of it, in
 * memory, as text or as bytes; or a stream.
 */
import { arrayBufferByteLength, charCodeAt, stringSlice } from './primordials.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { scalarString } from './webidl.ts';

export interface BodyState {
  /** The body as text, if it was made from text. */
  text: string | undefined;
  /** The body as bytes, exactly, if it was made from bytes. Never shown to the guest: it gets copies. */
  bytes: ArrayBuffer | undefined;
  /**
   * The body as a stream, if it was made from one or is still coming in. Then it has neither text nor bytes.
   */
  stream: object | undefined;
  /** A client's body that is still coming in and that nobody has looked at yet: makes the stream. */
  incoming: (() => object) | undefined;
  /** It was read, or passed on. */
  used: boolean;
}

const BYTE_ORDER_MARK = 0xfeff;

export const isNullBody = (state: BodyState): boolean =>
  state.text === undefined &&
  state.bytes === undefined &&
  state.stream === undefined &&
  state.incoming === undefined;

/** The body as bytes that must not be changed or shown. */
export function bytesOf(state: BodyState): ArrayBuffer {
  if (state.bytes !== undefined) return state.bytes;
  return encodeUtf8(state.text ?? '');
}

/** The body as text, without a byte order mark. */
export function textOf(state: BodyState): string {
  const { bytes } = state;
  let text = '';
  if (state.text !== undefined) text = scalarString(state.text);
  else if (bytes !== undefined) text = decodeUtf8(bytes, 0, arrayBufferByteLength(bytes));
  return charCodeAt(text, 0) === BYTE_ORDER_MARK ? stringSlice(text, 1) : text;
}
