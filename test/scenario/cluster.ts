/**
 * A cluster in memory: protocol cores over a network, an arbiter and toy machines, in virtual time with
 * nothing left to chance. Frames travel as bytes, so that a core never shares an object with another. Every
 * effect that people or clients could notice is written into `log`.
 *
 * Checked all the time: nothing leaves before every listed backup holds its position (I1), and one host at
 * most believes that it is live in an epoch (I2).
 */
import { invariant } from '../../src/base/assert.ts';
import { type Epoch, ordinal } from '../../src/base/brands.ts';
import { sha256 } from '../../src/base/digest.ts';
import type { LogEntry } from '../../src/log/entry.ts';
import type { CoreConfig } from '../../src/protocol/config.ts';
import {
  type Core,
  createBackup,
  createPrimary,
  createSpare,
  describe,
  step,
} from '../../src/protocol/core.ts';
import type { Effect } from '../../src/protocol/effects.ts';
import type { ProtocolEvent } from '../../src/protocol/events.ts';
import type { CheckpointFrame, Frame } from '../../src/protocol/frames.ts';
import type { ArbiterRecord, ClaimAnswer } from '../../src/protocol/record.ts';
import { decodeEntries, encodeEntry } from '../../src/wire/entries.ts';
import { decodeFrame, encodeFrame } from '../../src/wire/frames.ts';
import {
  differingPages,
  pageHashesOf,
  pagesOf,
  stateHashOf,
  TOY,
  ToyMachine,
  type ToyOutput,
} from './machine.ts';

type Untimed<T> = T extends unknown ? Omit<T, 'nowMs'> : never;
export type UntimedEvent = Untimed<ProtocolEvent>;

const LATENCY_MS = 1;
const TICK_MS = 10;
const SEEK_AGAIN_MS = 20;

export const testConfig = (name: string, changes: Partial<CoreConfig> = {}): CoreConfig => ({
  identity: { vm: 'vm', image: sha256('image'), architecture: 'x64', bootHash: TOY.bootHash },
  incarnation: `inc-${name}`,
  host: name,
  url: `http://${name}`,
  awaitBackup: false,
  tickMs: TICK_MS,
  heartbeatMs: 50,
  suspectAfterMs: 500,
  logBufferBytes: 4096,
  joinLogBytes: 8192,
  heldOutputBytes: 4096,
  releaseBytes: 2048,
  handOverMs: 300,
  relayMs: 1000,
  lagBoundMs: 1000,
  lagBoundBytes: 8192,
  arbiterRetryFirstMs: 50,
  arbiterRetryMaximumMs: 200,
  ...changes,
});

export class Host {
  readonly name: string;
  readonly core: Core;
  process: 'running' | 'stopped' | 'dead' = 'running';
  /** Its machine was switched off in good order; the vCPU says so when the last hash is behind it. */
  power: 'on' | 'last hash' | 'off' = 'on';
  /** A paused vCPU of a backup keeps what it is fed. */
  replaying = true;
  machine = new ToyMachine();
  /** Every output of this machine's history, by ordinal from 1, whoever executed it first. */
  told: string[] = [];
  readonly unread: UntimedEvent[] = [];
  readonly waiting: UntimedEvent[] = [];
  readonly fed: string[] = [];
  /** A copy of the machine between two turns. */
  base = new ToyMachine();
  lastHash = TOY.bootHash;
  /** While its pages travel the base does not move. */
  handedOut = 0;
  readonly keptPages = new Map<number, Uint8Array>();
  readonly held = new Map<number, ToyOutput>();
  halted: string | null = null;
  /** Of the vCPU, for a planned switch-over. */
  yields: 'no' | 'asked' | 'withdrawn' | 'yielded' = 'no';
  /** Where a spare looks for the primary; the index of the next, and when it calls that one. */
  among: readonly string[] = [];
  calls = 0;
  callAtMs = Number.POSITIVE_INFINITY;
  exitCode: number | null = null;

  constructor(name: string, core: Core) {
    this.name = name;
    this.core = core;
  }
}

interface Letter {
  readonly dueMs: number;
  readonly to: Host;
  /** The other end; what travels over a cut link arrives when it is healed, as TCP would have it. */
  readonly from: Host | null;
  readonly event: UntimedEvent;
}

export interface Released {
  readonly host: string;
  readonly ordinal: number;
  readonly text: string;
  readonly atMs: number;
}

export class Cluster {
  nowMs = 0;
  readonly log: string[] = [];
  readonly hosts = new Map<string, Host>();
  readonly released: Released[] = [];
  /** What a machine with this state hash had said: clones inherit it. */
  readonly #toldAt = new Map<string, readonly string[]>();
  readonly effects: { host: string; effect: Effect }[] = [];
  record: ArbiterRecord | null = null;
  readonly records: ArbiterRecord[] = [];
  arbiter: 'up' | 'down' | 'loses-answers' = 'up';
  printer: 'prints' | 'blocked' = 'prints';
  readonly #cuts = new Set<string>();
  readonly #links = new Map<string, readonly [Host, Host]>();
  #letters: Letter[] = [];
  #connections = 0;

  host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  startPrimary(name: string, changes: Partial<CoreConfig> = {}): Host {
    const host = new Host(name, createPrimary(testConfig(name, changes)));
    this.hosts.set(name, host);
    this.give(host, { kind: 'host-started' });
    return host;
  }

  startBackup(name: string, of: string, changes: Partial<CoreConfig> = {}): Host {
    const host = new Host(name, createBackup(testConfig(name, changes)));
    this.hosts.set(name, host);
    this.give(host, { kind: 'host-started' });
    this.connect(host, this.host(of));
    return host;
  }

  /** Looks for the primary among `among`, in turn. */
  startSpare(name: string, among: readonly string[], changes: Partial<CoreConfig> = {}): Host {
    const host = new Host(name, createSpare(testConfig(name, changes)));
    host.among = among;
    this.hosts.set(name, host);
    this.give(host, { kind: 'host-started' });
    return host;
  }

  /** After a halt: a fresh machine in the same process. */
  comeBack(name: string): void {
    const { among } = this.host(name);
    const again = `${name}'`;
    this.startSpare(again, among);
  }

  connect(from: Host, to: Host): string {
    this.#connections += 1;
    const peer = `c${this.#connections}`;
    this.#links.set(peer, [from, to]);
    this.give(to, { kind: 'peer-connected', peer, caller: 'peer' });
    this.give(from, { kind: 'peer-connected', peer });
    return peer;
  }

  /** A peer that is no host of ours: its frames are the test's own. */
  stranger(to: string): { readonly peer: string; say(frame: Frame): void } {
    this.#connections += 1;
    const peer = `c${this.#connections}`;
    const host = this.host(to);
    this.give(host, { kind: 'peer-connected', peer });
    return { peer, say: (frame) => this.give(host, { kind: 'frame-received', peer, frame }) };
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) {
      this.nowMs += 1;
      this.#deliver();
      for (const host of this.hosts.values()) this.#call(host);
      if (this.nowMs % TICK_MS === 0) for (const host of this.hosts.values()) this.#tick(host);
    }
  }

  /** The live vCPU takes in interrupts, all in one batch. */
  input(name: string, ...texts: readonly string[]): void {
    const host = this.host(name);
    const outputs = texts.map((text) => this.#execute(host, text)).filter((output) => output !== null);
    this.give(host, { kind: 'entries-recorded', entryCount: texts.length, bytes: bytesOf(texts) });
    this.#keepBase(host);
    for (const output of outputs) this.#hold(host, output);
    const mustYield = host.yields === 'asked' || host.yields === 'withdrawn';
    if (mustYield && host.machine.place === 'between turns') this.#yield(host);
  }

  end(name: string, exitCode: number): void {
    const host = this.host(name);
    const output = this.#execute(host, `print end ${exitCode}`);
    if (output === null) throw new Error('the end is an output');
    this.give(host, { kind: 'entries-recorded', entryCount: 1, bytes: bytesOf([`print end ${exitCode}`]) });
    host.held.set(output.ordinal, output);
    this.give(host, { kind: 'guest-ended', ordinal: output.ordinal, position: output.position, exitCode });
  }

  /** Switches the machine off (FT §3.3). Without its hash: the primary dies between the two last entries. */
  powerOff(name: string, hash: 'with its hash' | 'without its hash' = 'with its hash'): void {
    const host = this.host(name);
    const entries: LogEntry[] = [{ kind: 'stop' }];
    this.#execute(host, STOP);
    if (hash === 'with its hash') {
      entries.push({ kind: 'hash-point', poll: 0, hash: stateHashOf(host.machine.memory()) });
      this.#execute(host, HASH);
    }
    const bytes = Buffer.concat(entries.map(encodeEntry));
    this.give(host, { kind: 'entries-recorded', entryCount: entries.length, bytes });
    this.#reportPower(host);
  }

  /** `loss`: what it has sent and nobody has received goes with it, as when the machine loses power. */
  kill(name: string, what: 'process' | 'loss' = 'process'): void {
    const host = this.host(name);
    host.process = 'dead';
    if (what === 'loss') this.#letters = this.#letters.filter((letter) => letter.from !== host);
    for (const [peer, ends] of this.#links)
      if (ends.includes(host)) this.#close(peer, host, 'connection reset');
  }

  stop(name: string): void {
    this.host(name).process = 'stopped';
  }

  /** As Node does after SIGCONT: timers first, then the sockets. */
  continue(name: string): void {
    const host = this.host(name);
    host.process = 'running';
    this.#tick(host);
    for (const event of host.unread.splice(0)) this.give(host, event);
  }

  cut(left: string, right: string): void {
    this.#cuts.add(pairOf(left, right));
  }

  heal(left: string, right: string): void {
    this.#cuts.delete(pairOf(left, right));
  }

  /** The network closes the connection between two hosts; both see it. */
  closeBetween(left: string, right: string): void {
    for (const [peer, ends] of this.#links) {
      if (ends.some((end) => end.name === left) && ends.some((end) => end.name === right)) {
        this.#close(peer, null, 'connection reset');
      }
    }
  }

  setPrinter(printer: 'prints' | 'blocked'): void {
    this.printer = printer;
    const throughOrdinal = this.released.at(-1)?.ordinal ?? 0;
    if (printer === 'prints') this.#print(throughOrdinal);
  }

  setReplaying(name: string, replaying: boolean): void {
    const host = this.host(name);
    host.replaying = replaying;
    if (replaying) this.#replay(host);
  }

  describe(name: string): ReturnType<typeof describe> {
    return describe(this.host(name).core, this.nowMs);
  }

  give(host: Host, event: UntimedEvent): void {
    if (host.process === 'dead' || host.halted !== null) return;
    if (host.process === 'stopped') {
      host.unread.push(event);
      return;
    }
    host.waiting.push(event);
    if (host.waiting.length > 1) return;
    // All effects of a step before the next event, however it came about.
    while (host.waiting[0] !== undefined) {
      const effects = step(host.core, { ...host.waiting[0], nowMs: this.nowMs } as ProtocolEvent);
      for (const effect of effects) this.#perform(host, effect);
      this.#checkOneLive();
      host.waiting.shift();
    }
  }

  /** A spare that looks for the primary tries the next host that it knows. */
  #call(host: Host): void {
    if (this.nowMs < host.callAtMs || host.process !== 'running' || host.halted !== null) return;
    host.callAtMs = Number.POSITIVE_INFINITY;
    const to = this.hosts.get(host.among[host.calls % host.among.length] ?? '');
    host.calls += 1;
    if (to !== undefined && to.process !== 'dead' && to.halted === null) this.connect(host, to);
    else host.callAtMs = this.nowMs + SEEK_AGAIN_MS;
  }

  #tick(host: Host): void {
    if (host.process !== 'running') return;
    const guestClockMs = host.core.role.kind === 'primary' ? this.nowMs : null;
    this.give(host, { kind: 'tick-elapsed', guestClockMs });
  }

  #deliver(): void {
    const isDue = ({ dueMs, from, to }: Letter): boolean =>
      dueMs <= this.nowMs && (from === null || !this.#cuts.has(pairOf(from.name, to.name)));
    const due = this.#letters.filter(isDue);
    this.#letters = this.#letters.filter((letter) => !isDue(letter));
    for (const { to, event } of due) this.give(to, event);
  }

  #post(to: Host, from: Host | null, event: UntimedEvent): void {
    this.#letters.push({ dueMs: this.nowMs + LATENCY_MS, to, from, event });
  }

  #otherEnd(peer: string, of: Host): Host | null {
    const ends = this.#links.get(peer);
    return ends === undefined ? null : ends[0] === of ? ends[1] : ends[0];
  }

  #close(peer: string, by: Host | null, reason: string): void {
    const ends = this.#links.get(peer) ?? [];
    this.#links.delete(peer);
    for (const end of ends) if (end !== by) this.#post(end, by, { kind: 'peer-closed', peer, reason });
  }

  #perform(host: Host, effect: Effect): void {
    this.effects.push({ host: host.name, effect });
    const say = (text: string): void => void this.log.push(`${host.name}: ${text}`);
    switch (effect.kind) {
      case 'send':
        this.#send(host, effect.peer, effect.frame);
        return;
      case 'close-peer':
        this.#close(effect.peer, host, effect.reason);
        return;
      case 'drain-sockets':
        for (const event of host.unread.splice(0)) this.give(host, event);
        this.give(host, { kind: 'sockets-drained' });
        return;
      case 'read-arbiter':
        this.#post(host, null, { kind: 'arbiter-read', answer: this.#read() });
        return;
      case 'claim':
        say(`claim epoch ${effect.next.epoch}, in sync [${effect.next.inSync.join(' ')}]`);
        this.#post(host, null, {
          kind: 'claim-answered',
          claimId: effect.next.claimId,
          answer: this.#claim(effect.expectedEpoch, effect.next),
        });
        return;
      case 'seek-primary':
        host.callAtMs = this.nowMs + 1;
        return;
      case 'set-doors':
        say(`doors ${effect.state}`);
        return;
      case 'status-line':
        this.log.push(`${host.name}: ${effect.line}`);
        return;
      case 'announce':
        say(`announce ${JSON.stringify(effect.announcement)}`);
        return;
      case 'halt':
        say(`halt ${effect.reason.code}: ${effect.reason.message}`);
        host.halted = effect.reason.code;
        for (const [peer, ends] of this.#links) if (ends.includes(host)) this.#close(peer, host, 'halted');
        return;
      case 'end-run':
        say(`end-run ${effect.exitCode}`);
        host.exitCode = effect.exitCode;
        return;
      case 'release-outputs':
        this.#release(host, effect.throughOrdinal);
        return;
      case 'discard-outputs':
        for (const [ordinal, output] of host.held) {
          const through = output.route === 'client' ? effect.clientThrough : effect.consoleThrough;
          if (ordinal <= through) host.held.delete(ordinal);
        }
        return;
      case 'set-vcpu':
        say(`vCPU ${effect.state}`);
        return;
      case 'set-slowdown':
        say(`vCPU slowed by ${effect.percent} %`);
        return;
      default:
        this.#performOnMachine(host, effect);
    }
  }

  #performOnMachine(host: Host, effect: Effect): void {
    // The vCPU of a machine that is off hears nobody.
    if (isOff(host)) return;
    switch (effect.kind) {
      case 'take-checkpoint':
        host.handedOut += 1;
        this.give(host, { kind: 'checkpoint-taken', ...this.#checkpointOf(host) });
        return;
      case 'send-pages': {
        const pages = pagesOf(host.base.memory());
        const wanted = effect.indices.map((index) => ({ index, bytes: pages[index] ?? new Uint8Array() }));
        this.#send(host, effect.peer, { kind: 'pages', epoch: effect.epoch, pages: wanted });
        return;
      }
      case 'drop-checkpoint':
        host.handedOut -= 1;
        return;
      case 'compare-pages':
        this.#post(host, null, {
          kind: 'pages-compared',
          wanted: differingPages(host.machine.memory(), effect.offer.pageHashes),
        });
        return;
      case 'keep-page':
        host.keptPages.set(effect.index, effect.bytes);
        return;
      case 'install-checkpoint':
        this.#install(host, effect.offer);
        return;
      case 'feed-entries': {
        const entries = decodeEntries(effect.bytes);
        if (!entries.ok) throw new Error(entries.error.detail);
        for (const entry of entries.value) host.fed.push(textOf(entry));
        if (host.replaying) this.#replay(host);
        return;
      }
      case 'start-guest':
        this.input(host.name, 'start');
        return;
      case 'go-live': {
        this.#replay(host);
        if (host.power === 'last hash') this.#switchedOff(host);
        if (isOff(host)) return;
        const { position: at, ordinal: last } = host.machine;
        this.give(host, { kind: 'went-live', position: at, ordinal: last });
        if (effect.connections === 'lost') this.input(host.name, 'live');
        return;
      }
      case 'yield-vcpu':
        host.yields = 'asked';
        if (host.machine.place === 'between turns') this.#yield(host);
        return;
      case 'resume-vcpu':
        host.yields = host.yields === 'asked' ? 'withdrawn' : 'no';
        return;
      case 'follow-log':
        host.yields = 'no';
        return;
      case 'keep-requests':
      case 'deliver-requests':
      case 'relay-requests':
        this.log.push(`${host.name}: ${effect.kind}`);
        return;
      default:
        throw new Error(`not performed: ${effect.kind}`);
    }
  }

  /** The vCPU has executed what was delivered, and says so a moment later. */
  #yield(host: Host): void {
    host.yields = host.yields === 'withdrawn' ? 'no' : 'yielded';
    host.machine.execute('hand-over');
    this.give(host, { kind: 'entries-recorded', entryCount: 1, bytes: bytesOf(['hand-over']) });
    this.#keepBase(host);
    const { position: at } = host.machine;
    this.#post(host, null, { kind: 'vcpu-yielded', position: at, guestClockMs: this.nowMs });
  }

  #keepBase(host: Host): void {
    if (host.machine.place === 'inside a turn' || host.handedOut > 0) return;
    const memory = host.machine.memory();
    host.base = ToyMachine.from(memory);
    this.#toldAt.set(stateHashOf(memory), [...host.told]);
    this.give(host, { kind: 'base-kept', position: host.base.position });
  }

  #checkpointOf(host: Host): Omit<Extract<ProtocolEvent, { kind: 'checkpoint-taken' }>, 'kind' | 'nowMs'> {
    const memory = host.base.memory();
    const { pageBytes, sizeBytes } = TOY;
    return {
      position: host.base.position,
      stateHash: stateHashOf(memory),
      sizeBytes,
      pageBytes,
      pageHashes: pageHashesOf(memory),
      ordinal: host.base.ordinal,
      guestClockMs: this.nowMs,
      pauseMs: 1,
    };
  }

  #install(host: Host, offer: CheckpointFrame): void {
    const pages = pagesOf(host.machine.memory()).map((page, index) => host.keptPages.get(index) ?? page);
    const memory = Buffer.concat(pages).subarray(0, offer.sizeBytes);
    host.machine = ToyMachine.from(memory);
    host.base = ToyMachine.from(memory);
    host.told = [...(this.#toldAt.get(stateHashOf(memory)) ?? [])];
    this.give(host, { kind: 'checkpoint-installed', stateHash: stateHashOf(memory) });
  }

  #replay(host: Host): void {
    const outputs: ToyOutput[] = [];
    for (const text of host.fed.splice(0)) {
      const output = this.#execute(host, text);
      if (output !== null) outputs.push(output);
    }
    this.give(host, { kind: 'entries-replayed', position: host.machine.position });
    this.#keepBase(host);
    for (const output of outputs) this.#hold(host, output);
    this.#reportPower(host);
  }

  /** The machine's last hash, and that it is off. */
  #reportPower(host: Host): void {
    if (host.power !== 'off') return;
    const at = host.machine.position;
    this.give(host, { kind: 'hash-checked', position: at, stateHash: host.lastHash });
    this.#switchedOff(host);
  }

  #switchedOff(host: Host): void {
    host.power = 'off';
    this.give(host, { kind: 'machine-stopped', position: host.machine.position });
  }

  #execute(host: Host, text: string): ToyOutput | null {
    const fits = host.power === 'on' || (host.power === 'last hash' && text === HASH);
    invariant('I9', fits, `${text} for a machine that is off`);
    if (text === STOP) host.power = 'last hash';
    if (text === HASH) {
      host.power = 'off';
      host.lastHash = stateHashOf(host.machine.memory());
    }
    const output = host.machine.execute(text);
    if (output !== null) host.told.push(output.text);
    return output;
  }

  #hold(host: Host, output: ToyOutput): void {
    const { ordinal, position: at, route, text } = output;
    host.held.set(ordinal, output);
    this.give(host, { kind: 'output-recorded', ordinal, position: at, route, byteLength: text.length });
  }

  #send(host: Host, peer: string, frame: Frame): void {
    const to = this.#otherEnd(peer, host);
    const decoded = decodeFrame(encodeFrame(frame));
    if (!decoded.ok) throw new Error(`${frame.kind} does not survive the wire: ${decoded.error.detail}`);
    if (frame.kind === 'refusal') this.log.push(`${host.name}: refusal ${frame.code}: ${frame.message}`);
    if (to !== null) this.#post(to, host, { kind: 'frame-received', peer, frame: decoded.value });
  }

  #release(host: Host, throughOrdinal: number): void {
    for (const [ordinal, output] of [...host.held].sort(([left], [right]) => left - right)) {
      if (ordinal > throughOrdinal) break;
      host.held.delete(ordinal);
      this.log.push(`${host.name}: out ${ordinal} ${output.route}: ${output.text}`);
      this.released.push({ host: host.name, ordinal, text: output.text, atMs: this.nowMs });
      this.#checkOutputRule(host, output);
    }
    if (this.printer === 'prints') this.#print(throughOrdinal);
  }

  /** The supervisor tells both hosts what it has printed. */
  #print(throughOrdinal: number): void {
    for (const host of this.hosts.values()) {
      this.#post(host, null, { kind: 'outputs-printed', throughOrdinal: ordinal(throughOrdinal) });
    }
  }

  #checkOutputRule(host: Host, output: ToyOutput): void {
    for (const other of this.hosts.values()) {
      if (other === host || !this.record?.inSync.includes(other.core.config.incarnation)) continue;
      const holds = other.core.head.position;
      invariant(
        'I1',
        holds >= output.position,
        `output ${output.ordinal} left; ${other.name} holds ${holds}`,
      );
    }
  }

  #checkOneLive(): void {
    const owners = new Map<number, string>();
    for (const host of this.hosts.values()) {
      if (host.process === 'dead' || host.core.role.kind !== 'primary' || host.core.epoch === 0) continue;
      const other = owners.get(host.core.epoch);
      invariant('I2', other === undefined, `epoch ${host.core.epoch} has ${other} and ${host.name}`);
      owners.set(host.core.epoch, host.name);
    }
  }

  #read(): Extract<ProtocolEvent, { kind: 'arbiter-read' }>['answer'] {
    if (this.arbiter === 'down') return { kind: 'unreachable', reason: 'the arbiter is down' };
    return { kind: 'read', record: this.record };
  }

  #claim(expectedEpoch: Epoch | null, next: ArbiterRecord): ClaimAnswer {
    if (this.arbiter === 'down') return { kind: 'unreachable', reason: 'the arbiter is down' };
    const won = (this.record?.epoch ?? null) === expectedEpoch;
    if (won) {
      this.record = next;
      this.records.push(next);
    }
    if (this.arbiter === 'loses-answers') return { kind: 'unreachable', reason: 'the answer was lost' };
    return won ? { kind: 'won' } : { kind: 'lost', record: this.record };
  }
}

const isOff = ({ power }: Host): boolean => power === 'off';

const pairOf = (left: string, right: string): string => [left, right].sort().join(' ');

const bytesOf = (texts: readonly string[]): Uint8Array =>
  Buffer.concat(
    texts.map((text) => encodeEntry({ kind: 'interrupt', advanceMs: 0, payload: Buffer.from(text) })),
  );

/** The two last entries of a machine, as the toy machine executes them. */
const STOP = '(stop)';
const HASH = '(hash-point)';

const textOf = (entry: LogEntry): string =>
  entry.kind === 'interrupt' ? Buffer.from(entry.payload).toString() : `(${entry.kind})`;
