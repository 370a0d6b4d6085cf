/**
 * The clients' door of a host: open while the protocol says so and the machine holds a guest
 * that serves requests. The front behind it is made when it first opens, for only then is it
 * known from where on request ids are free.
 */
import type { AddressInfo } from 'node:net';
import type { Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { DoorPort } from '../../replica/ports.ts';
import { ClientFront, type ClientFrontOptions, type ClientFrontPorts } from '../front/client-front.ts';
import { CrossOrigin } from '../front/cross-origin.ts';
import { rehearse } from '../front/rehearsal.ts';
import { encodeFormerClientsGone } from '../front/request-codec.ts';
import { StandIn, type StandInPorts } from '../front/stand-in.ts';

export interface DoorListener {
  /** Clients can come in, or there is nothing for them to come to. */
  open(): void;
  failed(error: unknown): void;
}

export interface DoorOptions extends Omit<ClientFrontOptions, 'firstRequestId'> {
  readonly standIn: boolean;
}

export interface DoorPorts extends ClientFrontPorts, StandInPorts {}

export class ClientDoor implements DoorPort {
  readonly #options: DoorOptions;
  readonly #ports: DoorPorts;
  readonly #listener: DoorListener;
  /** Where the log ends now: every request in it has a lower id, for each took at least one position. */
  readonly #position: () => Position;
  #wanted: 'open' | 'closed' = 'closed';
  #program: 'unknown' | 'serving' | 'plain';
  #front: ClientFront | undefined;
  /** Has the port while the door is closed, where the port is this host's own. */
  #standIn: StandIn | undefined;
  #address: AddressInfo | undefined;
  /** Requests below this id came to other hosts, or to this one before it was relieved. */
  #firstRequestId = 0;
  #formerTimer: NodeJS.Timeout | undefined;

  constructor(
    options: DoorOptions,
    ports: DoorPorts,
    listener: DoorListener,
    program: 'unknown' | 'plain',
    position: () => Position,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#listener = listener;
    this.#program = program;
    this.#position = position;
    const { clients, allowOrigins } = options;
    if (!options.standIn || 'fds' in clients || clients.port === 0 || program === 'plain') return;
    const at = { host: clients.address, port: clients.port };
    this.#standIn = new StandIn(at, new CrossOrigin(allowOrigins), ports);
    this.#standIn.open();
  }

  /** Where it listens while it is open; undefined before. */
  get address(): AddressInfo | undefined {
    return this.#address;
  }

  get front(): ClientFront | undefined {
    return this.#front;
  }

  /** Of clients, not answered yet. */
  get openRequests(): number {
    return this.#front?.openRequests ?? 0;
  }

  /** How often it can open from now on; with none left it cannot be shut. */
  get openingsLeft(): number {
    return this.#front?.openingsLeft ?? Number.POSITIVE_INFINITY;
  }

  get program(): 'unknown' | 'serving' | 'plain' {
    return this.#program;
  }

  open(): void {
    this.#wanted = 'open';
    this.#apply();
  }

  /**
   * By a planned switch-over: clients that have asked the former primary are still connected there, until it
   * lets them go. The guest is told then of which requests nobody waits any more.
   */
  outlastFormer(): void {
    clearTimeout(this.#formerTimer);
    const firstId = this.#firstRequestId;
    this.#formerTimer = setTimeout(() => {
      const waiting = [...(this.#front?.openRequestIds ?? [])].filter((id) => id < firstId);
      this.#ports.tell(encodeFormerClientsGone(firstId, waiting));
    }, limits.relayMs + limits.relayConnectMs);
    this.#formerTimer.unref();
  }

  close(): void {
    this.#wanted = 'closed';
    clearTimeout(this.#formerTimer);
    this.#front?.close();
    this.#standIn?.open();
  }

  /** A host that may have to open it soon gets used to that. */
  rehearse(): void {
    if (this.#program !== 'plain') void rehearse();
  }

  keepRequests(): void {
    this.#front?.keepRequests();
  }

  deliverRequests(): void {
    this.#front?.deliverRequests();
  }

  relayRequests(url: string): void {
    this.#front?.relayRequests(url);
  }

  /** The machine has found out what its guest is. */
  programKnown(program: 'serving' | 'plain'): void {
    if (this.#program === program) return;
    this.#program = program;
    this.#apply();
  }

  destroy(): void {
    this.#wanted = 'closed';
    clearTimeout(this.#formerTimer);
    this.#front?.destroyAll();
    this.#standIn?.close();
    this.#standIn = undefined;
  }

  #apply(): void {
    if (this.#wanted === 'closed' || this.#program === 'unknown') return;
    this.#standIn?.close();
    if (this.#program === 'plain') {
      this.#standIn = undefined;
      this.#listener.open();
      return;
    }
    const firstRequestId = this.#position() + 1;
    this.#firstRequestId = firstRequestId;
    this.#front ??= new ClientFront({ ...this.#options, firstRequestId }, this.#ports);
    this.#front.continueAt(firstRequestId);
    this.#front.open().then(
      (address) => {
        if (address === undefined) return;
        this.#address = address;
        this.#listener.open();
      },
      (error: unknown) => this.#listener.failed(error),
    );
  }
}
