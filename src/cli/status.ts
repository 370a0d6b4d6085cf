/** `tandem status`: the pair at a glance. */
import { Command } from 'commander';
import type { HostStatus } from '../host/supervisor/protocol.ts';
import type { RunStatus } from '../host/supervisor/report.ts';
import { AdminClient } from './admin-client.ts';
import type { Done } from './command.ts';
import { adminOption, jsonOption } from './options.ts';
import { formatMs, grouped, type Style, styleFor, table } from './style.ts';

export function statusCommand(done: Done): Command {
  return new Command('status')
    .summary('roles, positions, lag and the last equal hash')
    .description(
      'Prints what the pair is doing. Exit code 0 when the primary is ready for clients, 1 when not or ' +
        'nobody answers.',
    )
    .addOption(adminOption())
    .addOption(jsonOption('the same as GET /status of the admin port'))
    .addHelpText('after', HELP)
    .action(async (flags: { readonly admin: string; readonly json?: true }) => {
      const status = await new AdminClient(flags.admin).status();
      process.stdout.write(
        `${flags.json ? JSON.stringify(status) : describeStatus(status, styleFor(process.stdout))}\n`,
      );
      done(status.live ? 0 : 1);
    });
}

const HELP = `
Columns:
  recorded       position in the log that the primary has written
  received       that the backup has in its memory
  acknowledged   that the primary knows the backup to have
  replayed       that the backup has executed
  lag            how far its execution is behind: positions / milliseconds
  held           outputs that wait for an acknowledgement (the output rule)

Examples:
  tandem status
  tandem status --json | jq .lastEqualHash
  watch -n1 tandem status --admin 9081`;

/** What is remembered so that nothing runs twice, if anything is. */
function keptLine(
  { keys, sessions, bytes, maximumBytes, refused }: HostStatus['kept'],
  style: Style,
): string[] {
  if (keys === 0 && sessions === 0 && refused === 0) return [];
  const line = `remembered: ${grouped(keys)} keys, ${grouped(sessions)} sessions, ${inMib(bytes)} of ${inMib(maximumBytes)} MiB`;
  return [
    refused === 0
      ? line
      : `${line}; ${style.bad(`${grouped(refused)} requests were refused for want of room`)}`,
  ];
}

const inMib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** Grown to its limit, it may still have room inside: nobody but the program finds out. */
function memoryLine({ bytes, maximumBytes }: HostStatus['memory'], style: Style): string[] {
  if (bytes === 0) return [];
  const line = `memory of the machine: ${inMib(bytes)} of ${inMib(maximumBytes)} MiB`;
  return [bytes < maximumBytes ? line : style.notable(line)];
}

export function describeStatus(status: RunStatus, style: Style): string {
  const state = status.live
    ? status.redundant
      ? style.good('live, redundant')
      : style.notable('live, no backup in sync')
    : style.bad('not live');
  const head = ['role', 'pid', 'doing', 'recorded', 'received', 'acknowledged', 'replayed', 'lag', 'held'];
  const rows = status.hosts.map((host) => [
    host.role,
    String(host.pid),
    // A supervised spare looks for nobody: it is told where to join.
    host.role === 'spare' && host.phase === 'joining' ? 'standing by' : host.phase,
    ...[host.recorded, host.received, host.acknowledged, host.replayed].map(grouped),
    `${grouped(host.lag.positions)} / ${formatMs(host.lag.ms)}`,
    grouped(host.heldOutputs),
  ]);
  const equal = status.lastEqualHash;
  return [
    `${status.program} at ${style.bold(status.url)}: ${state}, epoch ${status.epoch}, up ${formatMs(status.uptimeMs)}`,
    table([head, ...rows], new Set([1, 3, 4, 5, 6, 7, 8])),
    ...status.hosts.flatMap(({ role, spares }) =>
      spares.length === 0 ? [] : [`spares of the ${role}: ${spares.join(', ')}`],
    ),
    ...status.hosts.flatMap(({ role, slowdownPercent, vcpu }) =>
      slowdownPercent === 0 && vcpu === 'running'
        ? []
        : [
            vcpu === 'paused'
              ? `the ${role} is stopped: a buffer is full`
              : `the ${role} is slowed by ${slowdownPercent} % until its backup keeps up`,
          ],
    ),
    ...status.hosts.flatMap(({ openCalls, role }) =>
      openCalls === 0 ? [] : [`outbound calls of the ${role} under way: ${grouped(openCalls)}`],
    ),
    ...status.hosts.flatMap((host) => (host.role === 'primary' ? keptLine(host.kept, style) : [])),
    ...status.hosts.flatMap(({ role, memory }) => (role === 'primary' ? memoryLine(memory, style) : [])),
    ...status.silent.map(({ role, pid, starting }) =>
      starting ? `${role} ${pid} is starting` : style.bad(`${role} ${pid} does not answer`),
    ),
    ...status.hosts.flatMap(({ turn, role }) =>
      turn === null
        ? []
        : [
            `the ${role}'s turn at position ${grouped(turn.position)} has been running for ${formatMs(turn.runningMs)}`,
          ],
    ),
    equal === null
      ? 'no equal state hash yet'
      : `last equal state hash at position ${grouped(equal.position)}: ${equal.hash}`,
  ].join('\n');
}
