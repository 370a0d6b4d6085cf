/** `tandem host`: one host, for pairs whose machines are apart; also what a supervisor starts. */
import { Command, Option } from 'commander';
import { TandemError } from '../base/errors.ts';
import type { HostOptions, HostRole } from '../host/supervisor/protocol.ts';
import type { Done } from './command.ts';
import {
  ARBITER_HELP,
  allowNetOption,
  allowOriginOption,
  arbiterOption,
  checkProfile,
  checkTimes,
  heartbeatOption,
  idempotencyMibOption,
  idempotencyOf,
  idempotencyTtlOption,
  memoryOption,
  onGoLiveOption,
  parseAddress,
  parseAdvertised,
  parseDescriptor,
  parseDescriptorCount,
  parseEndpoint,
  parseOffsetMs,
  parsePort,
  percentOption,
  suspectOption,
} from './options.ts';

interface Flags {
  readonly role: HostRole;
  readonly program: string;
  readonly bundle?: string;
  readonly vm: string;
  readonly arbiter: string;
  readonly address: string;
  readonly port: number;
  readonly clientFd?: number;
  readonly clientFds: number;
  readonly logListen: { readonly address: string; readonly port: number };
  readonly join?: readonly string[];
  readonly tokenFile?: string;
  readonly awaitBackup?: true;
  readonly heartbeatMs: number;
  readonly suspectMs: number;
  readonly memoryMib: number;
  readonly allowNet: readonly string[];
  readonly idempotencyTtl: number;
  readonly idempotencyMib?: number;
  readonly allowOrigin: readonly string[];
  readonly advertise?: string;
  readonly standIn: boolean;
  readonly onGoLive?: string;
  readonly wallOffsetMs: number;
  readonly vcpuPercent: number;
  readonly admin?: { readonly address: string; readonly port: number };
  readonly profile?: string;
  readonly supervised?: true;
}

export function hostCommand(done: Done): Command {
  return new Command('host')
    .summary('one host of a pair, for machines of their own')
    .description(
      'Runs one host. Its peer is another `tandem host`, usually on another machine; both name the same ' +
        'virtual machine and the same arbiter, and show the same token. On one machine `tandem run` does ' +
        'all this by itself.',
    )
    .addOption(
      new Option('--role <role>', 'what this host begins as')
        .choices(['primary', 'backup', 'spare'])
        .makeOptionMandatory(),
    )
    .requiredOption('--program <file>', 'the guest program; the same on every host')
    .addOption(new Option('--bundle <file>', 'the program, bundled by a supervisor').hideHelp())
    .requiredOption('--vm <id>', 'name of the virtual machine; never used twice for a new start')
    .addOption(arbiterOption().makeOptionMandatory())
    .addOption(new Option('--port <port>', 'port for clients once live').argParser(parsePort).default(8080))
    .addOption(
      new Option('--address <ip>', 'address for clients').argParser(parseAddress).default('127.0.0.1'),
    )
    .addOption(
      new Option('--client-fd <fd>', 'an inherited socket for clients, bound and not listening').argParser(
        parseDescriptor,
      ),
    )
    .addOption(
      new Option('--client-fds <count>', 'how many descriptors of it were inherited, from --client-fd on')
        .argParser(parseDescriptorCount)
        .default(1)
        .hideHelp(),
    )
    .addOption(
      new Option('--wall-offset-ms <ms>', "added to this host's wall clock, to try out hosts that disagree")
        .argParser(parseOffsetMs)
        .default(0)
        .hideHelp(),
    )
    .addOption(
      percentOption('--vcpu-percent', "what this host's vCPU gets of its time, to try out slower hosts"),
    )
    .addOption(
      new Option('--log-listen <address:port>', 'where this host awaits its own backup once it is primary')
        .argParser(parseEndpoint)
        .default({ address: '127.0.0.1', port: 0 }, '127.0.0.1:0'),
    )
    .addOption(
      new Option(
        '--join <urls>',
        "the primary's logging URL, ws://ADDRESS:PORT; a spare may name several hosts, separated by commas",
      ).argParser((word) => word.split(',').map((url) => url.trim())),
    )
    .option('--token-file <file>', 'file with the token that both hosts show')
    .option('--await-backup', 'a new primary starts its program only when a backup is in sync')
    .addOption(
      new Option(
        '--admin <address:port>',
        'where this host answers operators: status, live, metrics, hash, stop (default: nowhere)',
      ).argParser(parseEndpoint),
    )
    .addOption(heartbeatOption())
    .addOption(suspectOption())
    .addOption(memoryOption())
    .addOption(allowNetOption())
    .addOption(idempotencyTtlOption())
    .addOption(idempotencyMibOption())
    .option(
      '--profile <file>',
      'a CPU profile of the program, written when it ends or is stopped while this host is live',
    )
    .addOption(allowOriginOption())
    .addOption(
      new Option(
        '--advertise <url>',
        'where clients find this host once it is live, for hosts that are not to say (default: from --address and --port)',
      ).argParser(parseAdvertised),
    )
    .option(
      '--no-stand-in',
      'refuse connections until this host is live, instead of answering 503 on the readiness path and 307 elsewhere',
    )
    .addOption(onGoLiveOption())
    .addOption(new Option('--supervised', 'started by a supervisor, over an IPC channel').hideHelp())
    .addHelpText('after', `${HELP}\n${ARBITER_HELP}`)
    .action(async (flags: Flags) => {
      // Of a supervised one it is known; a folder that has gone since must not keep a new backup away.
      if (!flags.supervised) checkProfile(flags.profile, flags.program);
      const { beginHost } = await import('../host/begin-host.ts');
      done(await beginHost(hostOptionsOf(flags)));
    });
}

const HELP = `
Two machines share a directory for the arbiter, which is made once: mkdir -p
/shared/tandem

Examples:
  tandem host --role primary --program guest-programs/bank.js --vm bank-1 --arbiter file:/shared/tandem \\
    --address 0.0.0.0 --log-listen 10.0.0.1:7000 --token-file token --await-backup
  tandem host --role backup  --program guest-programs/bank.js --vm bank-1 --arbiter file:/shared/tandem \\
    --address 0.0.0.0 --log-listen 10.0.0.2:7000 --token-file token --join ws://10.0.0.1:7000
and on a third, which takes the place of whichever is lost:
  tandem host --role spare   --program guest-programs/bank.js --vm bank-1 --arbiter file:/shared/tandem \\
    --address 0.0.0.0 --log-listen 10.0.0.3:7000 --token-file token --join ws://10.0.0.1:7000,ws://10.0.0.2:7000

A spare registers with whichever of the hosts is live and waits. When it is
needed, it becomes the backup; when it loses the live host, it looks for the
next one; when it cannot go on with what it has, it comes back as a spare.

With --admin 127.0.0.1:8081 a host answers \`tandem status\` and, while it is
live, \`tandem hash\`, \`stop\`, \`switch-over\` and \`limits\` for the pair. On an
address of a network everybody may read there; orders show the token, by their
own --token-file.`;

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Said now: the port for clients is only opened when this host goes live, and then it is too late. */
function checkEndpoints({ address, port, clientFd, logListen, admin }: Flags): void {
  const all: readonly (readonly [string, Endpoint])[] = [
    ...(clientFd === undefined ? [['--port', { address, port }] as const] : []),
    ['--log-listen', logListen],
    ...(admin === undefined ? [] : [['--admin', admin] as const]),
  ];
  for (const [index, [flag, endpoint]] of all.entries()) {
    const twin = all.slice(index + 1).find(([, other]) => areOne(endpoint, other));
    if (twin === undefined) continue;
    throw new TandemError(
      'USAGE',
      `${flag} and ${twin[0]} cannot both have port ${endpoint.port}`,
      'choose another port with one of them',
      2,
    );
  }
}

/** Any address is every address, and that of IPv6 takes what comes by IPv4, too. */
function areOne(one: Endpoint, other: Endpoint): boolean {
  if (one.port === 0 || one.port !== other.port) return false;
  const addresses = [one.address, other.address];
  if (one.address === other.address || addresses.includes('::')) return true;
  return addresses.includes('0.0.0.0') && !addresses.some((address) => address.includes(':'));
}

/** The flags as one complete record. */
function hostOptionsOf(flags: Flags): HostOptions {
  const { clientFd, clientFds, address, port, awaitBackup, supervised, join, tokenFile, admin, ...rest } =
    flags;
  const { idempotencyTtl: _ttl, idempotencyMib: _mib, allowOrigin: allowOrigins, ...same } = rest;
  checkTimes(flags);
  checkEndpoints(flags);
  if (flags.role === 'primary' && join !== undefined) {
    throw new TandemError(
      'USAGE',
      'a primary joins nobody',
      'leave out --join, or start it with --role backup',
      2,
    );
  }
  const isTold = flags.role === 'spare' && supervised === true;
  if (flags.role !== 'primary' && join === undefined && !isTold) {
    throw new TandemError(
      'USAGE',
      `a ${flags.role} needs a primary to join`,
      "add --join with the primary's logging URL",
      2,
    );
  }
  if (supervised && !process.connected) {
    throw new TandemError('USAGE', '--supervised without a supervisor', 'leave it out', 2);
  }
  return {
    ...same,
    ...idempotencyOf(flags),
    allowOrigins,
    advertise: flags.advertise,
    onGoLive: flags.onGoLive,
    clients:
      clientFd === undefined
        ? { address, port }
        : { fds: Array.from({ length: clientFds }, (_, i) => clientFd + i) },
    join: join ?? [],
    tokenFile,
    admin,
    awaitBackup: awaitBackup === true,
    supervised: supervised === true,
  };
}
