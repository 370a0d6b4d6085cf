/** A request that can be sent as often as need be: its body is read once and kept. */
import { BodyTooLargeError } from './errors.ts';

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
  readonly signal: AbortSignal;
  readonly redirect: Request['redirect'];
  readonly credentials: Request['credentials'];
}

/**
 * What `fetch` takes, resolved against the hosts. Throws a TypeError for a URL that is none of theirs,
 * BodyTooLargeError above `maxBodyBytes`.
 */
export async function keepRequest(
  input: FetchInput,
  init: FetchInit,
  hosts: readonly URL[],
  maxBodyBytes: number,
): Promise<KeptRequest> {
  const isRequest = typeof input === 'object' && 'url' in input;
  const url = new URL(isRequest ? input.url : input, hosts[0]);
  if (!hosts.some(({ origin }) => origin === url.origin)) {
    throw new TypeError(
      `${url.origin} is none of this client's hosts: ${hosts.map(({ origin }) => origin).join(', ')}`,
    );
  }
  // Node wants to be told that a stream is sent before the reply is read.
  const streamed = init?.body instanceof ReadableStream ? { duplex: 'half' as const } : {};
  const request = new Request(isRequest ? input : url, { ...init, ...streamed });
  return {
    method: request.method,
    target: url.pathname + url.search,
    headers: request.headers,
    body: await bodyOf(request, maxBodyBytes),
    signal: request.signal,
    redirect: request.redirect,
    credentials: request.credentials,
  };
}

async function bodyOf(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  // Some browsers show no stream of a request's body; then it is in memory anyway.
  const stream: ReadableStream<Uint8Array> | null | undefined = request.body;
  if (stream === null) return undefined;
  const body = stream === undefined ? await request.arrayBuffer() : await read(stream, maxBytes);
  if (body === undefined || body.byteLength > maxBytes) {
    throw new BodyTooLargeError(
      `a request's body is kept until it is answered, and has at most ${maxBytes} bytes: send it in parts, or raise maxBodyBytes`,
      'no',
    );
  }
  return new Uint8Array(body);
}

/** Undefined when there is more than fits. */
async function read(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<ArrayBuffer | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks).arrayBuffer();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    chunks.push(new Uint8Array(value));
  }
}
