/** `tandem stop`: the end of a run in good order (FT §3.3). */
import { Command } from 'commander';
import { AdminClient } from './admin-client.ts';
import type { Done } from './command.ts';
import { describeHash } from './hash.ts';
import { adminOption, jsonOption, tokenOption } from './options.ts';
import { styleFor } from './style.ts';

export function stopCommand(done: Done): Command {
  return new Command('stop')
    .summary('end a run in good order')
    .description(
      'Ends the run in good order: nobody new is let in, open requests are answered, then both machines ' +
        'are switched off at one position of the log and compared there. Exit code 0 when they were equal, ' +
        '1 when not or when there was no backup to compare with: the run ends all the same. Ctrl-C in the ' +
        'terminal of `tandem run` does the same.',
    )
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption('{equal, position, primary{pid, hash}, backup{pid, hash}, reason}'))
    .addHelpText('after', '\nExamples:\n  tandem stop\n  tandem stop --json | jq -r .position')
    .action(async (flags: { readonly admin: string; readonly tokenFile?: string; readonly json?: true }) => {
      const comparison = await new AdminClient(flags.admin, flags.tokenFile).powerOff();
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(comparison)}\n`
          : `${comparison.position === null ? 'stopped, but not in good order' : 'stopped'}\n${describeHash(comparison, styleFor(process.stdout))}\n`,
      );
      done(comparison.equal ? 0 : 1);
    });
}
