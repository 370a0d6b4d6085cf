/** `tandem hash`: are both machines, bit for bit, the same? */
import { Command } from 'commander';
import type { HashComparison } from '../host/supervisor/report.ts';
import { AdminClient } from './admin-client.ts';
import type { Done } from './command.ts';
import { adminOption, jsonOption, tokenOption } from './options.ts';
import { grouped, type Style, styleFor } from './style.ts';

export function hashCommand(done: Done): Command {
  return new Command('hash')
    .summary('both state hashes at one position')
    .description(
      "Takes the state hash of both machines at one position of the log: a hash over all of a machine's " +
        'memory. Right after a failover a run waits up to 5 s for its new backup. Exit code 0 when they are ' +
        'equal, 1 when not or when there is no backup to compare with.',
    )
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption('{equal, position, primary{pid, hash}, backup{pid, hash}, reason}'))
    .addHelpText('after', '\nExamples:\n  tandem hash\n  tandem hash --json | jq -r .position')
    .action(async (flags: { readonly admin: string; readonly tokenFile?: string; readonly json?: true }) => {
      const comparison = await new AdminClient(flags.admin, flags.tokenFile).hash();
      process.stdout.write(
        `${flags.json ? JSON.stringify(comparison) : describeHash(comparison, styleFor(process.stdout))}\n`,
      );
      done(comparison.equal ? 0 : 1);
    });
}

export function describeHash(
  { equal, position, primary, backup, reason }: HashComparison,
  style: Style,
): string {
  const side = (name: string, host: HashComparison['primary']) =>
    host === null
      ? []
      : [`${name}  ${host.hash}  pid ${host.pid}${host.machine === undefined ? '' : ` on ${host.machine}`}`];
  return [
    ...(position === null ? [] : [`position ${grouped(position)}`]),
    ...side('primary', primary),
    ...side('backup ', backup),
    equal ? style.good('equal') : style.bad(reason ?? 'not equal'),
  ].join('\n');
}
