/**
 * One run: a plan, played from its first moment to the verdict. First a safety phase, in which the plan's
 * faults happen; then everything that can be mended is mended, and within a bound somebody must be live, have
 * a backup, and have answered every client (I8).
 */
import { InvariantViolation, invariant } from '../base/assert.ts';
import { TandemError } from '../base/errors.ts';
import type { Announcement } from '../protocol/effects.ts';
import { isOver, isServing, type Status } from '../protocol/status.ts';
import { Checks } from './check/checks.ts';
import { ClockCheck } from './check/clock-check.ts';
import { judgeHistory } from './check/verdict.ts';
import { type Hits, noHits } from './coverage.ts';
import type { Guest, GuestOutput } from './guest/guest.ts';
import type { Plan } from './plan.ts';
import { Agenda } from './world/agenda.ts';
import { VirtualArbiter } from './world/arbiter.ts';
import { Audience, type Wish } from './world/audience.ts';
import type { DeskAnswer } from './world/desk.ts';
import { type HostRole, VirtualHost, type Witness } from './world/host.ts';
import { Injector } from './world/injector.ts';
import { Network } from './world/network.ts';
import { Supervisor } from './world/supervisor.ts';
import { Terminal } from './world/terminal.ts';
import { Trace } from './world/trace.ts';

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
  readonly atMs: number;
}

export interface Outcome {
  /** Null: every invariant held. */
  readonly violation: Violation | null;
  /** Of everything that happened; the same for the same plan. */
  readonly digest: string;
  readonly lines: readonly string[];
  readonly hits: Hits;
  readonly figures: {
    readonly hosts: number;
    readonly goLives: number;
    readonly replies: number;
    readonly outputs: number;
    readonly virtualMs: number;
    /** Nobody was left who held the machine. */
    readonly isLost: boolean;
    /**
     * Clients waited in vain while the program went on asking servers that are refused; nothing is
     * said of whether it would answer (I8).
     */
    readonly isUnanswered: boolean;
    /** Servers that the program has asked and is not allowed. */
    readonly refused: readonly string[];
  };
}

/** Plays a plan. The same plan gives the same outcome, byte for byte. */
export function simulate(plan: Plan, guest: Guest): Outcome {
  const run = new Simulation(plan, guest);
  let violation: Violation | null = null;
  try {
    run.play();
  } catch (error) {
    if (error instanceof NotServing) throw error;
    violation = { ...describeError(error), atMs: run.nowMs };
    run.trace.note('broken', `${violation.invariant}: ${violation.detail}`);
  }
  return { violation, ...run.report() };
}

/** Of a program that ends no invariant is broken: nobody is to be live, or answered, from then on. */
class NotServing extends TandemError {
  constructor(exitCode: number) {
    const mend = 'name one that stays: export default { fetch(request) { … } }; tandem run shows why it ends';
    super('NOT_SERVING', `the program serves no requests: it ended with code ${exitCode}`, mend, 2);
  }
}

/** What is no broken invariant is a host that could not go on. */
function describeError(error: unknown): { readonly invariant: string; readonly detail: string } {
  if (error instanceof InvariantViolation) {
    return { invariant: error.id, detail: error.message.replace(/^I\d+: /, '') };
  }
  return { invariant: 'I9', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** How long word from one host to another may take, cuts apart: every delay of the plan at once. */
function networkMs({ settings, faults }: Plan): number {
  const delaysMs = faults.map(({ effect }) => (effect.kind === 'delay' ? effect.addMs : 0));
  return settings.latencyMs + settings.jitterMs + delaysMs.reduce((sum, addMs) => sum + addMs, 0);
}

/** After the healing: within so many times the suspicion time-out, and what arbiter and transfer take. */
const SUSPICIONS = 10;
const ARBITER_ANSWERS = 6;
const SETTLE_MS = 5_000;
const LOOK_EVERY_MS = 20;
/** Until what was recorded last is executed and told. */
const REST_MS = 300;
/** A program that has not asked a server for so long has given it up. */
const ASKED_AGAIN_MS = 3_000;
/** From its end to that of its process. */
const EXIT_MS = 30;

/** What is not yet as it must be after the healing, and who has to bring it about. */
interface Unrest {
  readonly of: 'hosts' | 'outputs' | Wish['of'];
  readonly what: string;
}

class Simulation implements Witness {
  readonly trace: Trace;
  readonly #plan: Plan;
  readonly #guest: Guest;
  readonly #agenda = new Agenda();
  readonly #network: Network;
  readonly #arbiter: VirtualArbiter;
  readonly #hosts: VirtualHost[] = [];
  readonly #audience: Audience;
  readonly #terminal: Terminal;
  readonly #supervisor: Supervisor;
  readonly #injector: Injector;
  readonly #checks: Checks;
  readonly #statuses = new Map<VirtualHost, Status>();
  readonly #hits = noHits();
  #goLives = 0;
  #isLost = false;
  #isUnanswered = false;
  /** Servers that the program has asked and is not allowed, and when it asked one last. */
  readonly #refused = new Set<string>();
  #refusedMs = Number.NEGATIVE_INFINITY;
  /**
   * told: whoever switched the machine off knows that it is. silent: its primary died at that very moment.
   */
  #end: 'none' | 'told' | 'silent' = 'none';

  constructor(plan: Plan, guest: Guest) {
    const { seed, settings, faults } = plan;
    this.#plan = plan;
    this.#guest = guest;
    const agenda = this.#agenda;
    const hosts = this.#hosts;
    this.trace = new Trace(agenda);
    this.#network = new Network(agenda, { seed, ...settings });
    const latencyMs = (): number => this.#network.latencyMs();
    this.#checks = new Checks(hosts, new ClockCheck(agenda, networkMs(plan), settings));
    const times = { latencyMs, answerMs: settings.arbiterAnswerMs };
    this.#arbiter = new VirtualArbiter(agenda, times, (record) => {
      this.trace.note(
        'arbiter',
        `epoch ${record.epoch} to ${record.incarnation} [${record.inSync.join(' ')}]`,
      );
      this.#checks.granted(record);
    });
    this.#terminal = new Terminal(agenda, hosts, settings.consoleMs);
    const liveName = (): string | null => this.#arbiter.record?.incarnation ?? null;
    this.#injector = new Injector(faults, {
      agenda,
      network: this.#network,
      trace: this.trace,
      hosts,
      liveName,
      mayCrash: (host) => settings.mayLoseAll || this.#candidates().some((other) => other !== host),
      resetClients: (host) => this.#audience.resetFrom(host),
      hit: (kind, host) => {
        // One between a host and its arbiter hits when the host asks.
        if (!kind.startsWith('arbiter')) this.#hits.count(kind, host.status);
      },
    });
    const start = (role: HostRole): VirtualHost => this.#start(role);
    this.#supervisor = new Supervisor({ settings, agenda, network: this.#network, hosts, start, liveName });
    this.#audience = new Audience(plan, { agenda, guest, trace: this.trace, hosts, latencyMs });
  }

  get nowMs(): number {
    return this.#agenda.nowMs;
  }

  play(): void {
    const { safetyMs, suspectAfterMs, arbiterAnswerMs } = this.#plan.settings;
    this.#runUntil(safetyMs);
    this.trace.note('phase', 'every fault is healed');
    this.#injector.healAll();
    const boundMs = safetyMs + SUSPICIONS * suspectAfterMs + ARBITER_ANSWERS * arbiterAnswerMs + SETTLE_MS;
    const { patienceMs } = this.#audience;
    for (let unrest = this.#unrest(); unrest !== null; unrest = this.#unrest()) {
      const mostMs = unrest.of === 'hosts' ? boundMs : boundMs + patienceMs;
      const what = `${Math.round(this.nowMs - safetyMs)} ms after the healing: ${unrest.what}`;
      const isLate = this.nowMs >= mostMs;
      if (isLate && unrest.of === 'clients' && this.#asksRefused()) {
        this.#isUnanswered = true;
        this.trace.note('phase', `no answer can be waited for: ${what}`);
        break;
      }
      invariant('I8', !isLate, what);
      this.#runUntil(this.nowMs + LOOK_EVERY_MS);
    }
    this.#audience.stop();
    this.#runUntil(this.nowMs + REST_MS);
    this.#judge();
  }

  report(): Omit<Outcome, 'violation'> {
    return {
      digest: this.trace.digest(),
      lines: this.trace.lines,
      hits: this.#hits,
      figures: {
        hosts: this.#hosts.length,
        goLives: this.#goLives,
        replies: this.#audience.replies,
        outputs: this.#checks.history.outputs.size,
        virtualMs: this.nowMs,
        isLost: this.#isLost,
        isUnanswered: this.#isUnanswered,
        refused: [...this.#refused],
      },
    };
  }

  // What hosts do (Witness).

  stepped(host: VirtualHost): void {
    this.#checks.stepped(host);
    const { status } = host;
    if (this.#statuses.get(host) === status) return;
    if (status === 'following' || isServing(status)) host.hasBeenInSync = true;
    this.#statuses.set(host, status);
    this.#injector.entered(host);
  }

  recorded(...[host, parent, entryCount, bytes]: Parameters<Witness['recorded']>): void {
    const { head, epoch } = host.core;
    this.#checks.history.recorded(host.name, epoch, parent, head, entryCount, bytes);
  }

  releasing(host: VirtualHost, output: GuestOutput): void {
    this.#checks.releasing(host, output);
  }

  arrived(host: VirtualHost, output: GuestOutput): void {
    this.#checks.arrived(host, output);
  }

  claiming(...[host, next]: Parameters<Witness['claiming']>): void {
    this.#checks.claiming(host, next);
  }

  asking(host: VirtualHost): void {
    const { down, losesAnswers, addMs } = host.arbiterWay;
    if (down !== 'no') this.#hits.count('arbiter-down', host.status);
    if (losesAnswers) this.#hits.count('arbiter-deaf', host.status);
    if (addMs > 0) this.#hits.count('arbiter-slow', host.status);
  }

  announced(host: VirtualHost, announcement: Announcement): void {
    if (announcement.event === 'go-live') this.#goLives += 1;
    if (announcement.event === 'failure-detected') this.#checks.suspected(host, announcement.cause);
    this.#supervisor.announced(host, announcement);
  }

  refused(server: string): void {
    this.#refused.add(server);
    this.#refusedMs = this.nowMs;
  }

  printed(host: VirtualHost, output: GuestOutput): void {
    this.#terminal.take(host, output);
  }

  halted(...[host, reason]: Parameters<Witness['halted']>): void {
    this.#checks.halted(host, reason);
  }

  /** A backup that is off: its host ends, or waits for its supervisor. Or the program has ended. */
  ended(host: VirtualHost): void {
    const { end } = host.core.outputs;
    if (end !== null) throw new NotServing(end.exitCode ?? 0);
    if (!this.#plan.settings.supervised) this.#agenda.after(EXIT_MS, () => host.kill(false));
  }

  switchedOff(host: VirtualHost): void {
    this.trace.note(host.name, `is off: ${JSON.stringify(host.off)}`);
    this.#checks.switchedOff(host);
  }

  answered(host: VirtualHost, answer: DeskAnswer): void {
    this.trace.note(host.name, `answers: ${JSON.stringify(answer)}`);
    this.#checks.answered(host, answer);
    if (answer.kind !== 'stopped') return;
    this.#end = 'told';
    this.#supervisor.switchedOff();
  }

  seeking(host: VirtualHost): void {
    this.#supervisor.seek(host);
  }

  gone(host: VirtualHost): void {
    this.trace.note(host.name, 'is gone');
    this.#supervisor.gone(host);
  }

  // The run.

  #start(role: HostRole): VirtualHost {
    const { seed, settings } = this.#plan;
    const host = new VirtualHost(this.#hosts.length + 1, role, {
      seed,
      settings,
      agenda: this.#agenda,
      network: this.#network,
      arbiter: this.#arbiter,
      guest: this.#guest,
      trace: this.trace,
      witness: this,
    });
    this.#hosts.push(host);
    this.#terminal.greet(host);
    return host;
  }

  /** The guest's clock is looked at again and again on the way (I6). */
  #runUntil(untilMs: number): void {
    while (this.nowMs < untilMs) {
      const lookMs = Math.min(untilMs, this.nowMs + LOOK_EVERY_MS);
      while (this.#agenda.next(lookMs));
      this.#lookAtClock();
    }
  }

  #lookAtClock(): void {
    const live = this.#serving();
    // Nobody reads the clock of a host that is stopped.
    const guestMs = live?.process === 'running' ? live.vcpu.guestMs() : null;
    if (live !== undefined && guestMs !== null) this.#checks.clock.seen(live.name, guestMs);
  }

  /** Hosts that hold the machine by right of the arbiter. */
  #candidates(): readonly VirtualHost[] {
    const { record } = this.#arbiter;
    const named = record === null ? ['H1'] : [record.incarnation, ...record.inSync];
    return this.#hosts.filter((host) => host.isAlive && !isOver(host.status) && named.includes(host.name));
  }

  #serving(): VirtualHost | undefined {
    const name = this.#arbiter.record?.incarnation;
    return this.#hosts.find((host) => host.name === name && host.isAlive && isServing(host.status));
  }

  /** Its primary has died, and all that is left of the machine has executed its end. */
  #lookForEnd(): void {
    const { record } = this.#arbiter;
    if (this.#end !== 'none' || record === null) return;
    const holders = this.#hosts.filter(({ name }) => [record.incarnation, ...record.inSync].includes(name));
    const isLeft = holders.some((host) => host.isAlive && !isOver(host.status));
    if (isLeft || !holders.some(({ off, status }) => off !== null && status === 'ended')) return;
    this.#end = 'silent';
    this.#supervisor.switchedOff();
  }

  /**
   * The program asks a server again and again that is refused here, and so
   * has no reason to answer its clients.
   */
  #asksRefused(): boolean {
    return this.nowMs - this.#refusedMs < ASKED_AGAIN_MS;
  }

  /** Why the run is not at its end; null when it is. */
  #unrest(): Unrest | null {
    this.#lookForEnd();
    if (this.#end !== 'none') return null;
    if (this.#candidates().length === 0) {
      this.#isLost = true;
      return null;
    }
    const live = this.#serving();
    const unwell = this.#unwell(live);
    if (unwell !== null) return { of: 'hosts', what: unwell };
    const { waitsFor } = this.#audience;
    if (waitsFor !== null) return waitsFor;
    const held = live?.core.outputs.held.length ?? 0;
    return held > 0 ? { of: 'outputs', what: `${live?.name} still holds ${held} outputs` } : null;
  }

  /** What the live host lacks; null when it lacks nothing. */
  #unwell(live: VirtualHost | undefined): string | null {
    if (live === undefined) return 'nobody is live';
    if (live.off !== null) return `${live.name} is off at ${live.off.position} and does not say so`;
    if (live.front?.isOpen !== true) return `${live.name} is live and its doors are closed`;
    if (live.status !== 'protected') return `${live.name} has no backup: it is ${live.status}`;
    const { record } = this.#arbiter;
    if (record?.epoch !== live.core.epoch)
      return `${live.name} lives in epoch ${live.core.epoch} of ${record?.epoch}`;
    return null;
  }

  #judge(): void {
    const owner = this.#hosts.find(({ name }) => name === this.#arbiter.record?.incarnation);
    if (owner === undefined) return;
    judgeHistory({
      guest: this.#guest,
      history: this.#checks.history,
      owner,
      isLost: this.#isLost,
      isCutShort: this.#end === 'silent' || (this.#end === 'told' && owner.isPowerless),
      lines: this.#terminal.lines,
      operations: this.#audience.operations,
    });
  }
}
