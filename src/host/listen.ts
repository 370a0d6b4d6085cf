/** Listening sockets, and what it means to an operator when one cannot be had. */
import type { AddressInfo, Server } from 'node:net';
import { TandemError } from '../base/errors.ts';
import { listenRefused } from './supervisor/socket.ts';

/** An inherited socket, bound and perhaps listening; or an address. Port 0: a free one. */
export type ListenAt = { readonly fd: number } | { readonly host: string; readonly port: number };

/**
 * Resolves once `server` listens; rejects with a {@link TandemError}. `flag`
 * names the option that chose the port.
 */
export function listen(server: Server, at: ListenAt, backlog: number, flag: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening);
      reject(refused(error.code ?? error.message, at, flag));
    };
    const listening = (): void => {
      server.off('error', failed);
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address);
      else reject(refused('ENOTSOCK', at, flag));
    };
    server.once('error', failed).once('listening', listening);
    try {
      server.listen({ ...at, backlog });
    } catch (error) {
      failed(error as NodeJS.ErrnoException);
    }
  });
}

function refused(errorName: string, at: ListenAt, flag: string): TandemError {
  if (!('fd' in at)) return listenRefused(errorName, at.host, at.port, flag);
  if (errorName === 'EADDRINUSE') {
    return new TandemError(
      'PORT_IN_USE',
      `another program listens on the port of the inherited socket (descriptor ${at.fd})`,
      `stop that program, or choose another port with ${flag} (0 picks a free one)`,
    );
  }
  return new TandemError(
    'SOCKET_NOT_INHERITED',
    `descriptor ${at.fd} is no socket to listen on: ${errorName}`,
    'start the host with `tandem run`, or give it an address and a port of its own',
  );
}
