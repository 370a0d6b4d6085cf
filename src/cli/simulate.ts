/** `tandem simulate`: the whole protocol, or a program on it, under faults drawn from a seed. */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { messageOf, TandemError } from '../base/errors.ts';
import type { CampaignResult, Failure } from '../simulator/campaign.ts';
import type { Workload } from '../simulator/draw.ts';
import type { Guest } from '../simulator/guest/guest.ts';
import type { Plan } from '../simulator/plan.ts';
import type { Done } from './command.ts';
import { allowNetOption, jsonOption, parseRuns, parseSeed } from './options.ts';
import { SimulateOutput } from './simulate-output.ts';
import { checkGuest, readPlan } from './simulate-plan.ts';

interface Flags {
  readonly seed?: number;
  readonly runs?: number;
  readonly plan?: string;
  readonly machine?: 'scripted' | 'quickjs';
  readonly workload?: string;
  readonly allowNet: readonly string[];
  readonly trace?: true;
  readonly json?: true;
}

export function simulateCommand(done: Done): Command {
  return new Command('simulate')
    .summary('the protocol, or a program on it, under seeded faults')
    .description(
      'Plays whole clusters in virtual time: hosts, network, arbiter, clocks and clients, with faults ' +
        'drawn from a seed: crashes, stopped processes, partitions, broken connections, slow hosts, jumping ' +
        'clocks, lost answers. Every step is checked against the invariants of src/README.md. The same seed ' +
        'plays the same run, byte for byte. Without a program a small scripted guest runs, thousands of ' +
        'times a minute. With one, the real machine runs it.',
    )
    .argument('[program]', 'a JavaScript or TypeScript module with a fetch handler')
    .addOption(
      new Option('--seed <n>', 'the first seed (default: a fresh one, which is printed)').argParser(
        parseSeed,
      ),
    )
    .addOption(
      new Option(
        '--runs <n>',
        'so many seeds, one after the other (default: 1 with --seed, else 1000, or 100 of a program)',
      ).argParser(parseRuns),
    )
    .addOption(
      new Option(
        '--plan <file>',
        'play a plan that was saved, or the one in a failure as --json prints it, instead of a seed',
      ).conflicts(['seed', 'runs']),
    )
    .addOption(new Option('--machine <kind>', 'what executes the guest').choices(['scripted', 'quickjs']))
    .addOption(
      new Option(
        '--workload <file>',
        'what clients ask of the program (default: GET /, or PROGRAM.workload.json)',
      ),
    )
    .addOption(allowNetOption())
    .option('--trace', 'print what happened in the last run')
    .addOption(jsonOption('one JSON object a line: failure with its plans, then end with the table of hits'))
    .addHelpText('after', HELP)
    .action(async (program: string | undefined, flags: Flags) => done(await simulateSeeds(program, flags)));
}

const HELP = `
Examples:
  tandem simulate                                     a thousand schedules of the protocol
  tandem simulate --seed 8123 --trace                 one seed again, with everything that happened in it
  tandem simulate guest-programs/bank.js --runs 200   does this program keep its promises across failovers?
  tandem simulate app.js --workload app.workload.json

A workload is {"requests": [{"method", "target", "body", "keyed", "weight",
"account"}, …]}, and may have clients with WebSockets ("sockets") and readers of
event streams ("events"): see test/README.md. A failure prints its seed, the
command that plays it again, and the smallest plan that still fails. There is no
network: servers that --allow-net names answer each fetch with an empty 200,
others are refused. A program that asks a refused one for ever need not answer
its clients; the last lines say so, and the rest is checked as always. Exit
code: 0 when every invariant held, 1 when one broke, 2 for wrong usage. Ctrl-C
ends it with what was found so far.`;

/** Failures after which a campaign ends: more of them are rarely news. */
const FAILURES_AT_MOST = 3;
const DEFAULT_RUNS = 1_000;
/** Of a program on the real machine, which takes longer. */
const DEFAULT_PROGRAM_RUNS = 100;
const DEFAULT_PROGRAM = fileURLToPath(new URL('../../guest-programs/bank.js', import.meta.url));
const SEEDS = 2 ** 32;

interface Subject {
  readonly name: string;
  guestOf(plan: Plan): Guest;
  readonly workload: Workload | undefined;
}

async function simulateSeeds(program: string | undefined, flags: Flags): Promise<number> {
  const saved = flags.plan === undefined ? null : readPlan(flags.plan);
  const isScripted = program === undefined && flags.machine !== 'quickjs';
  if (saved !== null) checkGuest(saved, flags.plan ?? '', isScripted);
  const subject = await subjectOf(program, flags);
  const { drawPlan } = await import('../simulator/draw.ts');
  const { runCampaign } = await import('../simulator/campaign.ts');
  const firstSeed = saved?.plan.seed ?? flags.seed ?? randomInt(SEEDS);
  const many = subject.workload === undefined ? DEFAULT_RUNS : DEFAULT_PROGRAM_RUNS;
  const runs = saved === null ? (flags.runs ?? (flags.seed === undefined ? many : 1)) : 1;
  let isStopAsked = false;
  const stop = (): void => {
    isStopAsked = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // Whoever read our lines has gone.
  process.stdout.once('error', stop).on('error', () => {});
  const { workload, allowNet, plan } = flags;
  const [json, trace] = [flags.json === true, flags.trace === true];
  const output = new SimulateOutput({ json, program, workload, allowNet, plan, trace });
  output.begin(subject.name, firstSeed, runs);
  const campaign = runCampaign({
    firstSeed,
    runs,
    draw: (seed) => saved?.plan ?? drawPlan(seed, subject.workload),
    guestOf: (plan) => subject.guestOf(plan),
    isStopAsked: () => isStopAsked,
    failuresAtMost: FAILURES_AT_MOST,
  });
  const result = await playAll(campaign, output, () => isStopAsked);
  process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  output.end(result, isStopAsked);
  return result.failures.length === 0 ? 0 : 1;
}

/** Signals are heard between two runs. */
async function playAll(
  campaign: Generator<Failure | null, CampaignResult, void>,
  output: SimulateOutput,
  isStopAsked: () => boolean,
): Promise<CampaignResult> {
  for (let next = campaign.next(); ; next = campaign.next()) {
    if (next.done === true) return next.value;
    if (next.value !== null) output.failure(next.value);
    output.progress();
    if (!isStopAsked()) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function subjectOf(program: string | undefined, flags: Flags): Promise<Subject> {
  if (program === undefined && flags.workload !== undefined) {
    throw new TandemError('WORKLOAD', '--workload is for a program', 'name the program, too', 2);
  }
  if (program === undefined && flags.machine !== 'quickjs') {
    const { scriptedGuest } = await import('../simulator/guest/scripted-guest.ts');
    return {
      name: 'scripted guest',
      guestOf: ({ settings }) => scriptedGuest(settings.pollMs),
      workload: undefined,
    };
  }
  if (flags.machine === 'scripted') {
    throw new TandemError(
      'MACHINE',
      'a scripted machine runs no program',
      'leave --machine or the program out',
      2,
    );
  }
  return programOf(program ?? DEFAULT_PROGRAM, flags);
}

/** The real machine with the user's program, and what clients ask of it. */
async function programOf(program: string, { workload, allowNet }: Flags): Promise<Subject> {
  const [{ bundleGuest }, { loadKernel }, { guestsOf }, workloads] = await Promise.all([
    import('../host/guest/bundle.ts'),
    import('../machine/kernel-source.ts'),
    import('./simulated-program.ts'),
    import('../simulator/workload.ts'),
  ]);
  const bundle = await bundleGuest(program);
  if (!bundle.mayServe) {
    const mend = 'name one with export default { fetch(request) { … } }';
    throw new TandemError('NOT_SERVING', `${program} serves no requests`, mend, 2);
  }
  const guestOf = guestsOf({ kernel: loadKernel(), guest: bundle, allowNet });
  const beside = program.replace(/\.[^./]+$/, '.workload.json');
  const file = workload ?? (existsSync(beside) ? beside : undefined);
  const text = file === undefined ? workloads.GENERIC_WORKLOAD : readText(file);
  const parsed = workloads.parseWorkload(file ?? 'the generic workload', text);
  return { name: `${program} on the real machine`, guestOf, workload: parsed };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = messageOf(error);
    throw new TandemError('WORKLOAD', `cannot read the workload: ${reason}`, 'name a file of JSON', 2);
  }
}
