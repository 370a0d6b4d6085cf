/**
 * The base of FT VMotion (FT §3.1): a copy of the machine as it stood between two turns, in memory that both threads share. It follows the
 * machine from hash point to hash point, taking over only the pages that have changed, so a checkpoint is there before anybody asks
 * for one and costs no pause. With the log since, a backup can join from it at any moment, in the middle of a long turn, too.
 *
 * Only a machine between two turns can be copied: inside one, the WebAssembly stack is not in the memory. Pages that a hash point inside a
 * turn finds changed are remembered as behind. While a checkpoint's pages travel the copy stands still.
 */
import { type Position, position } from '../../base/brands.ts';
import type { Machine } from '../../machine/machine.ts';
import { allPages, pageOf, putPage } from '../../machine/page-tree.ts';
import type { TurnState } from '../../session/turn-state.ts';
import type { Checkpoint } from './messages.ts';

export class CheckpointKeeper {
  readonly #machine: Machine;
  readonly #shared: SharedArrayBuffer;
  /** Pages that differ between the machine, as of its last hash point, and the copy. */
  #behind: Set<number>;
  #leaves = new Uint8Array(0);
  #base: Checkpoint;
  /** Each was handed out and is not dropped yet. An order to drop one may come late, at the end of a long turn. */
  #handedOut = 0;

  /** `place`: where the machine stands now, between two turns and hashed. The buffer may hold anything. */
  constructor(machine: Machine, shared: SharedArrayBuffer, place: TurnState) {
    this.#machine = machine;
    this.#shared = shared;
    this.#behind = new Set(allPages(machine.pages.pageCount));
    this.#base = this.#catchUp(place);
  }

  /** After each hash point; the position of the base if that has moved to it. */
  follow(place: TurnState): Position | null {
    for (const page of this.#machine.pages.changed) this.#behind.add(page);
    if (this.#handedOut > 0 || place.poll > 0) return null;
    this.#base = this.#catchUp(place);
    return position(this.#base.position);
  }

  /** The base, which does not move until it is released as often as it was handed out; the page hashes are a view. */
  handOut(): { readonly base: Checkpoint; readonly pageHashes: Uint8Array } {
    this.#handedOut += 1;
    return { base: this.#base, pageHashes: this.#leaves };
  }

  release(): void {
    this.#handedOut -= 1;
  }

  /** It stood still at the last hash point, and may move now. */
  isBehind({ hashedPosition }: TurnState): boolean {
    return this.#handedOut === 0 && this.#base.position < hashedPosition;
  }

  #catchUp(place: TurnState): Checkpoint {
    const { shadow, leaves, root } = this.#machine.pages;
    if (this.#shared.byteLength < shadow.length) this.#shared.grow(shadow.length);
    const copy = new Uint8Array(this.#shared, 0, shadow.length);
    for (const page of this.#behind) putPage(copy, page, pageOf(shadow, page));
    this.#behind.clear();
    if (this.#leaves.length !== leaves.length) this.#leaves = new Uint8Array(leaves.length);
    this.#leaves.set(leaves);
    return {
      position: place.position,
      stateHash: root,
      sizeBytes: shadow.length,
      ordinal: this.#machine.ordinal,
      guestClockMs: place.guestMs,
    };
  }
}
