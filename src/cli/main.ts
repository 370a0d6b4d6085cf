#!/usr/bin/env node
/** The executable `tandem`: the program of `program.ts` with this process's arguments. */
import { fileURLToPath } from 'node:url';
import { runCli } from './program.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  hostCommand: [process.execPath, fileURLToPath(import.meta.url)],
});
