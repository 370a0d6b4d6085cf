/** Listening sockets, and what it means to an operator when one cannot be had. */
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { TandemError } from '../base/errors.ts';

/** Resolves once `server` listens; rejects with a {@link TandemError} that names `what` was to listen there. */
export function listen(server: Server, options: ListenOptions, what: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening);
      reject(listenError(error, options, what));
    };
    const listening = (): void => {
      server.off('error', failed);
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address);
      else reject(listenError(new Error('no address'), options, what));
    };
    server.once('error', failed).once('listening', listening);
    server.listen(options);
  });
}

function listenError(error: NodeJS.ErrnoException, options: ListenOptions, what: string): TandemError {
  const where =
    options.fd === undefined ? `${options.host ?? '*'}:${options.port}` : `descriptor ${options.fd}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new TandemError(
        'PORT_IN_USE',
        `${what} cannot listen on ${where}: another program does`,
        'stop that program, or choose another port; port 0 picks a free one',
      );
    case 'EACCES':
    case 'EPERM':
      return new TandemError(
        'PORT_FORBIDDEN',
        `${what} may not listen on ${where}`,
        'choose a port of 1024 or more, or give this user the right to lower ones',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TandemError(
        'ADDRESS_NOT_HERE',
        `${what} cannot listen on ${where}: this machine has no such address`,
        'give an address of this machine; 127.0.0.1 is always one, 0.0.0.0 means all',
      );
    case 'EBADF':
    case 'ENOTSOCK':
    case 'EINVAL':
    case 'ERR_INVALID_FD_TYPE':
      return new TandemError(
        'SOCKET_NOT_INHERITED',
        `${what} cannot listen on ${where}: it is no bound socket`,
        'start the host with `tandem run`, or give it an address and a port of its own',
      );
    default:
      return new TandemError(
        'LISTEN_FAILED',
        `${what} cannot listen on ${where}: ${error.message}`,
        'look up the error code above; another address or port may do',
      );
  }
}
