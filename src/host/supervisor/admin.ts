/**
 * The admin port: what operators, scrapers and `tandem status | hash | kill | logs`
 * ask of a run, or of a host on its own.
 *
 * Loopback is not a wall: a page in the operator's browser can send requests to it, and a DNS name of an
 * attacker can be made to point at it. So a request must name this machine by its address in `Host` (a
 * rebound name does not), must not carry another `Origin`, and must not be marked as cross-site by the
 * browser. Programs send neither header and are not bothered.
 *
 * A host's port may be on a network. Orders from there carry the token that the hosts of the pair share.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import { type Position, position } from '../../base/brands.ts';
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { sameToken } from '../channel/token.ts';
import { GUEST_CALL } from '../outbound/outgoing.ts';
import type { MemoryLimits } from '../vcpu/messages.ts';
import { METRICS_CONTENT_TYPE, renderMetrics } from './admin-metrics.ts';
import type { HashPoint } from './protocol.ts';
import type { HashComparison, LogLine, NoLimits, RunStatus, SwitchOver } from './report.ts';
import { listenRefused, urlOf } from './socket.ts';

/** The run or the host, as far as this port can see and touch it. */
export interface AdminTarget {
  status(): Promise<RunStatus>;
  hash(): Promise<HashComparison>;
  /**
   * One host's own state hash at a position that it executes or has executed
   * lately; a string says why there is none.
   */
  hashAt?(position: Position): Promise<HashPoint | string>;
  /** Undefined: nobody has that role. */
  killHost?(role: 'primary' | 'backup'): number | undefined;
  /** A string says why it was not done. */
  powerOff(): Promise<HashComparison | string>;
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

/** Where it listens; port 0 picks a free one. */
export interface AdminAt {
  readonly address: string;
  readonly port: number;
  /** The option that chose it, for refusals. */
  readonly flag: string;
  /** Shown with orders that come over a network; undefined: from there none is taken. */
  readonly token: string | undefined;
}

/** For a supervisor: nobody but this machine. */
export const onThisMachine = (port: number): AdminAt => ({
  address: '127.0.0.1',
  port,
  flag: '--admin-port',
  token: undefined,
});

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Starts the server. Throws `PORT_IN_USE` and its like. */
export function startAdminServer(target: AdminTarget, at: AdminAt): Promise<AdminServer> {
  const { address, port, flag, token } = at;
  const server = http.createServer((request, response) => void serve(target, token, request, response));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenRefused(error.code ?? error.message, address, port, flag)),
    );
    server.listen(port, address, () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({ url: urlOf(address, bound), close: () => closeServer(server) });
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
  async (target) => {
    if (target.killHost === undefined) return killElsewhere(role, (await target.status())[role]);
    const pid = target.killHost(role);
    if (pid === undefined)
      return json(409, { killed: null, role, reason: `there is no ${role} at this moment` });
    return json(200, { killed: pid, role, signal: 'SIGKILL' });
  };

/** Of a host on its own; its status, with the process in it, is anybody's to read. */
function killElsewhere(role: 'primary' | 'backup', whom: RunStatus['primary']): Reply {
  const reason =
    "this is the admin port of a host on its own, not of a supervised run's: a host on its own is killed where it runs";
  const mend =
    whom === null
      ? `it knows no ${role} now; tandem status says what each host is`
      : `the ${role} is process ${whom.pid} on ${whom.machine ?? "this port's machine"}: kill -9 ${whom.pid} there`;
  return json(409, { killed: null, role, reason, mend });
}

async function hash(target: AdminTarget, url: URL): Promise<Reply> {
  const word = url.searchParams.get('position');
  if (word === null) return json(200, await target.hash());
  const at = Number(word);
  if (!Number.isSafeInteger(at) || at < 0) return text(400, 'position must be a position of the log');
  if (target.hashAt === undefined) return text(400, 'a run compares both its hosts: leave out the position');
  const own = await target.hashAt(position(at));
  return typeof own === 'string' ? json(409, { reason: own }) : json(200, own);
}

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
  '/hash': { method: 'POST', handle: hash },
  '/stop': {
    method: 'POST',
    handle: async (target) => {
      const done = await target.powerOff();
      return typeof done === 'string' ? json(409, { reason: done }) : json(200, done);
    },
  },
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
      const unknown = [...url.searchParams.keys()].find((name) => name !== 'memory-bytes');
      if (unknown !== undefined) return text(400, `${unknown} is no limit; memory-bytes is`);
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

const INDEX = `Tandem, admin port; orders over a network show the pair's token: Authorization: Bearer TOKEN

GET  /status         the pair: roles, epoch, positions, lag, last equal hash (JSON)
GET  /live           200 when the primary is ready for clients, else 503
GET  /metrics        for Prometheus
GET  /logs?after=N   recent events, one JSON object a line
POST /hash           both state hashes at one position
POST /hash?position=N   of a host on its own: its hash there
POST /stop           ends the run in good order: both machines at one position, hashes compared
POST /switch-over    primary and backup change roles; no reply is lost, none repeated
POST /limits?memory-bytes=N   what the machine's memory may grow to; without N only tells
POST /kill/primary   SIGKILL to the primary: its backup goes live
POST /kill/backup    SIGKILL to the backup: a new one comes`;

async function serve(
  target: AdminTarget,
  token: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Nothing here takes a body.
  request.resume();
  let reply: Reply;
  try {
    reply = await answer(target, token, request, response);
  } catch (error) {
    reply = text(500, messageOf(error));
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
  token: string | undefined,
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
  // Where nobody can be killed, everybody may hear so.
  const isOrder =
    route.method === 'POST' && !(url.pathname.startsWith('/kill/') && target.killHost === undefined);
  if (isOrder && !mayOrder(request, token))
    return text(401, "an order over a network needs the pair's token: Authorization: Bearer TOKEN");
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
  if (request.headers[GUEST_CALL] !== undefined) return 'a guest gives no orders';
  // No name but this one can be made to point here by somebody else.
  const named = host?.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1');
  if (
    host === undefined ||
    named === undefined ||
    (named.toLowerCase() !== 'localhost' && isIP(named) === 0)
  ) {
    return 'the admin port answers only to an address, 127.0.0.1 for instance, or localhost';
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return 'requests from other origins are refused';
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'requests from other sites are refused';
  return undefined;
}

/** Whoever is on this machine may; else who shows the token. */
function mayOrder({ socket, headers }: IncomingMessage, token: string | undefined): boolean {
  const remote = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (isIP(remote) !== 0 && loopback.check(remote, isIP(remote) === 6 ? 'ipv6' : 'ipv4')) return true;
  const shown = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  return token !== undefined && shown !== undefined && sameToken(shown, token);
}
