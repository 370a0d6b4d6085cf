/**
 * The client's socket: bound by the supervisor, inherited by both hosts, listened on by the live one alone.
 *
 * The supervisor must not listen itself. A listening socket takes connections into a queue for whoever
 * holds it, and Node would accept some of them here, where no machine is: with a listening supervisor
 * 86 of 200 connections were lost. Bound and not listening, the descriptor costs nothing, and go-live
 * needs nothing from the supervisor: the new primary holds it since its start and calls
 * `listen({fd})`. From the first listen on, the kernel queues clients that come in a gap between two
 * primaries, because this process keeps the socket open.
 */
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { TandemError } from '../../base/errors.ts';
import { anyAddress } from '../any-address.ts';

/** Node's own TCP handle, as far as it is used here. */
interface TcpHandle {
  readonly fd: number;
  /** 0, or the negative errno of a bind that libuv has put off reporting. */
  getsockname(out: { port?: number }): number;
  close(): void;
}

/**
 * Binds without listening; a number is a negative errno. Undocumented, used by Node's own
 * cluster module for this very purpose.
 */
type CreateServerHandle = (
  address: string,
  port: number,
  family: 4 | 6,
  fd: number,
  flags: number,
) => TcpHandle | number;

export interface ClientSocket {
  readonly fd: number;
  readonly port: number;
  /** Where people find the guest, without a slash at the end. */
  readonly url: string;
  close(): void;
}

/**
 * Binds the client's socket. Port 0 picks a free one. Throws `PORT_IN_USE`,
 * `PORT_NOT_ALLOWED` or `ADDRESS_NOT_HERE`.
 */
export function bindClientSocket(address: string, port: number): ClientSocket {
  const family = isIPv6(address) ? 6 : 4;
  const { _createServerHandle: create } = net as unknown as {
    readonly _createServerHandle: CreateServerHandle;
  };
  const handle = create(address, port, family, -1, 0);
  if (typeof handle === 'number') throw bindRefused(handle, address, port);
  // libuv delays EADDRINUSE until listen; asking for the name brings it out now.
  const name: { port?: number } = {};
  const status = handle.getsockname(name);
  if (status !== 0 || name.port === undefined) {
    handle.close();
    throw bindRefused(status, address, port);
  }
  const bound = name.port;
  return { fd: handle.fd, port: bound, url: urlOf(address, bound), close: () => handle.close() };
}

/** An address with its port as a URL that a person can open: "any address" becomes this machine. */
export function urlOf(address: string, port: number): string {
  return `http://${hostAndPort(anyAddress.get(address) ?? address, port)}`;
}

/** `127.0.0.1:0`, `[::1]:7000`. */
export function hostAndPort(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * No other address has a colon. Node 20 asks a regular expression that takes it five milliseconds to
 * compile, with clients waiting at the doors.
 */
const isIPv6 = (address: string): boolean => address.includes(':');

function bindRefused(status: number, address: string, port: number): TandemError {
  return listenRefused(status < 0 ? getSystemErrorName(status) : 'EINVAL', address, port, '--port');
}

/** The refusal for an error code of bind or listen; `flag` names the option that chose the port. */
export function listenRefused(errorName: string, address: string, port: number, flag: string): TandemError {
  switch (errorName) {
    case 'EADDRINUSE':
      return new TandemError(
        'PORT_IN_USE',
        `port ${port} on ${address} is in use by another program`,
        `stop that program, or choose another port with ${flag} (0 picks a free one)`,
      );
    case 'EACCES':
      return new TandemError(
        'PORT_NOT_ALLOWED',
        `this user may not open port ${port}`,
        `choose a port above 1023 with ${flag}`,
      );
    default:
      return new TandemError(
        'ADDRESS_NOT_HERE',
        `cannot open ${address}, port ${port}: ${errorName}`,
        `give an address of this machine with ${addressIn(flag, port)}`,
      );
  }
}

/** The address for clients has an option of its own; of other ports it is named with the port. */
function addressIn(flag: string, port: number): string {
  const [option, suffix] = flag === '--port' ? ['--address', ''] : [flag, `:${port}`];
  return `${option}, for instance 127.0.0.1${suffix} or 0.0.0.0${suffix}`;
}
