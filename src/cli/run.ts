/** `tandem run`: a supervised pair on this machine. */
import { Command, Option } from 'commander';
import { TandemError } from '../base/errors.ts';
import type { GuestBundle } from '../host/guest/bundle.ts';
import type { SupervisorOptions } from '../host/supervisor/options.ts';
import type { RunResult } from '../host/supervisor/report.ts';
import type { Supervisor } from '../host/supervisor/supervisor.ts';
import type { CliEnvironment, Done } from './command.ts';
import {
  ARBITER_HELP,
  allowNetOption,
  allowOriginOption,
  arbiterOption,
  checkProfile,
  checkTimes,
  heartbeatOption,
  idempotencyMibOption,
  idempotencyOf,
  idempotencyTtlOption,
  jsonOption,
  memoryOption,
  onGoLiveOption,
  parseAddress,
  parsePort,
  percentOption,
  sparesOption,
  suspectOption,
} from './options.ts';
import { jsonReporter, type RunOutput, wordsReporter } from './run-output.ts';
import { WatchedRun } from './run-watch.ts';

interface Flags {
  readonly port: number;
  readonly address: string;
  readonly adminPort: number;
  readonly arbiter?: string;
  readonly heartbeatMs: number;
  readonly suspectMs: number;
  readonly memoryMib: number;
  readonly allowNet: readonly string[];
  readonly idempotencyTtl: number;
  readonly idempotencyMib?: number;
  readonly allowOrigin: readonly string[];
  readonly onGoLive?: string;
  readonly spares: number;
  readonly followerPercent: number;
  readonly watch?: true;
  readonly profile?: string;
  readonly json?: true;
  readonly verbose?: true;
}

export function runCommand(environment: CliEnvironment, done: Done): Command {
  return new Command('run')
    .summary('serve a program on a primary and a backup')
    .description(
      'Starts a primary, a backup and a spare as separate processes on this machine and replaces ' +
        "whichever dies. The program's output goes to stdout, what happens to the pair to stderr.",
    )
    .argument(
      '<program>',
      'a JavaScript or TypeScript module: export default { fetch(request) { … } }, or a plain program',
    )
    .addOption(
      new Option('--port <port>', 'port for clients; 0 picks a free one').argParser(parsePort).default(8080),
    )
    .addOption(
      new Option('--address <ip>', 'address for clients').argParser(parseAddress).default('127.0.0.1'),
    )
    .addOption(
      new Option('--admin-port <port>', 'port for status, metrics and kill; on loopback')
        .argParser(parsePort)
        .default(8081),
    )
    .addOption(arbiterOption(' (default: a private directory)'))
    .addOption(heartbeatOption())
    .addOption(suspectOption())
    .addOption(memoryOption())
    .addOption(allowNetOption())
    .addOption(idempotencyTtlOption())
    .addOption(idempotencyMibOption())
    .addOption(allowOriginOption())
    .addOption(onGoLiveOption())
    .addOption(sparesOption())
    .addOption(
      percentOption('--follower-percent', 'what a vCPU gets of its time on all hosts but the first primary'),
    )
    .option('-w, --watch', 'for development: a change of the program starts it anew, on a fresh machine')
    .option('--profile <file>', 'a CPU profile of the program (.cpuprofile), written at its end')
    .addOption(jsonOption('one JSON object a line on stdout, each with an "event"'))
    .option('-v, --verbose', 'also what the hosts log')
    .addHelpText('after', `${HELP}\n${ARBITER_HELP}`)
    .action(async (program: string, flags: Flags) => done(await run(program, flags, environment)));
}

const HELP = `
Examples:
  tandem run guest-programs/bank.js
  tandem run guest-programs/primes.js               a plain program: its end ends the run, with its exit code
  tandem run app.ts --port 0 --admin-port 0 --json  for programs; ports are in the event "ready"
  tandem run app.js --address 0.0.0.0               clients from other machines
  tandem run app.tsx --watch                        starts anew when a file of it changes; its state is gone then

Ctrl-C does what \`tandem stop\` does: nobody new comes in, open requests are
answered, both machines end at one place and are compared there. Once more, and
it does not wait.

Exit code: 0 when a serving program was stopped; that of a plain program when it
ended (13 when it waited for what could never come, as Node's); 1 when no host
was left, a plain program was stopped, or the program does not parse; 2 for
wrong usage, a program that cannot be read for instance.

When nobody reads stdout any more, a plain program is stopped (1); a serving one
goes on, and its lines are dropped. While the disk under stdout is full, lines
wait for room for 10 s.

Events of --json: ready, console, failure-detected, go-live, switch-over,
redundant, divergence, stopped, halt, end; with --watch also restart and
not-restarted.`;

/** Whether a signal has asked for the end, and what the next one does. */
interface Stopping {
  isAsked: boolean;
  stop: (() => void) | undefined;
}

async function run(program: string, flags: Flags, environment: CliEnvironment): Promise<number> {
  checkTimes(flags);
  checkPorts(flags);
  const kept = idempotencyOf(flags);
  checkProfile(flags.profile, program);
  const stopping: Stopping = { isAsked: false, stop: undefined };
  // Before anything is started: a Ctrl-C at this moment must not leave anything behind either.
  const release = stopOnSignals(() => {
    stopping.isAsked = true;
    stopping.stop?.();
  });
  let supervisor: Supervisor | undefined;
  const started = (running: Supervisor): void => {
    supervisor = running;
  };
  const readerGone = (reason: string): void => supervisor?.readerGone(reason);
  const output = flags.json ? jsonReporter(readerGone) : wordsReporter(flags.verbose === true, readerGone);
  try {
    const guest = await bundleFor(program);
    const options = {
      ...optionsOf(flags),
      ...kept,
      ...environment,
      program,
      guest,
      reporter: output.reporter,
    };
    const begin = flags.watch ? runWatched : runOnce;
    const { code, failure } = await begin(options, guest, stopping, started);
    if (failure !== undefined) throw failure;
    return code;
  } catch (error) {
    // A run that has begun has told its end itself.
    if (supervisor === undefined || flags.watch) await explainRefusal(error, output);
    throw error;
  } finally {
    release();
    await output.idle();
  }
}

/** The flags that are a supervisor's options as they stand. */
const optionsOf = (flags: Flags) => ({
  port: flags.port,
  address: flags.address,
  adminPort: flags.adminPort,
  arbiter: flags.arbiter,
  heartbeatMs: flags.heartbeatMs,
  suspectMs: flags.suspectMs,
  memoryMib: flags.memoryMib,
  allowNet: flags.allowNet,
  allowOrigins: flags.allowOrigin,
  onGoLive: flags.onGoLive,
  spares: flags.spares,
  followerPercent: flags.followerPercent,
  ...(flags.profile === undefined ? {} : { profile: flags.profile }),
});

async function runOnce(
  options: SupervisorOptions,
  _guest: GuestBundle,
  stopping: Stopping,
  started: (running: Supervisor) => void,
): Promise<RunResult> {
  const { startSupervisor } = await import('../host/supervisor/supervisor.ts');
  const supervisor = await startSupervisor(options);
  started(supervisor);
  stopping.stop = () => supervisor.stop();
  if (stopping.isAsked) supervisor.stop();
  return supervisor.finished;
}

async function runWatched(
  options: SupervisorOptions,
  guest: GuestBundle,
  stopping: Stopping,
  started: (running: Supervisor) => void,
): Promise<RunResult> {
  const watched = new WatchedRun(options, started);
  stopping.stop = () => watched.stop();
  await watched.start(guest);
  if (stopping.isAsked) watched.stop();
  return { code: await watched.finished, failure: undefined };
}

async function bundleFor(program: string): Promise<GuestBundle> {
  const { bundleGuest } = await import('../host/guest/bundle.ts');
  return bundleGuest(program);
}

/** Both would be taken, one after the other, and the second one by a host. */
function checkPorts({ port, adminPort }: { readonly port: number; readonly adminPort: number }): void {
  if (port === 0 || port !== adminPort) return;
  throw new TandemError(
    'USAGE',
    `clients and operators cannot both have port ${port}`,
    'choose another one with --port or --admin-port',
    2,
  );
}

/** Programs read events, not stderr: a run that never began also has its last two. */
async function explainRefusal(error: unknown, output: RunOutput): Promise<void> {
  if (!(error instanceof TandemError)) return;
  output.reporter.report({ event: 'halt', reason: error.message, code: error.code });
  output.reporter.report({ event: 'end', code: error.exitCode });
  await output.idle();
}

/** npx hands on the Ctrl-C that the terminal has sent here already: one press may arrive twice. */
const SAME_PRESS_MS = 300;

function stopOnSignals(stopRun: () => void): () => void {
  let firstAtMs: number | undefined;
  const stop = () => {
    const nowMs = performance.now();
    if (firstAtMs !== undefined && nowMs - firstAtMs < SAME_PRESS_MS) return;
    firstAtMs ??= nowMs;
    stopRun();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  // Started by a program with an IPC channel (`tandem demo`): its end is ours.
  if (process.connected) process.once('disconnect', stop);
  // It ended before anybody listened.
  else if (process.send !== undefined) setImmediate(stop);
  return () => {
    for (const signal of signals) process.removeListener(signal, stop);
    if (process.connected) process.disconnect();
  };
}
