/**
 * A toy machine for protocol tests: its state is a hash over the interrupts it was given and a
 * count of its outputs. An interrupt whose text begins with `print ` or `reply ` makes an
 * output, on every host that executes it.
 */
import { createHash } from 'node:crypto';
import type { Digest, Ordinal, Position } from '../../src/base/brands.ts';
import { digest, ordinal, position } from '../../src/base/brands.ts';
import { sha256 } from '../../src/base/digest.ts';

const PAGE_BYTES = 64;
const SIZE_BYTES = 3 * PAGE_BYTES;

interface State {
  position: number;
  ordinal: number;
  history: string;
}

export interface ToyOutput {
  readonly ordinal: Ordinal;
  readonly position: Position;
  readonly route: 'client' | 'console';
  readonly text: string;
}

export class ToyMachine {
  #state: State = { position: 0, ordinal: 0, history: sha256('boot') };
  /**
   * A long turn, from the text `turn begins` to `turn ends`; a copy made inside one could not go
   * on, so it is no part of the memory.
   */
  place: 'between turns' | 'inside a turn' = 'between turns';

  get position(): Position {
    return position(this.#state.position);
  }

  get ordinal(): Ordinal {
    return ordinal(this.#state.ordinal);
  }

  /** Executes one interrupt; the output it makes, if any. */
  execute(text: string): ToyOutput | null {
    const state = this.#state;
    state.position += 1;
    state.history = sha256(state.history, text);
    if (text === 'turn begins') this.place = 'inside a turn';
    if (text === 'turn ends') this.place = 'between turns';
    const [verb, rest] = [text.slice(0, 6), text.slice(6)];
    if (verb !== 'print ' && verb !== 'reply ') return null;
    state.ordinal += 1;
    const route = verb === 'print ' ? 'console' : 'client';
    return { ordinal: this.ordinal, position: this.position, route, text: rest };
  }

  memory(): Uint8Array {
    const memory = Buffer.alloc(SIZE_BYTES);
    memory.write(JSON.stringify(this.#state));
    return memory;
  }

  static from(memory: Uint8Array): ToyMachine {
    const machine = new ToyMachine();
    machine.#state = JSON.parse(Buffer.from(memory).toString('utf8').replace(/\0+$/, '')) as State;
    return machine;
  }
}

export const stateHashOf = (memory: Uint8Array): Digest => sha256(memory);

export function pagesOf(memory: Uint8Array): readonly Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < memory.length; at += PAGE_BYTES) pages.push(memory.slice(at, at + PAGE_BYTES));
  return pages;
}

const hashBytes = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export const pageHashesOf = (memory: Uint8Array): Uint8Array => Buffer.concat(pagesOf(memory).map(hashBytes));

export function differingPages(memory: Uint8Array, pageHashes: Uint8Array): number[] {
  const mine = pageHashesOf(memory);
  return pagesOf(memory).flatMap((_, index) => {
    const [from, to] = [index * 32, index * 32 + 32];
    return Buffer.compare(mine.subarray(from, to), pageHashes.subarray(from, to)) === 0 ? [] : [index];
  });
}

export const TOY = {
  pageBytes: PAGE_BYTES,
  sizeBytes: SIZE_BYTES,
  bootHash: digest(stateHashOf(new ToyMachine().memory())),
};
