/**
 * What the scenarios of this folder share: one lab and one etcd for a file of tests, a new pair
 * under load for each test, one verdict.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import { until } from '../support/children.ts';
import { Etcd, noEtcd } from '../support/etcd.ts';
import { Cluster, type ClusterOptions, type LabHost } from './cluster.ts';
import { type Lab, openLab } from './lab.ts';
import { Load } from './load.ts';
import { verdictOn } from './verdict.ts';

/** A guard against hanging, on a machine however busy. */
export const GUARD = { timeout: 240_000 } as const;
/**
 * Above anything that a cable does in these tests, and above the pauses of a busy
 * machine: only a closed channel is suspicion.
 */
export const PATIENT = { suspectMs: 15_000 } as const;
/** For silence that has to be noticed. Above what a busy machine does by itself. */
export const ATTENTIVE = { suspectMs: 1_500 } as const;

const CUSTOMERS = 6;
const MEAN_PAUSE_MS = 20;
/** The bank is in use when so many deposits were acknowledged. */
const WARM = 30;
const FINISH_MS = 30_000;

export interface Scene {
  readonly cluster: Cluster;
  readonly load: Load;
  readonly primary: LabHost;
  readonly backup: LabHost;
}

export class Stage {
  readonly lab: Lab;
  readonly etcd: Etcd | undefined;
  readonly directory: string;
  #pairs = 0;

  private constructor(lab: Lab, etcd: Etcd | undefined, directory: string) {
    this.lab = lab;
    this.etcd = etcd;
    this.directory = directory;
  }

  /** A text instead: why there can be none here, which is printed. */
  static async set(): Promise<Stage | string> {
    const opened = await openLab();
    if ('reason' in opened) {
      console.log(`skipped: ${opened.reason}`);
      return opened.reason;
    }
    const { lab } = opened;
    const directory = mkdtempSync(join(tmpdir(), 'tandem-chaos-'));
    mkdirSync(join(directory, 'arbiter'));
    const etcd =
      noEtcd === undefined ? await Etcd.startAt(lab.address('arbiter'), lab.inside('arbiter')) : undefined;
    return new Stage(lab, etcd, directory);
  }

  async strike(): Promise<void> {
    await this.etcd?.end();
    await this.lab.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The etcd if there is one, and else a directory. */
  get arbiter(): string {
    return this.etcd === undefined ? `file:${join(this.directory, 'arbiter')}` : `etcd:${this.etcd.url}`;
  }

  /** A complete pair with customers. */
  async scene(options: Partial<ClusterOptions> = {}): Promise<Scene> {
    const { lab, directory, arbiter } = this;
    const cluster = new Cluster({ lab, directory, arbiter, ...options });
    onTestFinished(() => cluster.end());
    onTestFailed(() => keepLogs(cluster));
    const { primary, backup } = await cluster.startPair();
    this.#pairs += 1;
    const load = new Load({
      doors: cluster.doors,
      customers: CUSTOMERS,
      seed: this.#pairs,
      meanPauseMs: MEAN_PAUSE_MS,
    });
    load.start();
    onTestFinished(() => load.abandon());
    await moreDeposits(load, WARM);
    return { cluster, load, primary, backup };
  }

  /** A directory of its own. */
  folder(name: string): string {
    const path = join(this.directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  }
}

/** What the hosts of a failed test have said. */
function keepLogs(cluster: Cluster): void {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-chaos-logs-'));
  for (const { name, text } of cluster.logs) writeFileSync(join(directory, name), text);
  console.log(`the hosts' logs are in ${directory}`);
}

export async function moreDeposits(load: Load, count: number): Promise<void> {
  const enough = load.acknowledged + count;
  await until(`${count} more deposits`, () => load.acknowledged >= enough);
}

/** The customers come to an end, and nothing that they or the hosts have said is wrong. */
export async function expectKept({ cluster, load }: Pick<Scene, 'cluster' | 'load'>): Promise<void> {
  expect(await load.finish(FINISH_MS), 'every customer is answered').toBe(true);
  expect([...load.problems, ...verdictOn(cluster.hosts, load.history)]).toEqual([]);
}

/**
 * Of two hosts one has halted, because another is live. A spare that was taken
 * begins anew then; the first primary ends.
 */
export async function loserOf(one: LabHost, other: LabHost): Promise<{ winner: LabHost; loser: LabHost }> {
  const loser = await Promise.race([one, other].map((host) => host.says(/tandem: halted/).then(() => host)));
  return { loser, winner: loser === one ? other : one };
}
