/**
 * `npm run bench`: measures what the project promises in figures, prints a table and writes
 * bench-results.json. Every figure is a median of rounds in which the contestants took turns,
 * so that whatever else the machine was doing met all of them. Exits with 0 also when a target
 * is missed: it measures, tests judge.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureClone } from './clone.ts';
import { measureCpuBound } from './cpu-bound.ts';
import { measureFailover, measureSilence } from './failover.ts';
import type { SectionResult } from './figures.ts';
import { measureHashing } from './hashing.ts';
import { measureLogOverhead } from './log-overhead.ts';
import { measureMachine } from './machine.ts';
import { type BenchOptions, HELP, parseOptions, type Section } from './options.ts';
import { measurePeers, PeersMissing } from './peers.ts';
import { root } from './processes.ts';
import { measureServing } from './serving.ts';
import { describeSurroundings, renderSurroundings } from './surroundings.ts';
import { renderTable } from './table.ts';
import { measureTableOne } from './table-one.ts';
import { measureTableTwo } from './table-two.ts';

const RESULTS = join(root, 'bench-results.json');

const measurements: Readonly<Record<Section, (options: BenchOptions) => Promise<SectionResult>>> = {
  cpu: measureCpuBound,
  table1: measureTableOne,
  table2: measureTableTwo,
  serving: measureServing,
  hash: measureHashing,
  failover: measureFailover,
  silence: measureSilence,
  clone: measureClone,
  machine: measureMachine,
  log: measureLogOverhead,
  peers: measurePeers,
};

async function main(options: BenchOptions): Promise<void> {
  // With --json, stdout is for programs.
  const say = options.json ? console.error : console.log;
  const surroundings = describeSurroundings();
  say(`${renderSurroundings(surroundings)}\n${options.rounds} rounds${options.quick ? ', quick' : ''}\n`);
  const startedMs = performance.now();
  const sections: SectionResult[] = [];
  for (const section of options.sections) {
    const sectionStartedMs = performance.now();
    const result = await measurements[section](options);
    const seconds = Math.round((performance.now() - sectionStartedMs) / 1_000);
    sections.push(result);
    say(`${renderTable([result])}\n\n(${section}: ${seconds} s)\n`);
  }
  const { rounds, quick } = options;
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const results = `${JSON.stringify({ surroundings, rounds, quick, seconds, sections }, null, 2)}\n`;
  writeFileSync(RESULTS, results);
  if (options.json) process.stdout.write(results);
  const figures = sections.flatMap((section) => section.figures);
  const missed = figures.filter(({ met }) => met === false).map(({ name }) => name);
  const judged = figures.filter(({ met }) => met !== undefined).length;
  say(
    `${judged - missed.length} of ${judged} targets met${missed.length > 0 ? `; missed: ${missed.join('; ')}` : ''}`,
  );
  say(`${seconds} s; all samples are in bench-results.json`);
}

const EXIT_USAGE = 2;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) console.log(HELP);
  else await main(options);
} catch (error) {
  const isUsage = error instanceof Error && (error.message.startsWith('--') || 'code' in error);
  const isMissing = error instanceof PeersMissing;
  console.error(isUsage ? `${error.message}\n\n${HELP}` : isMissing ? error.message : error);
  // At once: whatever the section has started would keep this process alive, and ends with it.
  process.exit(isUsage || isMissing ? EXIT_USAGE : 1);
}
