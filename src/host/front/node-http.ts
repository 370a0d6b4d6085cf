/**
 * Node's HTTP, as the front uses it: within the bounds of this system, and for connections that are handed to
 * it. A connection is the fast path's first (fast-connection.ts), so the listener that Node's server has of
 * its own is taken off it and kept.
 */
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { invariant } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';

export interface NodeHttp {
  /** Tells of connections, and reads none by itself. */
  readonly server: Server;
  /** From here on it reads this one. */
  read(socket: Duplex): void;
}

export function nodeHttp(): NodeHttp {
  const server = createServer({
    noDelay: true,
    maxHeaderSize: limits.requestHeadBytes,
    headersTimeout: limits.requestHeadMs,
    // It knows of no body that is not read for a while: body-time.ts.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = limits.clientConnections;
  // Node drops headers beyond a number of them and tells nobody; the bytes of a head are bounded anyway.
  server.maxHeadersCount = 0;
  const [listener] = server.listeners('connection');
  invariant('I9', listener !== undefined, "Node's HTTP server does not listen to its connections");
  server.removeAllListeners('connection');
  return { server, read: (socket) => void listener.call(server, socket) };
}
