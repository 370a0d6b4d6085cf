/**
 * `npm run chaos -- --minutes 10 --seed N --arbiter etcd|file --steps N --logs DIRECTORY`: random faults on
 * real hosts in network namespaces, under customers whose every answer is checked. Prints a timeline and a
 * verdict; exit code 0 when everything was kept, 1 when not, 2 when it cannot run here. Namespaces, processes
 * and mounts are gone at its end, also when it is interrupted.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Etcd, noEtcd } from '../support/etcd.ts';
import { Chaos, type ChaosVerdict } from './chaos.ts';
import { openLab } from './lab.ts';
import { SmallDisk } from './small-disk.ts';

const print = (line: string): void => console.log(line);

class Unable extends Error {}

function optionsOf(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
      steps: { type: 'string', default: 'Infinity' },
      logs: { type: 'string' },
      arbiter: { type: 'string', default: noEtcd === undefined ? 'etcd' : 'file' },
    },
  });
  const { arbiter } = values;
  const [minutes, seed, steps] = [Number(values.minutes), Number(values.seed), Number(values.steps)];
  if (!(minutes > 0) || !Number.isSafeInteger(seed) || !(steps > 0)) {
    throw new Unable('--minutes, --seed and --steps are numbers above zero');
  }
  if (arbiter !== 'etcd' && arbiter !== 'file') throw new Unable('--arbiter is etcd or file');
  if (arbiter === 'etcd' && noEtcd !== undefined) throw new Unable(noEtcd);
  return { minutes, seed, steps, arbiter, logs: values.logs } as const;
}

/** The exit code. */
async function main(): Promise<number> {
  const { minutes, seed, steps, arbiter, logs } = optionsOf(process.argv.slice(2));
  const opened = await openLab();
  if ('reason' in opened) throw new Unable(opened.reason);
  const { lab } = opened;
  const directory = mkdtempSync(join(tmpdir(), 'tandem-chaos-'));
  const disk = arbiter === 'file' ? new SmallDisk(join(directory, 'disk')) : undefined;
  // Behind the disk's own: a mounted folder cannot be removed.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const etcd =
    arbiter === 'etcd' ? await Etcd.startAt(lab.address('arbiter'), lab.inside('arbiter')) : undefined;
  const url = etcd === undefined ? `file:${disk?.path ?? directory}` : `etcd:${etcd.url}`;
  const repeat = `npm run chaos -- --seed ${seed} --arbiter ${arbiter} --minutes ${minutes}`;
  print(
    `seed ${seed}; ${arbiter} arbiter; ${lab.canLose ? 'with' : 'no nftables, so without'} loss at random`,
  );
  const chaos = new Chaos({ lab, directory, seed, arbiter: url, etcd, disk, minutes, steps, print });
  try {
    return report(await chaos.run(), repeat, logs);
  } finally {
    await chaos.end();
    await etcd?.end();
    disk?.remove();
    await lab.close();
  }
}

function report(
  { steps, deposits, figures, complaints, logs }: ChaosVerdict,
  repeat: string,
  keptIn: string | undefined,
): number {
  print(`${steps} faults, ${deposits} deposits acknowledged`);
  for (const line of figures) print(line);
  if (keptIn !== undefined) keepLogs(logs, keptIn);
  if (complaints.length === 0) {
    print(
      'kept: no acknowledged deposit lost, none done twice, no stale read, never two that answered, one state hash',
    );
    return 0;
  }
  const directory = keptIn ?? keepLogs(logs, mkdtempSync(join(tmpdir(), 'tandem-chaos-logs-')));
  print(`BROKEN:\n${complaints.map((complaint) => `  ${complaint}`).join('\n')}`);
  print(`repeat the plan with: ${repeat}\nthe hosts' logs are in ${directory}`);
  return 1;
}

function keepLogs(logs: ChaosVerdict['logs'], directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const { name, text } of logs) writeFileSync(join(directory, name), text);
  return directory;
}

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(name, () => process.exit(code));
}
try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Unable ? `chaos cannot run: ${error.message}` : error);
  process.exit(error instanceof Unable ? 2 : 1);
}
