/**
 * Random faults, one after the other, on a pair under checked customers (after Jepsen's nemesis). Between two faults everything is mended, a new backup
 * joins whoever is live, and the customers go on: a pair that does not become complete again has broken its promise, too (I8).
 */
import { performance } from 'node:perf_hooks';
import { pause } from '../support/children.ts';
import type { Etcd } from '../support/etcd.ts';
import { Cluster, type LabHost } from './cluster.ts';
import { faults } from './faults.ts';
import type { Lab } from './lab.ts';
import { Load } from './load.ts';
import { type ArbiterKind, planFrom, type Step, stepText } from './plan.ts';
import type { SmallDisk } from './small-disk.ts';
import { verdictOn } from './verdict.ts';

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
  readonly complaints: readonly string[];
  readonly logs: Cluster['logs'];
}

const CUSTOMERS = 6;
/** Keys are kept for a day, so no run may make more of them than the reply cache holds. */
const DEPOSITS_AT_MOST = 20_000;
const PAUSE_AT_LEAST_MS = 20;
/** From a mended world to a complete pair, and to the next deposits. Far more than it takes: only what never comes is meant. */
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 20;
const DEPOSITS_AFTER_FAULT = 6;
const TOLD =
  /suspected|live in epoch|going on without|halted:|redundant|waiting for the arbiter|withdrawn|cannot/;

export class Chaos {
  readonly #options: ChaosOptions;
  readonly #cluster: Cluster;
  readonly #load: Load;
  readonly #startedMs = performance.now();
  /** Lines of each host that the timeline has. */
  readonly #read = new Map<LabHost, number>();

  constructor(options: ChaosOptions) {
    const { lab, directory, arbiter, seed, minutes } = options;
    this.#options = options;
    this.#cluster = new Cluster({ lab, directory, arbiter, slowWires: true });
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
    complaints = [...new Set([...complaints, ...this.#verdict()])];
    return { steps: done, deposits: this.#load.acknowledged, complaints, logs: this.#cluster.logs };
  }

  async end(): Promise<void> {
    await this.#load.abandon();
    await this.#cluster.end();
  }

  async #step(step: Step): Promise<readonly string[]> {
    const { lab, etcd, disk } = this.#options;
    const pair = await this.#complete();
    if (typeof pair === 'string') return [pair];
    await pause(step.calmMs);
    this.#say(
      `${step.number}: ${stepText(step)} (${pair.primary.name} is live, ${pair.backup.name} follows)`,
    );
    await faults[step.fault]({ cluster: this.#cluster, lab, ...pair, etcd, disk }, step);
    const after = await this.#complete();
    if (typeof after === 'string') return [after];
    const enough = this.#load.acknowledged + DEPOSITS_AFTER_FAULT;
    const isServing = await this.#waitFor(() => this.#load.acknowledged >= enough);
    this.#tell();
    return isServing ? this.#verdict() : ['the pair is complete, and no deposit is acknowledged'];
  }

  /** Brings in new backups until there is one in sync; a text when that does not come about. */
  async #complete(): Promise<{ readonly primary: LabHost; readonly backup: LabHost } | string> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (performance.now() < deadlineMs) {
      const alive = this.#cluster.hosts.filter(({ isAlive }) => isAlive);
      const [primary] = alive.filter(({ isServing }) => isServing);
      const [backup, ...more] = alive.filter((host) => host !== primary);
      if (alive.length === 0) return 'no host is left';
      if (primary?.status?.status === 'protected' && backup?.isFollowing && more.length === 0) {
        this.#tell();
        return { primary, backup };
      }
      if (primary?.status?.status === 'solo' && backup === undefined) {
        await this.#cluster.startBackup(this.#cluster.freeNode ?? 'h1', primary);
      }
      await pause(LOOK_EVERY_MS);
      this.#tell();
    }
    const states = this.#cluster.hosts.filter(({ isAlive }) => isAlive);
    return `the pair is not complete again: ${states.map(({ name, status }) => `${name} ${status?.status}`).join(', ')}`;
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
