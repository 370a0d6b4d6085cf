/** The command line of the benchmark. */
import { parseArgs } from 'node:util';

/** In the order in which they are measured. */
export const SECTIONS = ['cpu', 'failover', 'log', 'serving'] as const;
export type Section = (typeof SECTIONS)[number];

export interface BenchOptions {
  /** Interleaved rounds of each measurement. */
  readonly rounds: number;
  readonly quick: boolean;
  readonly json: boolean;
  readonly sections: readonly Section[];
}

export const HELP = `npm run bench -- [--quick] [--rounds N] [--only cpu,failover,log,serving] [--json]

  --quick     everything once, in under a minute: a look, not a measurement
  --rounds N  interleaved rounds of each measurement (default 5; with --quick 1); N * 4 kills
  --only      some sections
  --json      the results as JSON on stdout, the table on stderr

Writes bench-results.json. What is measured and how: test/bench/README.md`;

/** Undefined: help was asked for. Throws an Error that says what is wrong. */
export function parseOptions(words: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1_000) {
    throw new Error(`--rounds ${values.rounds}: a whole number from 1 to 1000`);
  }
  return { rounds, quick: values.quick, json: values.json, sections: sectionsOf(values.only) };
}

function sectionsOf(only: string | undefined): readonly Section[] {
  if (only === undefined) return SECTIONS;
  const wanted = only.split(',');
  const unknown = wanted.find((name) => !SECTIONS.some((section) => section === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${SECTIONS.join(', ')}`);
  return SECTIONS.filter((section) => wanted.includes(section));
}
