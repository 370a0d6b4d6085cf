/** Types of life.mjs for tests that run in this thread. */
import type { LogEntry } from '../../src/log/entry.ts';
import type { Image } from '../../src/machine/image.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { OutputKind } from '../../src/machine/traps.ts';
import type { RecordingPolicy, SessionSink, World } from '../../src/session/ports.ts';
import type { Session } from '../../src/session/session.ts';
import type { TurnState } from '../../src/session/turn-state.ts';

export interface GuestText {
  readonly guest?: string;
  readonly guestName?: string;
  readonly guestPath?: string;
  readonly memoryMaximumBytes?: number | undefined;
}
export type Input =
  | { readonly advanceMs: number }
  | { readonly abort: number }
  /** Any other interrupt. */
  | { readonly payload: Uint8Array }
  /** A change of limits between turns (FT §3.3). */
  | { readonly memoryMaximumBytes: number }
  /** The machine's end in good order: the last input. */
  | { readonly powerOff: true }
  | {
      readonly method?: string;
      readonly target: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** With the cookie that was set last. */
      readonly cookie?: true;
    };
export interface Output {
  readonly kind: OutputKind;
  readonly ordinal: number;
  readonly subject: number;
  readonly head: string;
  readonly body: string;
}
export interface Life {
  readonly entries: LogEntry[];
  readonly outputs: Output[];
  readonly hashes: [number, string][];
  readonly stoppedAt: number | null;
  readonly machine: Machine;
  readonly session: Session;
  readonly hash: string;
}
export interface ScriptedWorld extends World {
  advance(ms: number): void;
}
export interface Options {
  readonly policy?: RecordingPolicy;
  readonly world?: ScriptedWorld;
  readonly guestMs?: number;
  /** Of the clients, when going live; kept when absent. */
  readonly connections?: 'lost' | 'kept';
  /** To record on, not begun. */
  readonly machine?: Machine;
  /** Called before the first entry: may listen to the sink. */
  readonly watch?: (machine: Machine, session: Session, sink: SessionSink) => void;
}
export class EndOfLog extends Error {}
export const watchful: RecordingPolicy;
export function imageOf(guest: GuestText): Image;
export function newMachine(image: Image, shared?: SharedArrayBuffer): Machine;
export function bootedMachine(image: Image): Machine;
export function firstMachine(image: Image): Machine;
export function scriptedWorld(stepMs?: number, seed?: number): ScriptedWorld;
export function record(image: Image, inputs: readonly Input[], options?: Options): Life;
export function replay(
  image: Image,
  entries: readonly LogEntry[],
  from?: { readonly memory: Uint8Array; readonly state: TurnState },
): Omit<Life, 'session'> & { readonly position: number; readonly mode: Session['mode'] };
export function goLiveAfter(
  image: Image,
  entries: readonly LogEntry[],
  inputs: readonly Input[],
  options?: Options,
): Life;
export function turnBoundaries(entries: readonly LogEntry[]): number[];
export function checkpointAfter(
  image: Image,
  entries: readonly LogEntry[],
  count: number,
): { readonly memory: Uint8Array; readonly state: TurnState };
