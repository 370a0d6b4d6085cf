/**
 * The Fetch standard's Request. One that comes from a client keeps the head as it came; method, headers, URL
 * and signal become objects when they are asked for, so that a handler pays for what it uses.
 */
import { type AbortSignal, abortSignal, anySignal, isAbortSignal, newSignal } from './abort.ts';
import { Body, bodyStateOf, clonedBody, passBody, setBody } from './body.ts';
import { type BodyState, isNullBody } from './body-state.ts';
import { DOMException } from './dom-exception.ts';
import { appendTo, fillList, getFrom, type Headers, headersOver, listOf } from './headers.ts';
import { incomingUrl } from './incoming-url.ts';
import { quote } from './inspect-primitive.ts';
import { bareArray, matches, stringToUpperCase } from './primordials.ts';
import { headersFrom } from './request-head.ts';
import { parsedHref } from './url.ts';
import { scalarString } from './webidl.ts';

export interface RequestState extends BodyState {
  readonly isResponse: false;
  readonly method: string;
  /** The serialised URL; undefined until it is asked for. */
  url: string | undefined;
  /** The head as it came: method, target, then names and values; undefined for requests that a guest made. */
  head: readonly string[] | undefined;
  headers: Headers | undefined;
  signal: AbortSignal | undefined;
  /** The client is gone. */
  aborted: boolean;
  readonly redirect: RedirectMode;
}

export type RedirectMode = 'follow' | 'error' | 'manual';

const INTERNAL = {};
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN_METHOD = /^(?:CONNECT|TRACE|TRACK)$/i;
const USUAL_METHOD = /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i;

function requestStateOf(value: unknown): RequestState | undefined {
  const state = bodyStateOf(value) as RequestState | undefined;
  return state?.isResponse === false ? state : undefined;
}

function stateOf(request: Request): RequestState {
  const state = requestStateOf(request);
  if (state === undefined) throw new TypeError('Illegal invocation');
  return state;
}

/**
 * A client's request; `head` as it came; `bytes` undefined for an empty body, and for
 * one that `incoming` makes a stream of.
 */
export function incomingState(
  head: readonly string[],
  bytes: ArrayBuffer | undefined,
  incoming: (() => object) | undefined,
): RequestState {
  return {
    isResponse: false,
    text: undefined,
    bytes,
    stream: undefined,
    incoming,
    used: false,
    method: head[0] as string,
    url: undefined,
    head,
    headers: undefined,
    signal: undefined,
    aborted: false,
    redirect: 'follow',
  };
}

export const requestOver = (state: RequestState): Request => new Request(INTERNAL, state);

/** The client of a request is gone: tells whoever listens. Runs the guest's listeners. */
export function abortRequest(state: RequestState): void {
  state.aborted = true;
  if (state.signal !== undefined) abortSignal(state.signal, clientGone());
}

export const clientGone = (): DOMException => new DOMException('The client is gone', 'AbortError');

export interface RequestInit {
  readonly method?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly signal?: unknown;
  readonly redirect?: unknown;
}

export class Request extends Body {
  constructor(input: unknown, init: unknown = undefined) {
    if (input === INTERNAL) {
      super(init as RequestState);
      return;
    }
    super(madeByGuest(input, (init ?? {}) as RequestInit));
  }

  get method(): string {
    return stateOf(this).method;
  }

  get url(): string {
    const state = stateOf(this);
    state.url ??= incomingUrl(state.head ?? []);
    return state.url;
  }

  get headers(): Headers {
    const state = stateOf(this);
    state.headers ??= headersFrom(state.head ?? []);
    return state.headers;
  }

  get signal(): AbortSignal {
    const state = stateOf(this);
    if (state.signal === undefined) {
      state.signal = newSignal();
      if (state.aborted) abortSignal(state.signal, clientGone());
    }
    return state.signal;
  }

  get cache(): string {
    return 'default';
  }

  get credentials(): string {
    return 'same-origin';
  }

  get destination(): string {
    return '';
  }

  get integrity(): string {
    return '';
  }

  get keepalive(): boolean {
    return false;
  }

  get mode(): string {
    return 'cors';
  }

  get redirect(): string {
    return stateOf(this).redirect;
  }

  get referrer(): string {
    return 'about:client';
  }

  get referrerPolicy(): string {
    return '';
  }

  get duplex(): string {
    return 'half';
  }

  clone(): Request {
    const state = stateOf(this);
    const copy: RequestState = {
      isResponse: false,
      ...clonedBody(state),
      incoming: undefined,
      used: false,
      method: state.method,
      url: this.url,
      head: undefined,
      headers: headersOver(copyOf(listOf(this.headers)), state.head !== undefined),
      signal: anySignal([this.signal]),
      aborted: false,
      redirect: state.redirect,
    };
    return requestOver(copy);
  }
}

function copyOf(list: readonly string[]): string[] {
  const copy: string[] = bareArray();
  for (let index = 0; index < list.length; index += 1) copy[index] = list[index] as string;
  return copy;
}

function methodOf(value: unknown): string {
  const method = `${value as string}`;
  if (!matches(METHOD, method) || matches(FORBIDDEN_METHOD, method)) {
    throw new TypeError(`${method} is not a method that a request can have`);
  }
  return matches(USUAL_METHOD, method) ? stringToUpperCase(method) : method;
}

function redirectMode(value: unknown): RedirectMode {
  const mode = `${value as string}`;
  if (mode === 'follow' || mode === 'error' || mode === 'manual') return mode;
  throw new TypeError(`${quote(mode)} is no redirect mode: follow, error or manual`);
}

/**
 * What `fetch` was given, and the signal that ends the call, if it was given one. The
 * request's body is used up by the caller.
 */
export function requestToSend(
  input: unknown,
  init: RequestInit,
): { readonly state: RequestState; readonly signal: AbortSignal | undefined } {
  const { signal = undefined } = init;
  if (signal !== undefined && signal !== null && !isAbortSignal(signal))
    throw new TypeError('The signal of a request is an AbortSignal');
  const source = requestStateOf(input);
  const { method, headers, body, redirect } = init;
  // Its own signal would be one more that hangs on the guest's, for as long as that lives.
  const state = madeByGuest(input, { method, headers, body, redirect, signal: null });
  return { state, signal: signal === undefined ? source?.signal : (signal ?? undefined) };
}

function madeByGuest(input: unknown, init: RequestInit): RequestState {
  const source = requestStateOf(input);
  const method = init.method === undefined ? (source?.method ?? 'GET') : methodOf(init.method);
  const list: string[] = bareArray();
  if (init.headers !== undefined) fillList(list, init.headers);
  else if (source !== undefined) fillList(list, (input as Request).headers);
  const signal = init.signal !== undefined || source === undefined ? init.signal : (input as Request).signal;
  const state: RequestState = {
    isResponse: false,
    text: undefined,
    bytes: undefined,
    stream: undefined,
    incoming: undefined,
    used: false,
    method,
    url: source === undefined ? parsedHref(scalarString(input)) : (input as Request).url,
    head: undefined,
    headers: headersOver(list, false),
    signal: signal === undefined || signal === null ? newSignal() : anySignal([signal]),
    aborted: false,
    redirect: init.redirect === undefined ? (source?.redirect ?? 'follow') : redirectMode(init.redirect),
  };
  fillBody(state, init.body, source, list);
  return state;
}

function fillBody(
  state: RequestState,
  body: unknown,
  source: RequestState | undefined,
  list: string[],
): void {
  const given = body !== undefined && body !== null;
  const inherited = !given && body === undefined && source !== undefined && !isNullBody(source);
  if (!given && !inherited) return;
  if (state.method === 'GET' || state.method === 'HEAD') {
    throw new TypeError(`A ${state.method} request has no body`);
  }
  if (given) {
    const type = setBody(state, body);
    if (type !== undefined && getFrom(list, 'content-type') === null) appendTo(list, 'content-type', type);
  } else if (source !== undefined) {
    passBody(source, state);
  }
}
