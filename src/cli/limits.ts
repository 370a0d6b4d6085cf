/** `tandem limits`: what the machine may have, changed while it runs (FT §3.3). */
import { Command, Option } from 'commander';
import { AdminClient } from './admin-client.ts';
import type { Done } from './command.ts';
import { adminOption, jsonOption, parseMib, tokenOption } from './options.ts';

const MIB = 2 ** 20;

export function limitsCommand(done: Done): Command {
  return new Command('limits')
    .summary("show or change the limit of the machine's memory")
    .description(
      'Shows what the memory of the machine may grow to, or changes it on both hosts. The change is an ' +
        'entry of the log, so the backup makes it at the same place. A limit below what the memory has ' +
        'already keeps it from growing; memory is never taken away. Without an option, the present limit is ' +
        'shown.',
    )
    .addOption(new Option('--memory-mib <mib>', 'what the memory may grow to').argParser(parseMib))
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption('{memoryMaximumBytes, memoryBytes}'))
    .addHelpText('after', '\nExamples:\n  tandem limits\n  tandem limits --memory-mib 512')
    .action(
      async (flags: {
        readonly admin: string;
        readonly tokenFile?: string;
        readonly json?: true;
        readonly memoryMib?: number;
      }) => {
        const now = await new AdminClient(flags.admin, flags.tokenFile).limits((flags.memoryMib ?? 0) * MIB);
        const { memoryMaximumBytes, memoryBytes } = now;
        const words = `memory: ${inMib(memoryBytes)} of at most ${inMib(memoryMaximumBytes)}`;
        process.stdout.write(`${flags.json ? JSON.stringify(now) : words}\n`);
        done(0);
      },
    );
}

const inMib = (bytes: number): string => `${Number((bytes / MIB).toFixed(2))} MiB`;
