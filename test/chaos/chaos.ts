/**
 * Random faults, one after the other, on a primary, its backup and a spare under checked customers
 * (after Jepsen's nemesis). Between two faults everything is mended, and where a host has died one is
 * started as a spare: who is live, and who follows it, they find out by themselves. What does not become
 * whole again has broken its promise, too (I8). Then both machines are compared; at the end they are
 * switched off and compared once more.
 */
import { performance } from 'node:perf_hooks';
import { pause } from '../support/children.ts';
import type { Etcd } from '../support/etcd.ts';
import { Cluster, type LabHost, type Trio } from './cluster.ts';
import { compare, switchOff } from './equality.ts';
import { faults } from './faults.ts';
import { HOST_NODES, type Lab } from './lab.ts';
import { Load } from './load.ts';
import { type ArbiterKind, planFrom, type Step, stepText } from './plan.ts';
import type { SmallDisk } from './small-disk.ts';
import { Tally } from './tally.ts';
import { strangeEnds, verdictOn } from './verdict.ts';

export interface ChaosOptions {
  readonly lab: Lab;
  readonly directory: string;
  readonly seed: number;
  readonly arbiter: string;
  readonly etcd: Etcd | undefined;
  readonly disk: SmallDisk | undefined;
  /** No fault is begun after either. */
  readonly minutes: number;
  readonly steps: number;
  readonly print: (line: string) => void;
}

export interface ChaosVerdict {
  readonly steps: number;
  readonly deposits: number;
  readonly figures: readonly string[];
  readonly complaints: readonly string[];
  readonly logs: Cluster['logs'];
}

const CUSTOMERS = 6;
/** Keys are kept for a day, so no run may make more of them than the reply cache holds. */
const DEPOSITS_AT_MOST = 20_000;
const PAUSE_AT_LEAST_MS = 20;
/**
 * From a mended world to a complete pair and a spare, and to the next deposits. Far more than it
 * takes: only what never comes is meant.
 */
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 20;
const DEPOSITS_AFTER_FAULT = 6;
const TOLD =
  /suspected|live in epoch|going on without|halted:|redundant|waiting for the arbiter|withdrawn|cannot|coming back|switched off/;

export class Chaos {
  readonly #options: ChaosOptions;
  readonly #cluster: Cluster;
  readonly #load: Load;
  readonly #tally = new Tally();
  readonly #startedMs = performance.now();
  /** Lines of each host that the timeline has. */
  readonly #read = new Map<LabHost, number>();

  constructor(options: ChaosOptions) {
    const { lab, directory, arbiter, seed, minutes } = options;
    this.#options = options;
    this.#cluster = new Cluster({ lab, directory, arbiter, slowWires: true, nodes: HOST_NODES });
    const meanPauseMs = Math.max(PAUSE_AT_LEAST_MS, (minutes * 60_000 * CUSTOMERS) / (2 * DEPOSITS_AT_MOST));
    this.#load = new Load({ doors: this.#cluster.doors, customers: CUSTOMERS, seed, meanPauseMs });
  }

  async run(): Promise<ChaosVerdict> {
    const { seed, lab, etcd, minutes, steps } = this.#options;
    const kind: ArbiterKind = etcd === undefined ? 'file' : 'etcd';
    await this.#cluster.startPair();
    this.#load.start();
    let done = 0;
    let complaints: readonly string[] = [];
    for (const step of planFrom(seed, { arbiter: kind, loss: lab.canLose })) {
      const isOver = performance.now() - this.#startedMs > minutes * 60_000 || step.number > steps;
      if (isOver || complaints.length > 0) break;
      complaints = await this.#step(step);
      done = step.number;
    }
    if (!(await this.#load.finish(PATIENCE_MS)))
      complaints = [...complaints, 'a customer was never answered'];
    if (complaints.length === 0) complaints = await this.#switchOff();
    complaints = [...new Set([...complaints, ...this.#verdict()])];
    const { hosts, logs } = this.#cluster;
    const figures = this.#tally.lines(hosts);
    return { steps: done, deposits: this.#load.acknowledged, figures, complaints, logs };
  }

  async end(): Promise<void> {
    await this.#load.abandon();
    await this.#cluster.end();
  }

  async #step(step: Step): Promise<readonly string[]> {
    const { lab, etcd, disk } = this.#options;
    await pause(step.calmMs);
    const trio = await this.#whole();
    if (typeof trio === 'string') return [trio];
    const { primary, backup, spare } = trio;
    this.#say(
      `${step.number}: ${stepText(step)} (${primary.name} is live, ${backup.name} follows, ${spare.name} waits)`,
    );
    try {
      const met = await faults[step.fault]({ cluster: this.#cluster, lab, ...trio, etcd, disk }, step);
      if (met !== undefined) this.#say(`   ${met}`);
      this.#tally.add(step.fault, met);
    } catch (error) {
      return [`in the middle of it: ${error instanceof Error ? error.message : error}`];
    }
    const difference = await this.#compare();
    if (difference !== undefined) return [difference];
    const enough = this.#load.acknowledged + DEPOSITS_AFTER_FAULT;
    const isServing = await this.#waitFor(() => this.#load.acknowledged >= enough);
    this.#tell();
    return isServing ? this.#verdict() : ['nothing is missing, and no deposit is acknowledged'];
  }

  /** Starts what has died until nothing is missing; a text when that does not come about. */
  async #whole(): Promise<Trio | string> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (performance.now() < deadlineMs) {
      const { trio } = this.#cluster;
      if (trio !== undefined) {
        this.#tell();
        return trio;
      }
      const [strange] = strangeEnds(this.#cluster.hosts);
      if (strange !== undefined) return strange;
      await this.#cluster.startMissing();
      await pause(LOOK_EVERY_MS);
      this.#tell();
    }
    const states = this.#cluster.hosts.filter(({ isAlive }) => isAlive);
    return `something is still missing: ${states.map(({ name, status }) => `${name} ${status?.status}`).join(', ')}`;
  }

  /** The state hashes of a pair that is complete; a text when they differ, or cannot be had. */
  async #compare(): Promise<string | undefined> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    let reason = 'nothing was asked';
    while (performance.now() < deadlineMs) {
      const trio = await this.#whole();
      if (typeof trio === 'string') return trio;
      const found = await compare(this.#cluster, trio.primary, trio.backup);
      if (found.kind === 'different') return found.complaint;
      if (found.kind === 'equal') {
        this.#tally.hashesEqual += 1;
        this.#say(`   both machines are the same at position ${found.position}`);
        return undefined;
      }
      reason = found.reason;
      await pause(LOOK_EVERY_MS);
    }
    return `the state hashes could not be compared: ${reason}`;
  }

  async #switchOff(): Promise<readonly string[]> {
    const trio = await this.#whole();
    if (typeof trio === 'string') return [trio];
    const { position, complaints } = await switchOff(this.#cluster, trio.primary);
    this.#tell();
    if (complaints.length === 0) {
      this.#tally.hashesEqual += 1;
      this.#say(`switched off: both machines ended at position ${position} with one state hash`);
    }
    return complaints;
  }

  async #waitFor(holds: () => boolean): Promise<boolean> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!holds() && performance.now() < deadlineMs) await pause(LOOK_EVERY_MS);
    return holds();
  }

  #verdict(): readonly string[] {
    return [...this.#load.problems, ...verdictOn(this.#cluster.hosts, this.#load.history)];
  }

  /** What the hosts have said since, for the timeline. */
  #tell(): void {
    const told = this.#cluster.hosts.flatMap((host) => {
      const from = this.#read.get(host) ?? 0;
      this.#read.set(host, host.now);
      // Status lines say the same in other words.
      const news = host.child.stderr.all
        .slice(from)
        .filter(({ text }) => TOLD.test(text) && !/ \| /.test(text));
      return news.map(({ atMs, text }) => ({ atMs, text: `${host.name}: ${text.replace(/^tandem: /, '')}` }));
    });
    told.sort((one, other) => one.atMs - other.atMs);
    for (const { atMs, text } of told) this.#say(`   ${text}`, atMs);
  }

  #say(text: string, atMs = performance.now()): void {
    const seconds = ((atMs - this.#startedMs) / 1_000).toFixed(1).padStart(7);
    this.#options.print(`${seconds}s  ${text}`);
  }
}
