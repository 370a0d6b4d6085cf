#!/usr/bin/env node
/** The executable `tandem`: the program of `program.ts` with this process's arguments. */
import { fileURLToPath } from 'node:url';
import { runCli } from './program.ts';

// Of commands that print an answer; `tandem run` and hosts write their lines by themselves.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has read enough (`| head`) need not be told.
  if (error.code !== 'EPIPE')
    process.stderr.write(
      `tandem: stdout takes no more: ${error.message}\n  give it room, or another place for the output\n`,
    );
  process.exit(1);
});

process.exitCode = await runCli(process.argv.slice(2), {
  hostCommand: [process.execPath, fileURLToPath(import.meta.url)],
});
