/** HTTP servers that say what a test wants them to say, in the place of hosts: real sockets, real `fetch`. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `0.1` */
  readonly place: string;
}

export type Script = (asked: Asked, response: ServerResponse, index: number) => void;

export interface ScriptedHost {
  readonly url: string;
  /** Requests of sessions, without those for Tandem's own paths. */
  readonly asked: Asked[];
  readonly sessions: string[];
  readonly closed: string[];
  /** What its readiness path answers. */
  live: boolean;
  /** What it says of others while it is not live. */
  names: string | undefined;
}

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

/** The reply that belongs to a request. */
export function reply(asked: Asked, response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'tandem-request': asked.place, 'content-type': 'text/plain' }).end(text);
}

export function refuse(response: ServerResponse, name: string, status: number, headers = {}): void {
  response.writeHead(status, { 'tandem-refusal': name, ...headers }).end(`${name}\n`);
}

export async function startHost(script: Script, slots = 16): Promise<ScriptedHost> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const named = host.names === undefined ? {} : { 'tandem-live': host.names };
      if (path === '/.well-known/tandem/live') response.writeHead(host.live ? 200 : 503, named).end('{}');
      else if (!host.live) refuse(response, 'not-live', 503, named);
      else if (path === '/.well-known/tandem/session') session(method, headers, response);
      else {
        const asked = {
          method,
          path,
          headers,
          body: Buffer.concat(chunks).toString(),
          place: String(headers['tandem-request']),
        };
        host.asked.push(asked);
        script(asked, response, host.asked.length - 1);
      }
    });
  });
  const session = (method: string, headers: IncomingHttpHeaders, response: ServerResponse): void => {
    if (method === 'DELETE') {
      host.closed.push(String(headers['tandem-session']));
      response.writeHead(204).end();
      return;
    }
    const id = `s${host.sessions.length + 1}`;
    host.sessions.push(id);
    response.writeHead(201).end(JSON.stringify({ session: id, slots }));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host: ScriptedHost = { url, asked: [], sessions: [], closed: [], live: true, names: undefined };
  return host;
}
