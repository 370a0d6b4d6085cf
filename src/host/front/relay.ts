/**
 * Passes requests on to the live host, for clients that are still connected to a host that was live
 * until the roles changed (FT §3.3). The answer tells the client to connect anew, and that
 * connection finds the live host by itself.
 */
import { type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';

export interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

/** A host that listens everywhere is found on this machine. */
export const anyAddress: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/** The live host's, by its URL. */
export function targetOf(url: string): RelayTarget | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  return port === '' ? undefined : { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** They are about one connection, not about the request; or Node writes them. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'upgrade',
]);
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
  const attempt = (): void => {
    if (response.destroyed) return;
    const outgoing = openRequest({
      ...target,
      agent: false,
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: { ...endToEnd(incoming), 'content-length': String(body.length) },
    });
    response.once('close', () => outgoing.destroy());
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, {
        ...endToEnd(answer),
        ...lengthOf(answer),
        connection: 'close',
      });
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      // Nothing was sent: its doors are about to open.
      if (error.code === 'ECONNREFUSED' && monotonicMs() < deadlineMs) setTimeout(attempt, RETRY_MS);
      else incoming.socket.destroy();
    });
    outgoing.end(body);
  };
  attempt();
}

/** Repeated headers stay repeated. */
function endToEnd(message: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (values !== undefined && !HOP_BY_HOP.has(name))
      headers[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return headers;
}

const lengthOf = ({ headers }: IncomingMessage): Record<string, string> =>
  headers['content-length'] === undefined ? {} : { 'content-length': headers['content-length'] };
