/**
 * The clients' port of a host that is not live, where it has one of its own: says so, and where the live one
 * is. Load balancers see 503 on the readiness path; plain clients are redirected (307 keeps method and
 * body); those that number their requests are told in a header, for a browser shows them no redirects. The
 * port is free the moment the host goes live.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { limits } from '../../base/limits.ts';
import { OWN_PATHS } from '../../kernel/abi.ts';
import { BodyTurns } from './body-turns.ts';
import type { CrossOrigin } from './cross-origin.ts';
import { newConnection } from './exchange.ts';
import { answerLive, asksForLive, LIVE_HEADER, plainTarget } from './own-paths.ts';
import { type Refusal, refusals, refuse } from './refusals.ts';

export interface StandInPorts {
  /** Where clients find the live host; undefined when that is not known. Never rejects. */
  liveUrl(): Promise<string | undefined>;
  log(line: string): void;
}

export class StandIn {
  readonly #at: { readonly host: string; readonly port: number };
  readonly #crossOrigin: CrossOrigin;
  readonly #bodyTurns = new BodyTurns();
  readonly #ports: StandInPorts;
  #server: Server | undefined;
  #saidWhyNot = false;

  constructor(
    at: { readonly host: string; readonly port: number },
    crossOrigin: CrossOrigin,
    ports: StandInPorts,
  ) {
    this.#at = at;
    this.#crossOrigin = crossOrigin;
    this.#ports = ports;
  }

  /**
   * Listens, if it can: the address may be another host's now, or may only
   * come to this machine when it goes live.
   */
  open(): void {
    if (this.#server !== undefined) return;
    const server = createServer({
      maxHeaderSize: limits.requestHeadBytes,
      headersTimeout: limits.requestHeadMs,
      requestTimeout: limits.requestHeadMs,
    });
    server.maxConnections = limits.standInConnections;
    server.on('request', (request, response) => this.#answer(request, response));
    server.on('checkContinue', (request, response) => this.#answer(request, response));
    server.on('error', (error: NodeJS.ErrnoException) => {
      this.#server = undefined;
      if (this.#saidWhyNot) return;
      this.#saidWhyNot = true;
      const { host, port } = this.#at;
      this.#ports.log(`until it is live, this host answers nobody at ${host}:${port}: ${error.code}`);
    });
    server.listen({ ...this.#at, backlog: limits.standInConnections });
    this.#server = server;
  }

  /** The port is free when this returns. Answers that are on their way still leave. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#bodyTurns.watch(request);
    if (this.#crossOrigin.handled(request, response)) return;
    request.url = plainTarget(request.url ?? '/');
    const { socket } = request;
    const connection = newConnection(socket, true);
    void this.#ports.liveUrl().then((url) => {
      if (response.destroyed) return;
      response.shouldKeepAlive = false;
      if (asksForLive(request)) answerLive(response, false, url);
      else refuse({ request, response, connection }, refusalOf(request, url));
    });
  }
}

function refusalOf(request: IncomingMessage, url: string | undefined): Refusal {
  const { url: target = '/', headers } = request;
  if (url === undefined) return refusals.doorsClosed;
  const named = [LIVE_HEADER, url];
  // Who came through a load balancer cannot go where the hosts are; the balancer asks another one.
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined;
  const wantsNoRedirect =
    isForwarded || headers['tandem-session'] !== undefined || target.startsWith(OWN_PATHS);
  if (wantsNoRedirect || !target.startsWith('/')) {
    return { ...refusals.doorsClosed, headers: [...refusals.doorsClosed.headers, ...named] };
  }
  const location = url.replace(/\/+$/, '') + target;
  const text = 'another host is live\n';
  return { status: 307, name: 'not-live', text, headers: ['location', location, ...named], close: true };
}
