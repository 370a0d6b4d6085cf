/** `tandem switch-over`: the roles of a pair change while both are well (FT §3.3). */
import { Command } from 'commander';
import { AdminClient } from './admin-client.ts';
import type { Done } from './command.ts';
import { adminOption, jsonOption, tokenOption } from './options.ts';
import { formatMs } from './style.ts';

export function switchOverCommand(done: Done): Command {
  return new Command('switch-over')
    .summary('primary and backup change roles')
    .description(
      'The host of the primary becomes the backup, the other one the primary: for work on a machine. No ' +
        'reply is lost and none is repeated; requests wait for some milliseconds. Connections in the middle ' +
        'of a body, and WebSockets, are closed: clients ask again. Clients that stay connected to the old ' +
        'primary are served through it for a while. Exit code 1 when there is no backup in sync, or the ' +
        'roles could not be changed; then all is as it was.',
    )
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption('{from{pid}, to{pid}, epoch, gapMs}'))
    .addHelpText('after', '\nExamples:\n  tandem switch-over\n  tandem switch-over --json | jq -r .gapMs')
    .action(async (flags: { readonly admin: string; readonly tokenFile?: string; readonly json?: true }) => {
      const report = await new AdminClient(flags.admin, flags.tokenFile).switchOver();
      const { from, to, epoch, gapMs } = report;
      const words = `host ${to.pid} is the primary now, ${from.pid} its backup (epoch ${epoch}); clients waited ${formatMs(gapMs)}`;
      process.stdout.write(`${flags.json ? JSON.stringify(report) : words}\n`);
      done(0);
    });
}
