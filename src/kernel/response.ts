/** The Fetch standard's Response, and how one becomes the two texts that leave the machine. */
import { Body, bodyStateOf, clonedBody, setBody } from './body.ts';
import { type BodyState, bytesOf, isNullBody } from './body-state.ts';
import { appendTo, fillList, getFrom, type Headers, headersOver, listOf } from './headers.ts';
import { crossable } from './host.ts';
import { arrayJoin, bareArray, JSONStringify, matches, stringStartsWith } from './primordials.ts';
import { parsedHref } from './url.ts';
import { scalarString } from './webidl.ts';
import { isWebSocket, type WebSocket } from './websocket.ts';

export interface ResponseState extends BodyState {
  readonly isResponse: true;
  status: number;
  statusText: string;
  /** Flat list of headers (headers.ts). */
  list: string[];
  headers: Headers | undefined;
  type: 'default' | 'error';
  immutable: boolean;
  /** Where it came from, for answers to `fetch`; empty for others. */
  url: string;
  redirected: boolean;
  /** The end that goes to the client. */
  webSocket: WebSocket | undefined;
}

const CONTENT_TYPE = 'content-type';
const STATUS_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;
const INTERNAL = {};
const SWITCHING = 101;

export const isNullBodyStatus = (status: number): boolean =>
  status === 204 || status === 205 || status === 304 || status === 101 || status === 103;

function newState(): ResponseState {
  return {
    isResponse: true,
    text: undefined,
    bytes: undefined,
    stream: undefined,
    incoming: undefined,
    used: false,
    status: 200,
    statusText: '',
    list: bareArray(),
    headers: undefined,
    type: 'default',
    immutable: false,
    url: '',
    redirected: false,
    webSocket: undefined,
  };
}

/** An answer to `fetch`: the list is its own from now on. */
export function receivedState(
  status: number,
  statusText: string,
  url: string,
  redirected: boolean,
  list: string[],
): ResponseState {
  return { ...newState(), status, statusText, url, redirected, list, immutable: true };
}

export const responseOver = (state: ResponseState): Response => new Response(INTERNAL, state);

export function responseStateOf(value: unknown): ResponseState | undefined {
  const state = bodyStateOf(value) as ResponseState | undefined;
  return state?.isResponse === true ? state : undefined;
}

function stateOf(response: Response): ResponseState {
  const state = responseStateOf(response);
  if (state === undefined) throw new TypeError('Illegal invocation');
  return state;
}

interface ResponseInit {
  readonly status?: unknown;
  readonly statusText?: unknown;
  readonly headers?: unknown;
  readonly webSocket?: unknown;
}

export class Response extends Body {
  constructor(body: unknown = null, init: unknown = undefined) {
    if (body === INTERNAL) {
      super(init as ResponseState);
      return;
    }
    const state = newState();
    super(state);
    if (init !== undefined && init !== null) initialise(state, init as ResponseInit);
    if (body !== null && body !== undefined) attachBody(state, body);
  }

  static error(): Response {
    const state = newState();
    state.status = 0;
    state.type = 'error';
    state.immutable = true;
    return new Response(INTERNAL, state);
  }

  static json(data: unknown, init: unknown = undefined): Response {
    const text = JSONStringify(data);
    if (text === undefined) throw new TypeError('The data cannot be written as JSON');
    const state = newState();
    if (init !== undefined && init !== null) initialise(state, init as ResponseInit);
    if (isNullBodyStatus(state.status))
      throw new TypeError(`A response of status ${state.status} has no body`);
    state.text = text;
    if (state.list.length === 0 || getFrom(state.list, CONTENT_TYPE) === null)
      appendTo(state.list, CONTENT_TYPE, 'application/json');
    return new Response(INTERNAL, state);
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    const target = parsedHref(scalarString(url));
    const code = (status as number) & 0xffff;
    if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
      throw new RangeError(`${code} is not the status of a redirect`);
    }
    const state = newState();
    state.status = code;
    state.immutable = true;
    appendTo(state.list, 'location', target);
    return new Response(INTERNAL, state);
  }

  /** As Workers have it. */
  get webSocket(): WebSocket | null {
    return stateOf(this).webSocket ?? null;
  }

  get type(): string {
    return stateOf(this).type;
  }

  get url(): string {
    return stateOf(this).url;
  }

  get redirected(): boolean {
    return stateOf(this).redirected;
  }

  get status(): number {
    return stateOf(this).status;
  }

  get ok(): boolean {
    const { status } = stateOf(this);
    return status >= 200 && status <= 299;
  }

  get statusText(): string {
    return stateOf(this).statusText;
  }

  get headers(): Headers {
    const state = stateOf(this);
    state.headers ??= headersOver(state.list, state.immutable);
    return state.headers;
  }

  clone(): Response {
    const state = stateOf(this);
    const copy = newState();
    const { text, bytes, stream } = clonedBody(state);
    copy.text = text;
    copy.bytes = bytes;
    copy.stream = stream;
    copy.status = state.status;
    copy.statusText = state.statusText;
    copy.type = state.type;
    copy.immutable = state.immutable;
    copy.url = state.url;
    copy.redirected = state.redirected;
    copyList(currentList(state), copy.list);
    return new Response(INTERNAL, copy);
  }
}

function copyList(from: readonly string[], to: string[]): void {
  for (let index = 0; index < from.length; index += 1) to[index] = from[index] as string;
}

/** Headers may have been given another list by `delete`. */
function currentList(state: ResponseState): string[] {
  return state.headers === undefined ? state.list : listOf(state.headers);
}

function initialise(state: ResponseState, init: ResponseInit): void {
  const { status, statusText, headers, webSocket } = init;
  if (webSocket !== undefined && webSocket !== null) {
    if (!isWebSocket(webSocket)) throw new TypeError('webSocket is an end of a WebSocketPair');
    state.webSocket = webSocket;
  }
  if (status !== undefined) {
    const code = (status as number) & 0xffff;
    if ((code < 200 && (code !== SWITCHING || state.webSocket === undefined)) || code > 599)
      throw new RangeError(`The status must be from 200 to 599, not ${code}`);
    state.status = code;
  }
  if (statusText !== undefined) {
    const text = `${statusText as string}`;
    if (!matches(STATUS_TEXT, text))
      throw new TypeError('The status text has characters that no status line can have');
    state.statusText = text;
  }
  if (headers !== undefined) fillList(state.list, headers);
}

function attachBody(state: ResponseState, init: unknown): void {
  if (isNullBodyStatus(state.status)) throw new TypeError(`A response of status ${state.status} has no body`);
  if (typeof init === 'string') {
    state.text = init;
    // The commonest response of all: no header to look for.
    if (state.list.length === 0 || getFrom(state.list, CONTENT_TYPE) === null) {
      appendTo(state.list, CONTENT_TYPE, 'text/plain;charset=UTF-8');
    }
    return;
  }
  const type = setBody(state, init);
  if (type !== undefined && getFrom(state.list, CONTENT_TYPE) === null)
    appendTo(state.list, CONTENT_TYPE, type);
}

/** Its headers, flat. */
export const headerList = (state: ResponseState): readonly string[] => currentList(state);

export const headerOf = (state: ResponseState, name: string): string | null =>
  getFrom(currentList(state), name);

/** A header that is for the kernel and does not leave: takes it out of the response. */
export function takeHeader(state: ResponseState, name: string): string | undefined {
  const list = currentList(state);
  const value = getFrom(list, name);
  if (value === null) return undefined;
  const kept: string[] = bareArray();
  for (let index = 0; index < list.length; index += 2) {
    if (list[index] !== name) appendTo(kept, list[index] as string, list[index + 1] as string);
  }
  state.list = kept;
  state.headers = undefined;
  return value;
}

/**
 * Names that begin like this are Tandem's word to clients, which believe it: a program that passes another
 * server's answer on must not speak for it.
 */
const OWN_HEADERS = 'tandem-';

function withoutOwn(list: readonly string[]): readonly string[] {
  let owns = 0;
  for (let index = 0; index < list.length; index += 2)
    if (stringStartsWith(list[index] as string, OWN_HEADERS)) owns += 1;
  if (owns === 0) return list;
  const kept: string[] = bareArray();
  for (let index = 0; index < list.length; index += 2) {
    if (!stringStartsWith(list[index] as string, OWN_HEADERS))
      appendTo(kept, list[index] as string, list[index + 1] as string);
  }
  return kept;
}

/** The head as it leaves the machine (abi.ts). */
export function headText(state: ResponseState): string {
  const list = withoutOwn(currentList(state));
  const status = `${state.status}`;
  // The commonest lists without a join.
  if (list.length === 2) return `${status}\n${list[0]}\n${list[1]}`;
  return list.length === 0 ? status : `${status}\n${arrayJoin(list, '\n')}`;
}

/** The body as it leaves the machine. */
export function bodyToSend(state: ResponseState): string | ArrayBuffer {
  const { text } = state;
  if (text !== undefined && crossable(text)) return text;
  return isNullBody(state) ? '' : bytesOf(state);
}
