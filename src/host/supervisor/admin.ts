/**
 * The admin port: what operators, scrapers and `tandem status | hash | kill | logs` ask of a run. On loopback only.
 *
 * Loopback is not a wall: a page in the operator's browser can send requests to it, and a DNS name of an attacker can be made to
 * point at it. So a request must name this machine in `Host` (a rebound name does not), must not carry another `Origin`, and must
 * not be marked as cross-site by the browser. Programs send neither header and are not bothered.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '../../base/limits.ts';
import type { MemoryLimits } from '../vcpu/messages.ts';
import { METRICS_CONTENT_TYPE, renderMetrics } from './admin-metrics.ts';
import type { HashComparison, LogLine, NoLimits, RunStatus, SwitchOver } from './report.ts';
import { listenRefused, urlOf } from './socket.ts';

/** The run, as far as this port can see and touch it. */
export interface AdminTarget {
  status(): Promise<RunStatus>;
  hash(): Promise<HashComparison>;
  killHost(role: 'primary' | 'backup'): number | undefined;
  powerOff(): Promise<HashComparison>;
  /** A string says why not. */
  switchOver(): Promise<SwitchOver | string>;
  limits(memoryMaximumBytes: number): Promise<MemoryLimits | NoLimits>;
  logs(after: number): readonly LogLine[];
}

export interface AdminServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Handler = (target: AdminTarget, url: URL) => Reply | Promise<Reply>;

const ADDRESS = '127.0.0.1';

/** Starts the server. Port 0 picks a free one. Throws `PORT_IN_USE` and its like. */
export function startAdminServer(target: AdminTarget, port: number): Promise<AdminServer> {
  const server = http.createServer((request, response) => void serve(target, request, response));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenRefused(error.code ?? error.message, ADDRESS, port, '--admin-port')),
    );
    server.listen(port, ADDRESS, () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({ url: urlOf(ADDRESS, bound), close: () => closeServer(server) });
    });
  });
}

function closeServer(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

const json = (status: number, value: unknown): Reply => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value, undefined, 2)}\n`,
});
const text = (status: number, body: string): Reply => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});

const kill =
  (role: 'primary' | 'backup'): Handler =>
  (target) => {
    const pid = target.killHost(role);
    if (pid === undefined)
      return json(409, { killed: null, role, reason: `there is no ${role} at this moment` });
    return json(200, { killed: pid, role, signal: 'SIGKILL' });
  };

/** Every path with the one method it knows; what answers GET answers HEAD too. */
const routes: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly handle: Handler }>> = {
  '/': { method: 'GET', handle: () => text(200, INDEX) },
  '/status': { method: 'GET', handle: async (target) => json(200, await target.status()) },
  '/live': {
    method: 'GET',
    handle: async (target) => ((await target.status()).live ? text(200, 'live') : text(503, 'not live')),
  },
  '/metrics': {
    method: 'GET',
    handle: async (target) => ({
      status: 200,
      type: METRICS_CONTENT_TYPE,
      body: renderMetrics(await target.status()),
    }),
  },
  '/logs': {
    method: 'GET',
    handle: (target, url) => {
      const after = Number(url.searchParams.get('after') ?? 0);
      if (!Number.isSafeInteger(after) || after < 0) return text(400, 'after must be a line number');
      const lines = target.logs(after).map((line) => `${JSON.stringify(line)}\n`);
      return { status: 200, type: 'application/x-ndjson; charset=utf-8', body: lines.join('') };
    },
  },
  '/hash': { method: 'POST', handle: async (target) => json(200, await target.hash()) },
  '/stop': { method: 'POST', handle: async (target) => json(200, await target.powerOff()) },
  '/switch-over': {
    method: 'POST',
    handle: async (target) => {
      const done = await target.switchOver();
      return typeof done === 'string' ? json(409, { reason: done }) : json(200, done);
    },
  },
  '/limits': {
    method: 'POST',
    handle: async (target, url) => {
      const bytes = Number(url.searchParams.get('memory-bytes') ?? 0);
      const isFit = bytes === 0 || (bytes >= limits.machineInitialBytes && bytes <= limits.machineCapBytes);
      if (!Number.isSafeInteger(bytes) || !isFit)
        return text(400, 'that is no number of bytes the machine can have');
      const now = await target.limits(bytes);
      return json('reason' in now ? 409 : 200, now);
    },
  },
  '/kill/primary': { method: 'POST', handle: kill('primary') },
  '/kill/backup': { method: 'POST', handle: kill('backup') },
};

const INDEX = `Tandem, admin port

GET  /status         the pair: roles, epoch, positions, lag, last equal hash (JSON)
GET  /live           200 when the primary is ready for clients, else 503
GET  /metrics        for Prometheus
GET  /logs?after=N   recent events, one JSON object a line
POST /hash           both state hashes at one position
POST /stop           ends the run in good order: both machines at one position, hashes compared
POST /switch-over    primary and backup change roles; no reply is lost, none repeated
POST /limits?memory-bytes=N   what the machine's memory may grow to; without N only tells
POST /kill/primary   SIGKILL to the primary: its backup goes live
POST /kill/backup    SIGKILL to the backup: a new one comes`;

async function serve(target: AdminTarget, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Nothing here takes a body.
  request.resume();
  let reply: Reply;
  try {
    reply = await answer(target, request, response);
  } catch (error) {
    reply = text(500, error instanceof Error ? error.message : String(error));
  }
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

async function answer(
  target: AdminTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Reply> {
  const refusal = refuseForeign(request);
  if (refusal !== undefined) return text(403, refusal);
  const url = parseTarget(request.url ?? '/');
  if (url === undefined) return text(400, 'that is no path');
  const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
  if (route === undefined) return text(404, `nothing at ${url.pathname}; GET / lists what there is`);
  const allowed = route.method === 'GET' ? ['GET', 'HEAD'] : ['POST'];
  if (!allowed.includes(request.method ?? '')) {
    response.setHeader('allow', allowed.join(', '));
    return text(405, `${url.pathname} takes ${route.method}`);
  }
  return await route.handle(target, url);
}

function parseTarget(path: string): URL | undefined {
  try {
    return new URL(path, 'http://admin');
  } catch {
    return undefined;
  }
}

/** Why a request may come from somebody else's page; undefined when it does not. */
function refuseForeign(request: IncomingMessage): string | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !/^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host)) {
    return 'the admin port answers only to its own name: 127.0.0.1 or localhost';
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return 'requests from other origins are refused';
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'requests from other sites are refused';
  return undefined;
}
