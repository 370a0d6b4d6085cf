/**
 * Passes requests on to the live host, for clients that are still connected to a host that was live
 * until the roles changed (FT §3.3). The answer tells the client to connect anew, and that
 * connection finds the live host by itself.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import { declaredBodyBytes } from './request-body.ts';
import { endToEndHeaders } from './request-codec.ts';

export interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

/** The live host's, by its URL. */
export function targetOf(url: string): RelayTarget | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  return port === '' ? undefined : { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

const RETRY_MS = 5;

/**
 * One request with its whole body. The client's connection is reset when the live host cannot be
 * asked: it retries as after any failure.
 */
export function relay(
  incoming: IncomingMessage,
  body: Uint8Array,
  response: ServerResponse,
  target: RelayTarget,
): void {
  const deadlineMs = monotonicMs() + limits.relayConnectMs;
  const asked = {
    ...target,
    agent: false,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: requestHeaders(incoming, body),
  };
  const attempt = (): void => {
    if (response.destroyed) return;
    let outgoing: ClientRequest;
    try {
      outgoing = openRequest(asked);
    } catch {
      incoming.socket.destroy(); // What Node has read it need not be willing to send.
      return;
    }
    response.once('close', () => outgoing.destroy());
    outgoing.once('response', (answer) => passOn(answer, response));
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      // Nothing was sent: its doors are about to open.
      if (error.code === 'ECONNREFUSED' && monotonicMs() < deadlineMs) setTimeout(attempt, RETRY_MS);
      else incoming.socket.destroy();
    });
    outgoing.end(body);
  };
  attempt();
}

function passOn(answer: IncomingMessage, response: ServerResponse): void {
  const headers = [...endToEndHeaders(answer.rawHeaders), 'connection', 'close'];
  answer.once('error', () => response.destroy());
  try {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  } catch {
    response.destroy();
    answer.destroy();
    return;
  }
  // An event stream may have nothing to say for long.
  response.flushHeaders();
  answer.pipe(response);
}

/** As the client has them; but its body is whole by now, and Node's server wants a host. */
function requestHeaders(incoming: IncomingMessage, body: Uint8Array): string[] {
  const { rawHeaders, headers } = incoming;
  const kept = endToEndHeaders(rawHeaders);
  if (headers.host === undefined) kept.push('host', 'localhost');
  // A client may call the length a header of the connection's own; the body would be no part of the request.
  const isLengthKept = kept.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-length');
  if (!isLengthKept && declaredBodyBytes(incoming) !== 0) kept.push('content-length', String(body.length));
  return kept;
}
