/**
 * A guest small enough for thousands of lives a minute: accounts, timers, a cache of replies by key, and
 * turns that take as long as they are told. All of its state is one value, its memory that value as text, so
 * a clone carries what the text carries.
 *
 * Its turns are generators: wherever the machine could be answered from a log it waits at the `gate` first,
 * so a follower can stand in the middle of a statement as the real one does.
 */
import type { Digest } from '../../base/brands.ts';
import { sha256 } from '../../base/digest.ts';
import { limits } from '../../base/limits.ts';
import { INTERRUPT } from '../../kernel/abi.ts';
import type { Traps } from '../../machine/traps.ts';
import type { ObservedMachine } from '../../session/ports.ts';
import type { ScriptedRequest, Wait } from './guest.ts';

export const SCRIPTED_PAGE_BYTES = 256;
/** A read of the clock every so many polls of a long turn, and a line on the console every so many. */
const CLOCK_EVERY_POLLS = 5;
const PRINT_EVERY_POLLS = 13;
const ENTROPY_BYTES = 4;
/** As long as many a line: some turns are long from their first one on, some at their end, some never. */
const SHORT_TURN_OUTPUT_BYTES = 6;

/** A request inside the machine; `id` is 0 when nobody waits for the reply any more. */
export interface ScriptedCall extends ScriptedRequest {
  id: number;
  /** Empty without one. */
  readonly key: string;
  readonly tag: string;
}

interface State {
  ordinal: number;
  started: boolean;
  accounts: [name: string, value: number][];
  /** By key; null while the request runs. */
  replies: [key: string, reply: string | null][];
  /** Requests that have no reply yet. */
  open: ScriptedCall[];
  timers: [dueMs: number, tag: string][];
  /** The tag of the request that the present turn brought. */
  brought: string;
  /** Everything that came in from outside, folded together. */
  inputs: number;
  /** Of the memory: what a control operation changes. */
  maximumBytes: number;
}

/** How a turn reaches its traps: the gate is passed before each of them that may be answered from a log. */
export interface Cpu {
  readonly traps: Traps;
  /** At this poll, every trap may. */
  isLong(poll: number): boolean;
  gate(): Generator<Wait, void, void>;
}

export interface TurnEnd {
  readonly polls: number;
  readonly broken: boolean;
}

const text = new TextEncoder();
const NOTHING = new Uint8Array(0);

export class ScriptedMachine implements ObservedMachine {
  readonly image = {
    limits: {
      firstInterruptiblePoll: limits.firstInterruptiblePoll,
      shortTurnOutputBytes: SHORT_TURN_OUTPUT_BYTES,
    },
  };
  readonly pages = { changed: [] };
  #state: State = {
    ordinal: 0,
    started: false,
    accounts: [],
    replies: [],
    open: [],
    timers: [],
    brought: '',
    inputs: 0,
    maximumBytes: 0,
  };
  #polls = 0;
  #pollMs: number;

  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  static from(memory: Uint8Array, pollMs: number): ScriptedMachine {
    const machine = new ScriptedMachine(pollMs);
    machine.#state = JSON.parse(Buffer.from(memory).toString().replace(/\0+$/, '')) as State;
    return machine;
  }

  get memoryMaximumBytes(): number {
    return this.#state.maximumBytes;
  }

  set memoryMaximumBytes(bytes: number) {
    this.#state.maximumBytes = bytes;
  }

  get ordinal(): number {
    return this.#state.ordinal;
  }

  get started(): boolean {
    return this.#state.started;
  }

  get nextAlarmMs(): number {
    return this.#state.timers.reduce((least, [dueMs]) => Math.min(least, dueMs), Number.POSITIVE_INFINITY);
  }

  /** Whole pages. */
  memory(): Uint8Array {
    const bytes = text.encode(JSON.stringify(this.#state));
    const memory = new Uint8Array(Math.ceil(bytes.length / SCRIPTED_PAGE_BYTES) * SCRIPTED_PAGE_BYTES);
    memory.set(bytes);
    return memory;
  }

  stateHash(): Digest {
    return sha256(this.memory());
  }

  /** One turn for one interrupt. */
  *turn(payload: Uint8Array, cpu: Cpu): Generator<Wait, TurnEnd, void> {
    this.#polls = 0;
    const { brought } = this.#state;
    this.#state.brought = '';
    let broken = false;
    switch (payload[0]) {
      case INTERRUPT.start:
        this.#state.started = true;
        this.#take(payload);
        break;
      case INTERRUPT.request:
        broken = yield* this.#request(JSON.parse(bodyOf(payload)) as ScriptedCall, cpu);
        break;
      case INTERRUPT.abort:
        this.#forget((call) => call.id === Number(bodyOf(payload)));
        break;
      case INTERRUPT.alarm:
        yield* this.#alarm(cpu);
        break;
      case INTERRUPT.live:
        this.#take(payload);
        this.#forget(() => true);
        break;
      case INTERRUPT.recover:
        yield* this.#recover(brought, cpu);
    }
    return { polls: this.#polls, broken };
  }

  *#request(call: ScriptedCall, cpu: Cpu): Generator<Wait, boolean, void> {
    const state = this.#state;
    if (call.key !== '') {
      const known = state.replies.find(([key]) => key === call.key);
      if (known !== undefined) {
        yield* this.#retry(call, known[1], cpu);
        return false;
      }
      state.replies.push([call.key, null]);
    }
    state.open.push(call);
    state.brought = call.tag;
    return yield* this.#run(call, cpu);
  }

  /** The reply that there is, or the run that goes on. */
  *#retry(call: ScriptedCall, reply: string | null, cpu: Cpu): Generator<Wait, void, void> {
    if (reply !== null) {
      yield* this.#output('response', call.id, reply, cpu);
      return;
    }
    const run = this.#state.open.find(({ key }) => key === call.key);
    if (run !== undefined && run.id === 0) run.id = call.id;
    else yield* this.#output('response', call.id, `${call.tag}:busy`, cpu);
  }

  /** True when it was killed. */
  *#run(call: ScriptedCall, cpu: Cpu): Generator<Wait, boolean, void> {
    switch (call.verb) {
      case 'read':
        break;
      case 'add':
        yield* this.#readClock(cpu);
        if (call.amount % 2 === 0) yield* this.#readEntropy(cpu);
        break;
      case 'print':
        yield* this.#output('console', 1, `${call.tag} ${call.account}`, cpu);
        break;
      case 'work':
        if (yield* this.#compute(call, call.size, cpu)) return true;
        break;
      case 'spin':
        return yield* this.#compute(call, Number.POSITIVE_INFINITY, cpu);
      case 'later': {
        const nowMs = yield* this.#readClock(cpu);
        this.#state.timers.push([nowMs + call.size, call.tag]);
        return false;
      }
    }
    yield* this.#settle(call, cpu);
    return false;
  }

  *#compute(call: ScriptedCall, polls: number, cpu: Cpu): Generator<Wait, boolean, void> {
    for (let done = 1; done <= polls; done += 1) {
      this.#polls += 1;
      yield { kind: 'cpu', ms: this.#pollMs };
      if (cpu.isLong(this.#polls)) yield* cpu.gate();
      if (cpu.traps.poll(this.#polls, false)) return true;
      if (done % CLOCK_EVERY_POLLS === 0) yield* this.#readClock(cpu);
      if (done % PRINT_EVERY_POLLS === 0) yield* this.#output('console', 1, `${call.tag} at ${done}`, cpu);
    }
    return false;
  }

  *#alarm(cpu: Cpu): Generator<Wait, void, void> {
    const nowMs = yield* this.#readClock(cpu);
    const due = this.#state.timers.filter(([dueMs]) => dueMs <= nowMs);
    this.#state.timers = this.#state.timers.filter(([dueMs]) => dueMs > nowMs);
    for (const [, tag] of due) {
      const call = this.#state.open.find((open) => open.tag === tag);
      if (call !== undefined) yield* this.#settle(call, cpu);
    }
  }

  /** The turn before was killed: the request that it brought is over. */
  *#recover(brought: string, cpu: Cpu): Generator<Wait, void, void> {
    const call = this.#state.open.find(({ tag }) => tag === brought);
    if (call !== undefined) yield* this.#reply(call, `${call.tag}:killed`, cpu);
  }

  /** The request takes effect, and is answered. */
  *#settle(call: ScriptedCall, cpu: Cpu): Generator<Wait, void, void> {
    const { accounts } = this.#state;
    let account = accounts.find(([name]) => name === call.account);
    if (account === undefined) {
      account = [call.account, 0];
      accounts.push(account);
    }
    if (call.verb !== 'read') account[1] += call.amount;
    yield* this.#reply(call, `${call.tag}:${account[1]}`, cpu);
  }

  *#reply(call: ScriptedCall, reply: string, cpu: Cpu): Generator<Wait, void, void> {
    this.#state.open = this.#state.open.filter((open) => open !== call);
    const entry = this.#state.replies.find(([key]) => key === call.key);
    if (call.key !== '' && entry !== undefined) entry[1] = reply;
    if (call.id !== 0) yield* this.#output('response', call.id, reply, cpu);
  }

  /** The connections of these requests are gone; what runs, runs on. */
  #forget(which: (call: ScriptedCall) => boolean): void {
    for (const call of this.#state.open) if (which(call)) call.id = 0;
  }

  *#readClock(cpu: Cpu): Generator<Wait, number, void> {
    yield* cpu.gate();
    const nowMs = cpu.traps.clock();
    this.#fold(nowMs);
    return nowMs;
  }

  *#readEntropy(cpu: Cpu): Generator<Wait, void, void> {
    const bytes = new Uint8Array(ENTROPY_BYTES);
    yield* cpu.gate();
    cpu.traps.entropy(bytes);
    this.#take(bytes);
  }

  *#output(
    kind: 'response' | 'console',
    subject: number,
    words: string,
    cpu: Cpu,
  ): Generator<Wait, void, void> {
    if (cpu.isLong(this.#polls)) yield* cpu.gate();
    const ordinal = this.#state.ordinal + 1;
    cpu.traps.output({ kind, ordinal, subject, head: text.encode(words), body: NOTHING });
    this.#state.ordinal = ordinal;
  }

  #take(bytes: Uint8Array): void {
    for (const byte of bytes) this.#fold(byte);
  }

  #fold(value: number): void {
    this.#state.inputs = (Math.imul(this.#state.inputs, 31) + Math.floor(value % 4_294_967_291)) >>> 0;
  }
}

/** An interrupt of the scripted guest: its kind, then text. */
export function encodeScripted(kind: number, body: string): Uint8Array {
  const bytes = text.encode(body);
  const payload = new Uint8Array(1 + bytes.length);
  payload[0] = kind;
  payload.set(bytes, 1);
  return payload;
}

const bodyOf = (payload: Uint8Array): string => Buffer.from(payload.subarray(1)).toString();
