/**
 * The doors of a host: from its first suspicion it accepts nobody. A closed door leaves new
 * connections in the queue of the bound socket, where the next live host finds them; so this closes its
 * descriptor instead of accepting and refusing. Node cannot duplicate a descriptor, so a host that shall open
 * again inherits several of the one socket.
 */
import type { Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { limits } from '../../base/limits.ts';
import { anyAddress } from '../any-address.ts';
import { listen } from '../listen.ts';
import { type RelayTarget, targetOf } from './relay.ts';

/**
 * Descriptors of one bound socket that nobody in this host listens on, one for
 * each time the doors open; or an address.
 */
export type ClientAddress =
  | { readonly fds: readonly number[] }
  | { readonly address: string; readonly port: number };

const NO_DESCRIPTOR = -1;

export class Doors {
  readonly #server: Server;
  /** Descriptors not used yet; undefined with an address of one's own. */
  readonly #fds: number[] | undefined;
  #address: { readonly host: string; readonly port: number } | undefined;
  #state: 'open' | 'closed' | 'walled up' = 'closed';
  /** Where it last listened: others that inherited the socket are found there, too. */
  #listened: RelayTarget | undefined;
  #overtakeListen = (): void => {};

  constructor(server: Server, clients: ClientAddress) {
    this.#server = server;
    if ('fds' in clients) this.#fds = [...clients.fds];
    else this.#address = { host: clients.address, port: clients.port };
  }

  get areOpen(): boolean {
    return this.#state === 'open';
  }

  /**
   * How often they can open from now on. With none left they stay open: shut, they could never open again.
   */
  get openingsLeft(): number {
    return this.#fds?.length ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Accepts from now on. Returns where it listens; undefined when the doors were closed again meanwhile.
   * Rejects with a TandemError when it cannot listen, and the doors are closed then.
   */
  async open(): Promise<AddressInfo | undefined> {
    if (this.#state === 'closed') this.#state = 'open';
    try {
      if (this.areOpen && !this.#server.listening) await this.#listen();
    } catch (error) {
      if (this.areOpen) this.#state = 'closed';
      throw error;
    }
    const address = this.areOpen ? this.#server.address() : null;
    if (address === null || typeof address === 'string') return undefined;
    this.#listened = { host: anyAddress.get(address.address) ?? address.address, port: address.port };
    this.#address = this.#fds === undefined ? { host: address.address, port: address.port } : undefined;
    return address;
  }

  /** Nobody is accepted any more, until they are opened again. */
  close(): void {
    if (this.areOpen) this.#state = 'closed';
    // With the last descriptor the door could never be opened again: then connections
    // are accepted and told to try later.
    if (this.openingsLeft === 0) return;
    this.#stopListening();
  }

  /** For ever. */
  wallUp(): void {
    this.#state = 'walled up';
    this.#stopListening();
  }

  /** Where the live host is reached from here: at `url`, or behind the socket that both have inherited. */
  targetAt(url: string): RelayTarget | undefined {
    return this.#fds === undefined ? targetOf(url) : this.#listened;
  }

  async #listen(): Promise<void> {
    const where = this.#address ?? { fd: this.#fds?.shift() ?? NO_DESCRIPTOR };
    // Node forgets a listen() that close() overtakes, and tells nobody.
    const overtaken = new Promise<void>((resolve) => {
      this.#overtakeListen = resolve;
    });
    await Promise.race([overtaken, listen(this.#server, where, limits.clientBacklog, '--port')]);
  }

  #stopListening(): void {
    // Not the HTTP server's own close(): that one also closes idle connections, which
    // the open doors could go on serving.
    NetServer.prototype.close.call(this.#server);
    this.#overtakeListen();
  }
}
