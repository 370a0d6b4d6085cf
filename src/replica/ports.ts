/**
 * What a replica needs from the world around it. The host implements these with sockets, threads and
 * processes; a simulator with virtual ones. None of them calls back before it returns: what they
 * learn comes to the replica as events.
 */
import type { Epoch, Ordinal, Position } from '../base/brands.ts';
import type { Announcement, HaltReason } from '../protocol/effects.ts';
import type { PeerId } from '../protocol/events.ts';
import type { CheckpointFrame, Frame } from '../protocol/frames.ts';
import type { ArbiterRecord } from '../protocol/record.ts';

/** The logging channel (FT §2.2). */
export interface ChannelPort {
  send(peer: PeerId, frame: Frame): void;
  /** These pages of the kept checkpoint, in `pages` frames. */
  sendPages(peer: PeerId, epoch: Epoch, indices: readonly number[]): void;
  close(peer: PeerId, reason: string): void;
  /** Spare: look for the primary; answered by `peer-connected`, however long it takes. */
  seek(): void;
  /** Answered by `sockets-drained`. */
  drainSockets(): void;
}

/** The machine and its session, on their own thread. */
export interface VcpuPort {
  feed(firstPosition: Position, entryCount: number, bytes: Uint8Array): void;
  startGuest(): void;
  /** `guestMs`: guest time that has certainly been reached by now. */
  goLive(epoch: Epoch, connections: 'lost' | 'kept', guestMs: number): void;
  /** Planned switch-over (FT §3.3): answered by `vcpu-yielded`; then one of the other two. */
  yieldMachine(): void;
  resumeMachine(): void;
  followLog(): void;
  takeCheckpoint(): void;
  dropCheckpoint(): void;
  comparePages(offer: CheckpointFrame): void;
  keepPage(index: number, bytes: Uint8Array): void;
  installCheckpoint(offer: CheckpointFrame): void;
  setPaused(paused: boolean): void;
  setSlowdown(percent: number): void;
}

/** Each call is answered by exactly one event. */
export interface ArbiterPort {
  read(): void;
  claim(expectedEpoch: Epoch | null, next: ArbiterRecord): void;
}

/** Where outputs go once the output rule lets them (FT §2.2). */
export interface OutputPort<Output> {
  release(ordinal: Ordinal, output: Output): void;
  /** The primary has let it out: whoever still has its client's connection passes it on. */
  arrived(output: Output): void;
}

/** The clients' entrance. */
export interface DoorPort {
  open(): void;
  close(): void;
  /** New requests wait here, until one of the other two. */
  keepRequests(): void;
  deliverRequests(): void;
  /** To the live host, for clients that are still connected here. */
  relayRequests(url: string): void;
}

export interface PeoplePort {
  statusLine(line: string): void;
  announce(announcement: Announcement): void;
  halt(reason: HaltReason, lastLines: readonly string[]): void;
  endRun(exitCode: number): void;
}

export interface ReplicaPorts<Output> {
  readonly channel: ChannelPort;
  readonly vcpu: VcpuPort;
  readonly arbiter: ArbiterPort;
  readonly outputs: OutputPort<Output>;
  readonly doors: DoorPort;
  readonly people: PeoplePort;
}
