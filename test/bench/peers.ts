/**
 * Tandem beside what a user would pick instead, on the same deposit service: run by a harness that is not
 * part of this project and that starts Tandem as anybody would. TANDEM_PEERS names its folder, with its
 * packages and the peers' daemons installed; here its results become figures.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, figure, type SectionResult } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { root } from './processes.ts';

/** The message is one line that says how to get what is missing. */
export class PeersMissing extends Error {
  constructor() {
    super(
      'the harness for peers is not part of Tandem: TANDEM_PEERS must name a writable folder with peers.mjs, its daemons installed as its README says and `npm ci --ignore-scripts` done there',
    );
  }
}

const CONNECTIONS = [1, 16, 64] as const;
const SECONDS = { full: 8, quick: 2 };
/** Without fault tolerance: shown, not competed with. */
const CEILINGS: readonly string[] = ['node-plain', 'quickjs-plain'];
const OURS = 'tandem';
const FASTEST_PEER = 'redis-wait';

/** Lines of the harness' results that are read here. */
interface Load {
  readonly kind: 'load';
  readonly contestant: string;
  readonly round: number;
  readonly connections: number;
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuPer1000: number;
  readonly otherCores: number;
}
interface Failover {
  readonly kind: 'failover';
  readonly contestant: string;
  readonly round: number;
  readonly recovered: boolean;
  readonly gap: number;
  readonly missing?: number;
}
interface Books {
  readonly kind: 'books';
  readonly contestant: string;
  readonly right: boolean;
}
interface Failed {
  readonly kind: 'failed';
  readonly contestant: string;
  readonly error: string;
}
export type PeerRecord = Load | Failover | Books | Failed;

export async function measurePeers({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const folder = process.env['TANDEM_PEERS'] ?? '';
  if (folder === '' || !existsSync(join(folder, 'peers.mjs'))) throw new PeersMissing();
  const results = mkdtempSync(join(tmpdir(), 'tandem-peers-'));
  const out = join(results, 'results.jsonl');
  try {
    const words = ['--rounds', String(rounds), '--connections', CONNECTIONS.join(',')];
    const seconds = ['--seconds', String(quick ? SECONDS.quick : SECONDS.full)];
    const files = ['--out', out, '--table', join(results, 'results.md')];
    await runHarness(folder, [...words, ...seconds, ...files]);
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    return resultOf(lines.map((line) => JSON.parse(line) as PeerRecord));
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

/**
 * Its progress goes to stderr, as stdout may be for programs. Words of
 * its own come from TANDEM_PEERS_OPTIONS.
 */
function runHarness(folder: string, words: readonly string[]): Promise<void> {
  const more = (process.env['TANDEM_PEERS_OPTIONS'] ?? '').split(' ').filter((word) => word !== '');
  const child = spawn(process.execPath, [join(folder, 'peers.mjs'), ...words, ...more], {
    cwd: folder,
    env: { ...process.env, TANDEM_HOME: root },
    stdio: ['ignore', 2, 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the peers' harness ended with code ${code}`));
    });
  });
}

export function resultOf(records: readonly PeerRecord[]): SectionResult {
  const loads = records.filter((one) => one.kind === 'load');
  const failovers = records.filter((one) => one.kind === 'failover');
  const failed = records.filter((one) => one.kind === 'failed');
  const names = [...new Set(loads.map(({ contestant }) => contestant))];
  const peers = names.filter((name) => name !== OURS && !CEILINGS.includes(name));
  const wrong = records
    .filter((one) => one.kind === 'books' && !one.right)
    .map(({ contestant }) => contestant);
  return {
    title: 'The deposit service, beside what a user would pick instead',
    figures: [
      ...targets(loads, failovers, peers),
      ...names.flatMap((name) => figuresOf(name, loads, failovers)),
    ],
    notes: [
      'measured by the harness that TANDEM_PEERS names, with autocannon; CPU of all processes of a contestant',
      wrong.length === 0 ? 'the books were right after every load' : `BOOKS WRONG: ${wrong.join(', ')}`,
      ...failed.map(({ contestant, error }) => `failed: ${contestant}: ${error.split('\n')[0]}`),
      ...failovers
        .filter(({ recovered, missing = 0 }) => !recovered || missing > 0)
        .map((one) => `${one.contestant} lost ${one.missing ?? 'its service'} after the kill`),
    ],
    detail: records,
  };
}

/** A figure against a peer needs both in the same round; without it there is no verdict. */
function targets(
  loads: readonly Load[],
  failovers: readonly Failover[],
  peers: readonly string[],
): readonly Figure[] {
  const of = (contestant: string, connections: number, round: number): Load | undefined =>
    loads.find(
      (one) => one.contestant === contestant && one.connections === connections && one.round === round,
    );
  const against = (connections: number, ratio: (ours: Load, peer: Load) => number, peer: string): number[] =>
    loads
      .filter((one) => one.contestant === OURS && one.connections === connections)
      .flatMap((ours) => {
        const other = of(peer, connections, ours.round);
        return other === undefined ? [] : [ratio(ours, other)];
      });
  const row = (name: string, samples: readonly number[], target: Figure['target']): readonly Figure[] =>
    samples.length === 0 ? [] : [figure(name, 'ratio', samples, target)];
  const rate = (ours: Load, peer: Load): number => ours.rps / peer.rps;
  const gaps = failovers.filter(({ contestant }) => contestant === OURS).map(({ gap }) => gap);
  return [
    ...row(
      "p50 at 1 connection, against Redis's",
      against(1, (ours, peer) => ours.p50 / peer.p50, FASTEST_PEER),
      { bound: 'below', value: 1 },
    ),
    ...(gaps.length === 0
      ? []
      : [figure('longest gap at a kill of the primary', 'ms', gaps, { bound: 'below', value: 50 })]),
    ...row("req/s at 64 connections, against Redis's", against(64, rate, FASTEST_PEER), {
      bound: 'at-least',
      value: 0.6,
    }),
    ...peers
      .filter((name) => name !== FASTEST_PEER)
      .flatMap((name) =>
        row(`req/s at 64 connections, against ${name}`, against(64, rate, name), {
          bound: 'at-least',
          value: 1,
        }),
      ),
  ];
}

function figuresOf(name: string, loads: readonly Load[], failovers: readonly Failover[]): readonly Figure[] {
  const gaps = failovers.filter(({ contestant }) => contestant === name).map(({ gap }) => gap);
  return [
    ...CONNECTIONS.flatMap((connections) => {
      const own = loads.filter((one) => one.contestant === name && one.connections === connections);
      if (own.length === 0) return [];
      const row = (
        what: string,
        unit: 'req/s' | 'ms' | 's' | 'cores',
        value: (one: Load) => number,
      ): Figure => figure(`${name}, ${connections}: ${what}`, unit, own.map(value));
      return [
        row('throughput', 'req/s', ({ rps }) => rps),
        row('p50', 'ms', ({ p50 }) => p50),
        row('p99', 'ms', ({ p99 }) => p99),
        row('CPU seconds per 1,000 requests', 's', ({ cpuPer1000 }) => cpuPer1000),
        row('used by others meanwhile', 'cores', ({ otherCores }) => otherCores),
      ];
    }),
    ...(gaps.length === 0 ? [] : [figure(`${name}: longest gap at a kill`, 'ms', gaps)]),
  ];
}
