/**
 * The replica's hands on the vCPU: orders go through, and the pages of a checkpoint that a joiner receives
 * are kept where its machine will find them (FT §3.1).
 */
import { invariant } from '../../base/assert.ts';
import type { Epoch, Position } from '../../base/brands.ts';
import { HASH_BYTES, zeroPageHash } from '../../machine/page-tree.ts';
import { PAGE_BYTES } from '../../machine/pages.ts';
import type { CheckpointFrame } from '../../protocol/frames.ts';
import type { VcpuPort } from '../../replica/ports.ts';
import type { Vcpu } from '../vcpu/vcpu.ts';
import type { PageShelf } from './page-shelf.ts';
import type { TakeoverTimes } from './takeover-times.ts';

const zeroPageHashBytes: Uint8Array = Buffer.from(zeroPageHash, 'hex');

export class HostVcpuPort implements VcpuPort {
  readonly #vcpu: Vcpu;
  /** Page hashes of the machine as it booted. */
  readonly #bootPages: Uint8Array;
  readonly #times: TakeoverTimes;
  readonly #compared: (wanted: readonly number[]) => void;
  readonly #shelf: PageShelf | undefined;
  #kept: number[] = [];
  #reservedBytes = 0;

  constructor(
    vcpu: Vcpu,
    bootPages: Uint8Array,
    times: TakeoverTimes,
    compared: (wanted: readonly number[]) => void,
    /** Of this host's earlier life. */
    shelf: PageShelf | undefined,
  ) {
    this.#vcpu = vcpu;
    this.#bootPages = bootPages;
    this.#times = times;
    this.#compared = compared;
    this.#shelf = shelf;
  }

  feed(firstPosition: Position, entryCount: number, bytes: Uint8Array): void {
    this.#vcpu.feed(firstPosition, entryCount, bytes);
  }

  startGuest(): void {
    this.#vcpu.startGuest();
  }

  goLive(epoch: Epoch, connections: 'lost' | 'kept', guestMs: number): void {
    this.#times.drainBegan();
    this.#vcpu.goLive(epoch, connections, guestMs);
  }

  yieldMachine(): void {
    this.#vcpu.yieldMachine();
  }

  resumeMachine(): void {
    this.#vcpu.resumeMachine();
  }

  followLog(): void {
    this.#vcpu.followLog();
  }

  takeCheckpoint(): void {
    this.#vcpu.takeCheckpoint();
  }

  dropCheckpoint(): void {
    this.#vcpu.dropCheckpoint();
  }

  comparePages(offer: CheckpointFrame): void {
    invariant('I9', offer.pageBytes === PAGE_BYTES, `pages of ${offer.pageBytes} bytes were offered`);
    this.#kept = [];
    this.#reservedBytes = offer.sizeBytes;
    const wanted: number[] = [];
    for (let page = 0; page * HASH_BYTES < offer.pageHashes.length; page += 1) {
      const at = page * HASH_BYTES;
      // What lies beyond the booted memory is zero after the machine has grown.
      const own =
        at < this.#bootPages.length ? this.#bootPages.subarray(at, at + HASH_BYTES) : zeroPageHashBytes;
      const offered = offer.pageHashes.subarray(at, at + HASH_BYTES);
      if (Buffer.compare(own, offered) === 0) continue;
      const shelved = this.#shelf?.find(offered);
      if (shelved === undefined) wanted.push(page);
      else this.keepPage(page, shelved);
    }
    this.#compared(wanted);
  }

  keepPage(index: number, bytes: Uint8Array): void {
    const start = index * PAGE_BYTES;
    invariant('I9', start + bytes.length <= this.#reservedBytes, `page ${index} lies outside the checkpoint`);
    this.#vcpu.checkpointBytes(this.#reservedBytes).set(bytes, start);
    this.#kept.push(index);
  }

  installCheckpoint(offer: CheckpointFrame): void {
    this.#vcpu.installCheckpoint({
      position: offer.position,
      sizeBytes: offer.sizeBytes,
      guestClockMs: offer.guestClockMs,
      pages: this.#kept,
    });
    this.#kept = [];
  }

  setPaused(paused: boolean): void {
    this.#vcpu.control.setPaused(paused);
  }

  setSlowdown(percent: number): void {
    this.#vcpu.control.setSlowdown(percent);
  }
}
