/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

/** In the order in which they are measured. */
export const SECTIONS = [
  'cpu',
  'table1',
  'table2',
  'serving',
  'hash',
  'failover',
  'silence',
  'clone',
  'machine',
  'log',
] as const;
/** What most people look for. */
const QUICK_SECTIONS: readonly Section[] = ['cpu', 'table2', 'serving', 'failover', 'log'];
/** `peers` needs what is not in the project. */
export type Section = (typeof SECTIONS)[number] | 'peers';

export interface BenchOptions {
  /** Interleaved rounds of each measurement. */
  readonly rounds: number;
  readonly quick: boolean;
  readonly json: boolean;
  readonly sections: readonly Section[];
}

export const HELP = `npm run bench -- [--quick] [--rounds N] [--only ${SECTIONS.join(',')}] [--peers] [--json]

  --quick     ${QUICK_SECTIONS.join(', ')} once, in less than a minute: a look, not a measurement
  --rounds N  interleaved rounds of each measurement (default 5; with --quick 1); N * 4 losses of a primary
  --only      some sections
  --peers     instead: the deposit service beside Redis, PostgreSQL, NATS, etcd and Restate, by the harness that TANDEM_PEERS names
  --json      the results as JSON on stdout, the table on stderr

Writes bench-results.json. What is measured and how: test/bench/README.md`;

const DEFAULT_ROUNDS = 5;
/** The harness takes minutes for a round. */
const DEFAULT_PEER_ROUNDS = 3;

/** Undefined: help was asked for. Throws an Error that says what is wrong. */
export function parseOptions(words: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      peers: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const fallback = values.quick ? 1 : values.peers ? DEFAULT_PEER_ROUNDS : DEFAULT_ROUNDS;
  const rounds = Number(values.rounds ?? fallback);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1_000) {
    throw new Error(`--rounds ${values.rounds}: a whole number from 1 to 1000`);
  }
  if (values.peers && values.only !== undefined)
    throw new Error('--peers is measured by itself, without --only');
  const sections = values.peers ? (['peers'] as const) : sectionsOf(values.only, values.quick);
  return { rounds, quick: values.quick, json: values.json, sections };
}

function sectionsOf(only: string | undefined, quick: boolean): readonly Section[] {
  if (only === undefined) return quick ? QUICK_SECTIONS : SECTIONS;
  const wanted = only.split(',');
  const unknown = wanted.find((name) => !SECTIONS.some((section) => section === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${SECTIONS.join(', ')}`);
  return SECTIONS.filter((section) => wanted.includes(section));
}
