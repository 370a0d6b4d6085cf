/** `tandem demo`: the whole idea in ten seconds, on real processes with a real SIGKILL. */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { CliEnvironment, Done } from './command.ts';
import { jsonOption } from './options.ts';

export function demoCommand(environment: CliEnvironment, done: Done): Command {
  return new Command('demo')
    .summary('the story in the terminal: run, load, kill -9, go on, count')
    .description(
      'Starts a pair, lets clients work, kills the primary with SIGKILL, shows the backup taking over, ' +
        'and counts. Exit code 0 only if every statement it makes was true.',
    )
    .addOption(jsonOption('one JSON object a line: facts, checks, and a verdict at the end'))
    .addHelpText(
      'after',
      '\nExamples:\n  tandem demo\n  tandem demo --json | jq -r \'select(.name == "check")\'',
    )
    .action(async (flags: { readonly json?: true }) => done(await demo(flags.json === true, environment)));
}

async function demo(json: boolean, environment: CliEnvironment): Promise<number> {
  const [{ DemoRun }, { Narrator }, { tellStory }] = await Promise.all([
    import('./demo-run.ts'),
    import('./demo-narrator.ts'),
    import('./demo-story.ts'),
  ]);
  const startedMs = performance.now();
  const narrator = new Narrator(json);
  narrator.text(
    'Tandem: a program that survives the death of its machine.',
    'After VMware FT (Scales, Nelson, Venkitachalam, 2010); § numbers are the paper’s.',
  );
  const bank = fileURLToPath(new URL('../../guest-programs/bank.js', import.meta.url));
  const run = new DemoRun(environment.hostCommand, bank);
  // Ctrl-C: the run is in our process group, hears it too, and stops by itself; its end ends the story.
  const onInterrupt = () => void run.stop();
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  try {
    await tellStory(run, narrator);
  } finally {
    await run.stop();
    process.removeListener('SIGINT', onInterrupt).removeListener('SIGTERM', onInterrupt);
  }
  narrator.verdict(performance.now() - startedMs);
  return narrator.allTrue ? 0 : 1;
}
