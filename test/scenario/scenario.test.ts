/**
 * Text scenarios: commands in, what the cluster said out. A file is a story in blocks:
 *
 *     # a comment
 *     command
 *     command
 *     ----
 *     every line that the hosts wrote meanwhile
 *
 * Blocks end with an empty line. `TANDEM_REWRITE=1` writes what happened into the files; commit
 * such a change only if you understand what caused it. The columns of a status line are
 * explained in src/protocol/status-line.ts.
 *
 * Commands: `primary A [await-backup]`, `backup B of A [other-image]`, `spare S among A B`, `back S` (as S',
 * after a halt), `run 100ms`, `input A text; text`, `end A 0`, `power-off A [without-hash]`, `kill A [loss]`
 * (what it has sent and nobody has received is lost), `stop A`, `continue A`, `cut A B`, `heal A B`,
 * `close A B`, `arbiter up|down|loses-answers`, `replaying B on|off`, `switch-over A`, `leave A`,
 * `printer prints|blocked`, `flood A 9` (entries of 1,000 bytes), `diverge B`, `live A`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { position } from '../../src/base/brands.ts';
import { sha256 } from '../../src/base/digest.ts';
import { Cluster, testConfig } from './cluster.ts';

const directory = import.meta.dirname;
const rewrite = process.env['TANDEM_REWRITE'] === '1';

for (const name of readdirSync(directory).filter((file) => file.endsWith('.txt'))) {
  const path = join(directory, name);
  const text = readFileSync(path, 'utf8');
  const title = text.split('\n')[0]?.replace(/^# /, '') ?? name;
  test(`${name.replace('.txt', '')}: ${title}`, () => {
    const actual = play(text);
    if (rewrite) writeFileSync(path, actual);
    else expect(actual).toBe(text);
  });
}

function play(text: string): string {
  const cluster = new Cluster();
  const blocks = text.trimEnd().split(/\n\n+/);
  return `${blocks.map((block) => playBlock(cluster, block)).join('\n\n')}\n`;
}

function playBlock(cluster: Cluster, block: string): string {
  const lines = block.split('\n');
  const end = lines.indexOf('----');
  const commands = end === -1 ? lines : lines.slice(0, end);
  const isCommand = (line: string): boolean => line !== '' && !line.startsWith('#');
  if (!commands.some(isCommand)) return block;
  for (const line of commands.filter(isCommand)) obey(cluster, line);
  return [...commands, '----', ...cluster.log.splice(0)].join('\n');
}

function obey(cluster: Cluster, line: string): void {
  const [verb = '', first = '', ...rest] = line.split(' ');
  const commands: Record<string, () => void> = {
    primary: () => cluster.startPrimary(first, { awaitBackup: rest[0] === 'await-backup' }),
    backup: () => {
      const identity = { ...testConfig(first).identity, image: sha256('another image') };
      cluster.startBackup(first, rest[1] ?? '', rest[2] === 'other-image' ? { identity } : {});
    },
    spare: () => cluster.startSpare(first, rest.slice(1)),
    back: () => cluster.comeBack(first),
    run: () => cluster.advance(Number(first.replace('ms', ''))),
    input: () => cluster.input(first, ...rest.join(' ').split('; ')),
    end: () => cluster.end(first, Number(rest[0])),
    'power-off': () =>
      cluster.powerOff(first, rest[0] === 'without-hash' ? 'without its hash' : 'with its hash'),
    kill: () => cluster.kill(first, rest[0] === 'loss' ? 'loss' : 'process'),
    stop: () => cluster.stop(first),
    continue: () => cluster.continue(first),
    cut: () => cluster.cut(first, rest[0] ?? ''),
    heal: () => cluster.heal(first, rest[0] ?? ''),
    close: () => cluster.closeBetween(first, rest[0] ?? ''),
    arbiter: () => {
      cluster.arbiter = first as Cluster['arbiter'];
    },
    printer: () => cluster.setPrinter(first as Cluster['printer']),
    flood: () => {
      for (let index = 0; index < Number(rest[0]); index += 1) cluster.input(first, 'x'.repeat(1000));
    },
    replaying: () => cluster.setReplaying(first, rest[0] === 'on'),
    'switch-over': () => cluster.give(cluster.host(first), { kind: 'switch-over-asked' }),
    leave: () => cluster.give(cluster.host(first), { kind: 'stop-asked', reason: 'asked to leave' }),
    diverge: () => diverge(cluster, first),
    live: () => cluster.log.push(`${first}: live ${cluster.describe(first).live}`),
  };
  const command = commands[verb];
  if (command === undefined) throw new Error(`unknown command: ${line}`);
  command();
}

function diverge(cluster: Cluster, name: string): void {
  const host = cluster.host(name);
  cluster.give(host, {
    kind: 'diverged',
    position: position(host.machine.position),
    expected: 'aaaa',
    actual: 'bbbb',
    detail: 'page 3',
  });
}
