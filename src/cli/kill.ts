/** `tandem kill`: what the whole thing is for. */
import { Argument, Command } from 'commander';
import { AdminClient } from './admin-client.ts';
import type { Done } from './command.ts';
import { adminOption, jsonOption } from './options.ts';

export function killCommand(done: Done): Command {
  return new Command('kill')
    .summary('SIGKILL to the primary or the backup')
    .description(
      'Kills one host of the pair as a failing machine would: SIGKILL, no last word. After the primary ' +
        'the backup goes live; after the backup the primary goes on alone. Either way a new backup is ' +
        'brought in.',
    )
    .addArgument(new Argument('<role>', 'whom').choices(['primary', 'backup']))
    .addOption(adminOption())
    .addOption(jsonOption('{killed, role}'))
    .addHelpText(
      'after',
      '\nExamples:\n  tandem kill primary && curl localhost:8080/accounts/ada\n  tandem kill backup',
    )
    .action(async (role: 'primary' | 'backup', flags: { readonly admin: string; readonly json?: true }) => {
      const killed = await new AdminClient(flags.admin).kill(role);
      process.stdout.write(
        flags.json ? `${JSON.stringify({ killed, role })}\n` : `killed the ${role}, pid ${killed}\n`,
      );
      done(0);
    });
}
