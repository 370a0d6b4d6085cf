/** A request that can be sent as often as need be: its body is read once and kept. */
import { BodyTooLargeError } from './errors.ts';
import { unlessAborted } from './pause.ts';

/** What `fetch` takes: the standard's RequestInfo or URL, and RequestInit. */
export type FetchInput = Parameters<typeof fetch>[0];
export type FetchInit = Parameters<typeof fetch>[1];

/** For `fetch`: browsers ask the network, always. */
export const UNCACHED = { cache: 'no-store' } as const;

export interface KeptRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  readonly redirect: Request['redirect'];
  readonly credentials: Request['credentials'];
}

/**
 * The caller's own signal. That of a Request which is made of what he gave will not do: Node may collect the
 * Request while its signal is listened to, and an abort by the caller does not reach that any more.
 */
export function signalOf(input: FetchInput, init: FetchInit): AbortSignal | undefined {
  if (init?.signal !== undefined) return init.signal ?? undefined;
  return isRequest(input) ? input.signal : undefined;
}

const isRequest = (input: FetchInput): input is Request => typeof input === 'object' && 'url' in input;

/** Others a fetch may know, too: `data:` has no server. */
export const isWeb = ({ protocol }: URL): boolean => /^https?:$/.test(protocol);

export const isOf = (hosts: readonly URL[], url: URL): boolean =>
  hosts.some(({ origin }) => origin === url.origin);

/** Throws a TypeError for a URL that is of none of these hosts. */
export function mustBeOf(hosts: readonly URL[], url: URL): URL {
  if (isOf(hosts, url)) return url;
  const known = hosts.map(({ origin }) => origin).join(', ');
  throw new TypeError(`${url.origin} is none of this client's hosts: ${known}`);
}

/**
 * What `fetch` takes, resolved against the hosts. Rejects with a TypeError for a URL that is none of theirs,
 * BodyTooLargeError above `maxBodyBytes`, the reason of `signal`.
 */
export async function keepRequest(
  input: FetchInput,
  init: FetchInit,
  hosts: readonly URL[],
  maxBodyBytes: number,
  signal: AbortSignal,
): Promise<KeptRequest> {
  signal.throwIfAborted();
  const url = mustBeOf(hosts, new URL(isRequest(input) ? input.url : input, hosts[0]));
  // Node wants to be told that a stream is sent before the reply is read.
  const streamed = init?.body instanceof ReadableStream ? { duplex: 'half' as const } : {};
  const request = new Request(isRequest(input) ? input : url, { ...init, ...streamed, signal: null });
  return {
    method: request.method,
    target: url.pathname + url.search,
    headers: request.headers,
    body: await bodyOf(request, maxBodyBytes, signal),
    redirect: request.redirect,
    credentials: request.credentials,
  };
}

async function bodyOf(
  request: Request,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  // Some browsers show no stream of a request's body; then it is in memory anyway.
  const stream: ReadableStream<Uint8Array> | null | undefined = request.body;
  if (stream === null) return undefined;
  const body =
    stream === undefined
      ? await unlessAborted(request.arrayBuffer(), signal)
      : await read(stream, maxBytes, signal);
  if (body.byteLength > maxBytes) throw tooLarge(maxBytes);
  return new Uint8Array(body);
}

const tooLarge = (maxBytes: number): BodyTooLargeError =>
  new BodyTooLargeError(
    `a request's body is kept until it is answered, and has at most ${maxBytes} bytes: send it in parts, or raise maxBodyBytes`,
    'no',
  );

async function read(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await unlessAborted(reader.read(), signal);
      if (done) return await new Blob(chunks).arrayBuffer();
      bytes += value.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(new Uint8Array(value));
    }
  } catch (error) {
    // Whoever fills it may take his time to hear of it.
    reader.cancel(error).catch(() => {});
    throw error;
  }
}
