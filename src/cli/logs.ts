/** `tandem logs`: what happened lately. */
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { TandemError } from '../base/errors.ts';
import type { LogLine } from '../host/supervisor/report.ts';
import { AdminClient } from './admin-client.ts';
import type { Done } from './command.ts';
import { adminOption, jsonOption } from './options.ts';
import { type Style, styleFor } from './style.ts';

interface Flags {
  readonly admin: string;
  readonly follow?: true;
  readonly json?: true;
}

const POLL_MS = 300;

export function logsCommand(done: Done): Command {
  return new Command('logs')
    .summary('what happened to the pair lately')
    .description(
      'Prints events of the run and what its hosts logged, the oldest first. Only the latest lines are ' +
        'kept.',
    )
    .option('-f, --follow', 'go on as more happens, until Ctrl-C or the end of the run')
    .addOption(adminOption())
    .addOption(jsonOption('one JSON object a line'))
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      await printLogs(flags);
      done(0);
    });
}

const HELP = `
The status line of a host:
  12.340s  P protected      e2  log 120  ack 118  run 110  out 9/11  | note
  P primary, B backup, then its phase and the epoch; log: position recorded (P)
  or received (B); ack: acknowledged by the backup; run: executed by the backup;
  out: outputs released / recorded

Examples:
  tandem logs
  tandem logs -f --json`;

async function printLogs(flags: Flags): Promise<void> {
  const client = new AdminClient(flags.admin);
  const style = styleFor(process.stdout);
  const print = (lines: readonly LogLine[]) => {
    for (const line of lines)
      process.stdout.write(`${flags.json ? JSON.stringify(line) : describeLine(line, style)}\n`);
    return lines.at(-1)?.number;
  };
  let last = print(await client.logs(0)) ?? 0;
  while (flags.follow) {
    await wait(POLL_MS);
    const lines = await client.logs(last).catch(endOfRun);
    if (lines === undefined) return;
    last = print(lines) ?? last;
  }
}

/** A run that answered before and does not any more has ended. */
function endOfRun(error: unknown): undefined {
  if (!(error instanceof TandemError) || error.code !== 'ADMIN_UNREACHABLE') throw error;
}

function describeLine({ atMs, source, pid, level, text }: LogLine, style: Style): string {
  const time = new Date(atMs).toISOString().slice(11, 23);
  const paint =
    level === 'error' ? style.bad : level === 'warning' ? style.notable : (words: string) => words;
  return `${style.dim(time)}  ${source.padEnd(10)} ${String(pid).padStart(7)}  ${paint(text)}`;
}
