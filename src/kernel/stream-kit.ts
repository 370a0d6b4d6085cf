/** What the kernel needs of streams: the part lazy/streams.ts, loaded when the first one is made. */
import part from './lazy/streams.part';
import { lazily } from './lazy.ts';

export interface StreamReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  cancel(reason?: unknown): Promise<unknown>;
  releaseLock(): void;
}

/** Where a stream's chunks come from. */
export interface ChunkSource {
  /** `fail` ends the stream with an error. */
  start?(fail: (reason: unknown) => void): void;
  /** The next chunk; undefined at the end. */
  pull(): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  cancel(reason: unknown): void;
}

interface StreamKit {
  isStream(value: unknown): boolean;
  isDisturbed(stream: object): boolean;
  isLocked(stream: object): boolean;
  readerOf(stream: object): StreamReader;
  tee(stream: object): readonly [object, object];
  overChunks(source: ChunkSource): object;
  exhaust(stream: object): void;
  collect(stream: object, mostBytes: number): Promise<ArrayBuffer>;
  endStopped(): void;
}

let loaded = false;
const load = lazily<StreamKit & Record<string, unknown>>(part);

export function streamKit(): StreamKit & Readonly<Record<string, unknown>> {
  const kit = load();
  loaded = true;
  return kit;
}

/** Before the first stream is made nothing is one. */
export const isStream = (value: unknown): value is object => loaded && load().isStream(value);

/** A turn was killed: streams whose source it was that ran are over. */
export function endStoppedStreams(): void {
  if (loaded) load().endStopped();
}
