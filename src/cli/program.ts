/**
 * All commands in one tree, and the one place where errors become words and exit codes: 0 done, 1 the
 * thing asked for is false or failed, 2 wrong usage. Commands load what they need when they run, so
 * that `--version` and `--help` are quick.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { TandemError } from '../base/errors.ts';
import type { CliEnvironment, Done } from './command.ts';
import { demoCommand } from './demo.ts';
import { hashCommand } from './hash.ts';
import { hostCommand } from './host.ts';
import { killCommand } from './kill.ts';
import { limitsCommand } from './limits.ts';
import { logsCommand } from './logs.ts';
import { runCommand } from './run.ts';
import { simulateCommand } from './simulate.ts';
import { statusCommand } from './status.ts';
import { stopCommand } from './stop.ts';
import { switchOverCommand } from './switch-over.ts';
import { usageError } from './usage-error.ts';

/** Gives an exit code back instead of ending the process, so that it can also run inside a test. */
export async function runCli(words: readonly string[], environment: CliEnvironment): Promise<number> {
  let code = 0;
  const done = (result: number) => {
    code = result;
  };
  try {
    await buildProgram(environment, done).parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    return renderError(error);
  }
}

function buildProgram(environment: CliEnvironment, done: Done): Command {
  const program = new Command('tandem')
    .description(
      'Runs JavaScript programs that survive the death of their machine: a primary executes the program, ' +
        'a backup replays its inputs in lockstep, and when the primary dies the backup goes on where it ' +
        'stood.',
    )
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    // Said once, with all other errors.
    .configureOutput({ outputError: () => {} })
    .exitOverride((end) => refuse(end, 'tandem'));
  for (const command of [
    runCommand(environment, done),
    demoCommand(environment, done),
    statusCommand(done),
    hashCommand(done),
    killCommand(done),
    switchOverCommand(done),
    limitsCommand(done),
    stopCommand(done),
    logsCommand(done),
    hostCommand(done),
    simulateCommand(done),
  ]) {
    command.copyInheritedSettings(program).exitOverride((end) => refuse(end, `tandem ${command.name()}`));
    program.addCommand(command);
  }
  return program;
}

/** Commander asks for the end of the process: after help and the version, or for wrong usage of `command`. */
function refuse(end: CommanderError, command: string): never {
  const isAnswered = end.exitCode === 0 || end.code === 'commander.help';
  throw isAnswered ? end : usageError(end, command);
}

const EXAMPLES = `
Examples:
  tandem demo                              the whole story in ten seconds
  tandem run guest-programs/bank.js        serve a program on a pair
  tandem kill primary                      and see that nothing happens to its clients
  tandem hash                              both machines, bit for bit the same?
  tandem simulate                          the protocol under thousands of seeded faults`;

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}

/** Writes what went wrong and how to mend it; answers the exit code. A bug keeps its stack. */
function renderError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof TandemError) {
    process.stderr.write(`tandem: ${error.message}\n  ${error.mend}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `tandem: a bug in Tandem: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}
