/**
 * `npm run bench`: measures what the project promises in figures, prints a table and writes bench-results.json. Every figure is a median
 * of rounds in which the contestants took turns, so that whatever else the machine was doing met all of them. Exits with 0 also
 * when a target is missed: it measures, tests judge.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureCpuBound } from './cpu-bound.ts';
import { measureFailover } from './failover.ts';
import type { SectionResult } from './figures.ts';
import { measureLogOverhead } from './log-overhead.ts';
import { type BenchOptions, HELP, parseOptions, type Section } from './options.ts';
import { root } from './processes.ts';
import { measureServing } from './serving.ts';
import { describeSurroundings, renderSurroundings } from './surroundings.ts';
import { renderTable } from './table.ts';

const RESULTS = join(root, 'bench-results.json');

const measurements: Readonly<Record<Section, (options: BenchOptions) => Promise<SectionResult>>> = {
  cpu: measureCpuBound,
  failover: measureFailover,
  log: measureLogOverhead,
  serving: measureServing,
};

async function main(options: BenchOptions): Promise<void> {
  // With --json, stdout is for programs.
  const say = options.json ? console.error : console.log;
  const surroundings = describeSurroundings();
  say(`${renderSurroundings(surroundings)}\n${options.rounds} rounds${options.quick ? ', quick' : ''}\n`);
  const startedMs = performance.now();
  const sections: SectionResult[] = [];
  for (const section of options.sections) {
    const result = await measurements[section](options);
    sections.push(result);
    say(`${renderTable([result])}\n`);
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
  console.error(isUsage ? `${error.message}\n\n${HELP}` : error);
  process.exitCode = isUsage ? EXIT_USAGE : 1;
}
