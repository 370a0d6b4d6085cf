/**
 * One host in virtual time: the real replica over the real protocol core, with virtual hands. What
 * host/hypervisor is to sockets and threads. Its two threads sleep and wake together; after a sleep its
 * timers run before its sockets are read, as Node's do.
 */
import { type Digest, type Epoch, type Ordinal, ordinal, type Position } from '../../base/brands.ts';
import { Prng } from '../../base/prng.ts';
import type { LogHead } from '../../log/batch.ts';
import { type Core, createBackup, createPrimary, createSpare, isAwaitingAck } from '../../protocol/core.ts';
import type { Announcement, HaltReason } from '../../protocol/effects.ts';
import type { EventKind, PeerId, ProtocolEvent } from '../../protocol/events.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { ArbiterRecord } from '../../protocol/record.ts';
import type { Status } from '../../protocol/status.ts';
import type { ReplicaPorts } from '../../replica/ports.ts';
import { Replica } from '../../replica/replica.ts';
import { decodeFrame, encodeFrame } from '../../wire/frames.ts';
import type { Guest, GuestOutput } from '../guest/guest.ts';
import type { Settings } from '../settings.ts';
import type { Agenda } from './agenda.ts';
import type { ArbiterWay, VirtualArbiter } from './arbiter.ts';
import { type DeskAnswer, VirtualDesk } from './desk.ts';
import { Entrance } from './entrance.ts';
import { VirtualFront } from './front.ts';
import { HostClock } from './host-clock.ts';
import type { Network, NetworkNode } from './network.ts';
import { VirtualRound } from './round.ts';
import type { Trace } from './trace.ts';
import { type VcpuReport, VirtualVcpu } from './vcpu.ts';

/** Between two frames of pages. */
const PAGES_MS = 0.02;
/** A server outside answers an outbound call after so long. */
const SERVER_MS = 3;
/** A process that halts has said what it had to say. */
const EXIT_MS = 1;
const HASH_EVERY_MS = 100;
const MARK_EVERY_MS = 5;
/** What may be held leaves in so many steps at least. */
const RELEASES_OF_HELD = 4;
/** Pages in one frame: few, so that a transfer takes several. */
const PAGES_PER_FRAME = 8;

type Event<Kind extends EventKind> = Extract<ProtocolEvent, { readonly kind: Kind }>;

/**
 * Who looks on. Each call comes in the moment in which it happens; a broken invariant is thrown out of it.
 */
export interface Witness {
  /** A step of the core is over, and its effects were performed. */
  stepped(host: VirtualHost): void;
  /** A batch was formed behind the log that ended with `parent`. */
  recorded(host: VirtualHost, parent: LogHead, entryCount: number, bytes: Uint8Array): void;
  /** Just before an output leaves. */
  releasing(host: VirtualHost, output: GuestOutput): void;
  /** Its copy of an output is one that arrived; a client that is still connected here gets it. */
  arrived(host: VirtualHost, output: GuestOutput): void;
  claiming(host: VirtualHost, next: ArbiterRecord): void;
  asking(host: VirtualHost, what: 'read' | 'claim'): void;
  announced(host: VirtualHost, announcement: Announcement): void;
  /** The program has asked a server outside that is none of those allowed. */
  refused(server: string): void;
  /** A line for the console's end. */
  printed(host: VirtualHost, output: GuestOutput): void;
  halted(host: VirtualHost, reason: HaltReason): void;
  ended(host: VirtualHost): void;
  /** Its machine has come to its end in good order. */
  switchedOff(host: VirtualHost): void;
  /** A control operation is done, as whoever ordered it is told. */
  answered(host: VirtualHost, answer: DeskAnswer): void;
  /** A spare looks for the live host. */
  seeking(host: VirtualHost): void;
  /** The process is no more, however it ended. */
  gone(host: VirtualHost): void;
}

export interface HostSurroundings {
  readonly seed: number;
  readonly settings: Settings;
  readonly agenda: Agenda;
  readonly network: Network;
  readonly arbiter: VirtualArbiter;
  readonly guest: Guest;
  readonly trace: Trace;
  readonly witness: Witness;
}

export type HostRole = 'primary' | 'backup' | 'spare';

const CREATE = { primary: createPrimary, backup: createBackup, spare: createSpare } as const;

/** Log that is kept for joiners, in log buffers. */
const JOIN_LOG_BUFFERS = 4;

/** What came while the process was stopped, when, and over which connection. */
interface Asleep {
  readonly run: () => void;
  readonly peer: PeerId | null;
  readonly atMs: number;
}

export class VirtualHost implements NetworkNode {
  readonly number: number;
  readonly name: string;
  readonly clock: HostClock;
  readonly core: Core;
  readonly vcpu: VirtualVcpu;
  process: 'running' | 'paused' | 'dead' = 'running';
  /** How many times slower than others its vCPU is; the slowest counts. */
  readonly slowness: number[] = [1];
  readonly arbiterWay: ArbiterWay = { down: 'no', losesAnswers: false, addMs: 0 };
  front: VirtualFront | null = null;
  hasBeenInSync = false;
  isPowerless = false;
  /** Where its machine came to its end, and the last hash; null while it is on. */
  off: { readonly position: Position; readonly stateHash: Digest } | null = null;
  readonly desk: VirtualDesk;
  readonly entrance: Entrance;
  readonly #around: HostSurroundings;
  readonly #replica: Replica<GuestOutput>;
  readonly #round: VirtualRound;
  readonly #asleep: Asleep[] = [];
  readonly #peers = new Set<PeerId>();
  #isTickDue = false;

  constructor(number: number, role: HostRole, around: HostSurroundings) {
    const { seed, settings, agenda, guest } = around;
    this.number = number;
    this.name = `H${number}`;
    this.#around = around;
    const entropy = new Prng(seed, 1_000 + number);
    this.clock = new HostClock(agenda, 1_000 + entropy.between(0, 5_000), entropy.between(-2_000, 2_000));
    const world = {
      monotonicMs: () => this.clock.monotonicMs(),
      wallMs: () => this.clock.wallMs(),
      entropy: (into: Uint8Array) => entropy.fill(into),
    };
    this.core = CREATE[role]({
      identity: { vm: 'simulated', image: guest.image, architecture: 'simulated', bootHash: guest.bootHash },
      incarnation: this.name,
      host: this.name,
      url: `http://${this.name}`,
      awaitBackup: settings.awaitBackup,
      tickMs: settings.tickMs,
      heartbeatMs: settings.heartbeatMs,
      suspectAfterMs: settings.suspectAfterMs,
      logBufferBytes: settings.logBufferBytes,
      heldOutputBytes: settings.heldOutputBytes,
      releaseBytes: settings.heldOutputBytes / RELEASES_OF_HELD,
      joinLogBytes: settings.logBufferBytes * JOIN_LOG_BUFFERS,
      handOverMs: settings.suspectAfterMs,
      relayMs: settings.suspectAfterMs,
      lagBoundMs: settings.lagBoundMs,
      lagBoundBytes: settings.lagBoundBytes,
      arbiterRetryFirstMs: settings.tickMs * 5,
      arbiterRetryMaximumMs: settings.arbiterRetryMaximumMs,
    });
    this.#round = new VirtualRound({
      after: (delayMs, run) => this.#after(delayMs, run),
      isBatchUnderWay: () => isAwaitingAck(this.core),
      record: (entryCount, bytes) => this.#record(entryCount, bytes),
      hold: (output) => this.#hold(output),
      heard: (report) => this.#heard(report),
    });
    const { turnLimitMs, turnMs } = settings;
    this.vcpu = new VirtualVcpu(role === 'primary' ? 'recording' : 'replaying', {
      guest,
      world,
      policy: { hashEveryMs: HASH_EVERY_MS, hashEveryPolls: 0, markEveryMs: MARK_EVERY_MS, turnLimitMs },
      turnMs,
      after: (delayMs, run) => this.#after(delayMs, run),
      report: (report) => this.#round.put(report),
      slowness: () => Math.max(...this.slowness),
    });
    this.desk = this.#newDesk(settings.suspectAfterMs);
    const input = (payload: Uint8Array): void => this.vcpu.input(payload);
    this.entrance = new Entrance({ guest, front: () => this.front, input });
    this.#replica = new Replica(this.core, this.#ports(), () => this.clock.monotonicMs());
    this.event('host-started', {});
    this.#after(settings.tickMs * entropy.unit(), () => this.#tick());
  }

  get isAlive(): boolean {
    return this.process !== 'dead';
  }

  get status(): Status {
    return this.core.status;
  }

  /** Has its connections to that host, or had one until now. */
  get peers(): ReadonlySet<PeerId> {
    return this.#peers;
  }

  /**
   * Messages of this peer that have lain in the sockets for longer than two ticks: less
   * than one late tick nobody can notice.
   */
  unreadOf(peer: PeerId): number {
    const beforeMs = this.#around.agenda.nowMs - 2 * this.#around.settings.tickMs;
    return this.#asleep.filter((waiting) => waiting.peer === peer && waiting.atMs < beforeMs).length;
  }

  event<Kind extends EventKind>(kind: Kind, fields: Omit<Event<Kind>, 'kind' | 'nowMs'>): void {
    if (!this.isAlive || this.#replica.over) return;
    // The union's member is known by its kind; the compiler cannot put the two halves together again.
    const event = { kind, nowMs: this.clock.monotonicMs(), ...fields } as unknown as ProtocolEvent;
    this.#replica.handle(event);
    this.#around.witness.stepped(this);
    this.desk.check();
  }

  pause(): void {
    if (this.process === 'running') this.process = 'paused';
  }

  /** Timers first, then what came meanwhile. */
  wake(): void {
    if (this.process !== 'paused') return;
    this.process = 'running';
    if (this.#isTickDue) {
      this.#isTickDue = false;
      this.#tick();
    }
    for (let next = this.#asleep.shift(); next !== undefined; next = this.#asleep.shift()) {
      if (this.isAlive) next.run();
    }
  }

  /** `silent`: its machine is gone as well, and nobody is told. */
  kill(silent: boolean): void {
    if (!this.isAlive) return;
    this.process = 'dead';
    this.isPowerless = silent;
    this.#around.network.drop(this, silent);
    if (!silent) this.front?.resetAll();
    this.#around.witness.gone(this);
  }

  printedThrough(through: Ordinal): void {
    this.event('outputs-printed', { throughOrdinal: through });
  }

  // The network.

  whenAwake(run: () => void, peer: PeerId | null = null): void {
    if (!this.isAlive) return;
    if (this.process === 'paused') this.#asleep.push({ run, peer, atMs: this.#around.agenda.nowMs });
    else run();
  }

  connected(peer: PeerId, caller: 'peer' | 'host'): void {
    this.#peers.add(peer);
    this.event('peer-connected', caller === 'peer' ? { peer, caller } : { peer });
  }

  received(peer: PeerId, bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) {
      this.event('peer-violated', { peer, code: decoded.error.code, detail: decoded.error.detail });
      return;
    }
    this.event('frame-received', { peer, frame: decoded.value });
    if (decoded.value.kind === 'ack') this.#round.acknowledged();
  }

  closed(peer: PeerId, reason: string): void {
    this.#peers.delete(peer);
    this.event('peer-closed', { peer, reason });
  }

  // Inside.

  /** One's own timers and threads stand still with the process. */
  #after(delayMs: number, run: () => void): void {
    this.#around.agenda.after(delayMs, () => this.whenAwake(run));
  }

  #tick(): void {
    this.#around.agenda.after(this.#around.settings.tickMs, () => {
      if (this.process === 'paused') this.#isTickDue = true;
      else if (this.isAlive) this.#tick();
    });
    const isAwaited = (this.front?.openRequests ?? 0) > 0;
    this.vcpu.setOutputs(this.core.outputs, this.core.role.kind === 'primary' || isAwaited);
    this.event('tick-elapsed', { guestClockMs: this.vcpu.guestMs() });
  }

  #send(peer: PeerId, frame: Frame): void {
    const bytes = encodeFrame(frame);
    const { trace, network } = this.#around;
    if (frame.kind === 'heartbeat' || frame.kind === 'ack' || frame.kind === 'pages') trace.mix(bytes);
    else trace.note(this.name, `sends ${frame.kind} to ${peer}, ${bytes.length} bytes`);
    network.send(this, peer, bytes);
  }

  #sendPages(peer: PeerId, epoch: Epoch, indices: readonly number[]): void {
    const { checkpoint } = this.vcpu;
    if (checkpoint === null || indices.length === 0) return;
    const { pageBytes } = this.#around.guest;
    const pages = indices.slice(0, PAGES_PER_FRAME).map((index) => ({
      index,
      bytes: checkpoint.memory.slice(index * pageBytes, (index + 1) * pageBytes),
    }));
    this.#send(peer, { kind: 'pages', epoch, pages });
    this.#after(PAGES_MS, () => this.#sendPages(peer, epoch, indices.slice(PAGES_PER_FRAME)));
  }

  #ports(): ReplicaPorts<GuestOutput> {
    const { agenda, network, arbiter, trace, witness } = this.#around;
    return {
      channel: {
        send: (peer, frame) => this.#send(peer, frame),
        sendPages: (peer, epoch, indices) => this.#sendPages(peer, epoch, indices),
        close: (peer, reason) => network.close(this, peer, reason),
        seek: () => witness.seeking(this),
        drainSockets: () => agenda.after(0, () => this.whenAwake(() => this.event('sockets-drained', {}))),
      },
      // The thread is made before the replica that commands it.
      vcpu: this.vcpu,
      arbiter: {
        read: () => {
          witness.asking(this, 'read');
          arbiter.read(this.arbiterWay, (answer) =>
            this.whenAwake(() => this.event('arbiter-read', { answer })),
          );
        },
        claim: (expectedEpoch, next) => {
          trace.note(this.name, `claims epoch ${next.epoch}, in sync [${next.inSync.join(' ')}]`);
          witness.asking(this, 'claim');
          witness.claiming(this, next);
          arbiter.claim(this.arbiterWay, expectedEpoch, next, (answer) =>
            this.whenAwake(() => this.event('claim-answered', { claimId: next.claimId, answer })),
          );
        },
      },
      outputs: {
        release: (_, output) => this.#release(output),
        arrived: (output) => {
          witness.arrived(this, output);
          this.front?.answer(output, null);
        },
      },
      doors: {
        open: () => {
          this.front ??= new VirtualFront((this.vcpu.life?.position ?? 0) + 1);
          this.front.continueAt((this.vcpu.life?.position ?? 0) + 1);
          this.front.setDoors('open');
        },
        close: () => this.front?.setDoors('closed'),
        keepRequests: () => this.front?.keepRequests((id) => this.entrance.aborted(id)),
        deliverRequests: () => this.front?.deliverRequests(),
        relayRequests: () => this.front?.turnAway(),
      },
      people: {
        statusLine: (line) => trace.note(this.name, line.trimStart()),
        announce: (announcement) => witness.announced(this, announcement),
        halt: (reason) => {
          trace.note(this.name, `halts: ${reason.code}`);
          witness.halted(this, reason);
          agenda.after(EXIT_MS, () => this.kill(false));
        },
        endRun: () => witness.ended(this),
      },
    };
  }

  #newDesk(drainMs: number): VirtualDesk {
    return new VirtualDesk(drainMs, {
      core: this.core,
      nowMs: () => this.clock.monotonicMs(),
      drainClients: () => this.front?.drain((id) => this.entrance.aborted(id)),
      admitClients: () => this.front?.stopDraining(),
      openRequests: () => this.front?.openRequests ?? 0,
      powerOff: () => this.vcpu.powerOff(),
      changeLimits: (memoryMaximumBytes) => this.vcpu.changeLimits(memoryMaximumBytes),
      switchOver: () => this.event('switch-over-asked', {}),
      answered: (answer) => this.#around.witness.answered(this, answer),
    });
  }

  #stopped(position: Position, stateHash: Digest): void {
    if (!this.isAlive || this.#replica.over) return;
    this.off = { position, stateHash };
    this.#around.witness.switchedOff(this);
    this.event('machine-stopped', { position });
    this.desk.stopped(position, stateHash);
  }

  #release(output: GuestOutput): void {
    const { trace, witness, guest } = this.#around;
    trace.note(this.name, `lets out ${output.ordinal}: ${output.kind} ${output.subject} ${output.text}`);
    witness.releasing(this, output);
    if (output.kind === 'console' || output.kind === 'end') witness.printed(this, output);
    else if (output.kind === 'call') this.#answerCall(output);
    else this.front?.answer(output, { tell: (payload) => this.vcpu.input(payload), guest });
  }

  #answerCall({ subject, text }: GuestOutput): void {
    const { interrupts, refused } = this.#around.guest.answerCall(subject, text);
    if (refused !== null) this.#around.witness.refused(refused);
    interrupts.forEach((payload, index) => {
      this.#after(SERVER_MS * (index + 1), () => this.vcpu.input(payload));
    });
  }

  #record(entryCount: number, bytes: Uint8Array): void {
    const parent = this.core.head;
    this.event('entries-recorded', { entryCount, bytes });
    if (this.core.head !== parent) this.#around.witness.recorded(this, parent, entryCount, bytes);
  }

  #hold(output: GuestOutput): void {
    const { ordinal: at, position, kind, text, subject } = output;
    if (kind === 'end') this.event('guest-ended', { ordinal: at, position, exitCode: subject });
    else if (this.isAlive && !this.#replica.over) {
      const route = kind === 'console' ? 'console' : 'client';
      this.#replica.hold(at, position, route, text.length, output);
      this.#around.witness.stepped(this);
    }
  }

  #heard(report: Exclude<VcpuReport, { kind: 'recorded' | 'output' }>): void {
    switch (report.kind) {
      case 'replayed':
        this.event('entries-replayed', { position: report.position });
        return;
      case 'hash-checked':
        this.event('hash-checked', { position: report.position, stateHash: report.stateHash });
        return;
      case 'checkpoint-taken': {
        const { checkpoint } = report;
        const { memory, pageHashes, stateHash, position } = checkpoint;
        this.event('checkpoint-taken', {
          position,
          stateHash,
          sizeBytes: memory.length,
          pageBytes: this.#around.guest.pageBytes,
          pageHashes,
          ordinal: ordinal(checkpoint.ordinal),
          guestClockMs: checkpoint.guestMs,
          pauseMs: 0,
        });
        return;
      }
      case 'base-kept':
        this.event('base-kept', { position: report.position });
        return;
      case 'yielded':
        this.event('vcpu-yielded', { position: report.position, guestClockMs: report.guestMs });
        return;
      case 'pages-compared':
        this.event('pages-compared', { wanted: report.wanted });
        return;
      case 'checkpoint-installed':
        this.event('checkpoint-installed', { stateHash: report.stateHash });
        return;
      case 'went-live':
        this.event('went-live', { position: report.position, ordinal: report.ordinal });
        return;
      case 'limits-changed':
        this.desk.limitsChanged(report.position);
        return;
      case 'stopped':
        this.#stopped(report.position, report.stateHash);
        return;
      case 'diverged': {
        const { position, expected, actual } = report;
        this.event('diverged', { position, expected, actual, detail: 'the log does not fit the machine' });
        return;
      }
      case 'failed':
        throw report.error;
    }
  }
}
