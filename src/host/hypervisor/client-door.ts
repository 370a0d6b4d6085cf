/**
 * The clients' door of a host: open while the protocol says so and the machine holds a guest
 * that serves requests. The front behind it is made when it first opens, for only then is it
 * known from where on request ids are free.
 */
import type { AddressInfo } from 'node:net';
import type { Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { Announcement } from '../../protocol/effects.ts';
import type { DoorPort } from '../../replica/ports.ts';
import { ClientFront } from '../front/client-front.ts';
import type { ClientFrontOptions, ClientFrontPorts } from '../front/client-ports.ts';
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
  /** The host that was live before this one, by a planned switch-over: clients may still wait there. */
  #former: { readonly firstRequestId: number; readonly timer: NodeJS.Timeout } | undefined;

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

  /** What has become of the pair; of a change of roles, once clients can come in again. */
  heard(event: Announcement['event']): void {
    if (event === 'switch-over') this.#outlastFormer();
    else if (event === 'solo') this.#formerIsGone();
    else if (event === 'relieved') this.#forgetFormer();
    else if (event === 'go-live') {
      // The machine gave up whatever was open, this host's own clients from before it was relieved included.
      this.#forgetFormer();
      this.#front?.abandon(this.#firstRequestId);
    }
  }

  /**
   * By a planned switch-over: clients that have asked the former primary are still connected there, until it
   * lets them go, or is lost itself.
   */
  #outlastFormer(): void {
    this.#forgetFormer();
    const timer = setTimeout(() => this.#formerIsGone(), limits.relayMs + limits.relayConnectMs);
    timer.unref();
    this.#former = { firstRequestId: this.#firstRequestId, timer };
  }

  /** The guest is told of which requests nobody waits any more. */
  #formerIsGone(): void {
    if (this.#former === undefined) return;
    const { firstRequestId } = this.#former;
    this.#forgetFormer();
    const waiting = [...(this.#front?.openRequestIds ?? [])].filter((id) => id < firstRequestId);
    this.#ports.tell(encodeFormerClientsGone(firstRequestId, waiting));
  }

  #forgetFormer(): void {
    clearTimeout(this.#former?.timer);
    this.#former = undefined;
  }

  close(): void {
    this.#wanted = 'closed';
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
    this.#forgetFormer();
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
