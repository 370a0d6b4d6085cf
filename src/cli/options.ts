/**
 * Words of the command line into values. What does not fit is wrong usage: exit code 2, with what would fit.
 */
import { statSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { parseArbiterUrl } from '../arbiter/url.ts';
import { TandemError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { AllowList } from '../host/outbound/allow-list.ts';
import { whyNotWritable } from '../host/whole-file.ts';

const YEAR_MS = 366 * 24 * 3_600_000;

const DEFAULT_ADMIN_URL = 'http://127.0.0.1:8081';

export function parsePort(word: string): number {
  return parseWhole(word, 0, 65_535, 'a port is a whole number from 0 to 65535');
}

function parseMs(word: string): number {
  return parseWhole(word, 1, 3_600_000, 'that is no number of milliseconds');
}

/** Milliseconds either way, at most a year. */
export function parseOffsetMs(word: string): number {
  const value = Number(word);
  if (!/^-?\d+$/.test(word) || Math.abs(value) > YEAR_MS) {
    throw new InvalidArgumentError(
      'that is no number of milliseconds, with or without a minus, up to a year',
    );
  }
  return value;
}

export function parseMib(word: string): number {
  const least = limits.machineInitialBytes / 2 ** 20;
  const most = limits.machineCapBytes / 2 ** 20;
  return parseWhole(word, least, most, `the machine has ${least} to ${most} MiB`);
}

const DURATION_UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 24 * 3_600_000],
]);

/** `500ms`, `90s`, `10m`, `24h`, `7d`: from a second to 30 days, in ms. */
function parseDurationMs(word: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,10})(ms|s|m|h|d)$/.exec(word) ?? [];
  const valueMs = Number(digits) * (DURATION_UNITS_MS.get(unit) ?? 0);
  if (valueMs < 1_000 || valueMs > 30 * 24 * 3_600_000) {
    throw new InvalidArgumentError('give a time from 1s to 30d, for instance 10m or 24h');
  }
  return valueMs;
}

function parseReplyMib(word: string): number {
  return parseWhole(word, 1, 1_024, 'give 1 to 1024 MiB');
}

function parsePercent(word: string): number {
  return parseWhole(word, 1, 100, 'that is no share in percent');
}

function parseSpares(word: string): number {
  return parseWhole(word, 0, limits.sparesWaiting, `spares are counted from 0 to ${limits.sparesWaiting}`);
}

export function parseSeed(word: string): number {
  return parseWhole(word, 0, Number.MAX_SAFE_INTEGER, 'a seed is a whole number');
}

export function parseRuns(word: string): number {
  return parseWhole(word, 1, 1_000_000_000, 'give how many runs, at least 1');
}

export function parseDescriptorCount(word: string): number {
  return parseWhole(word, 1, 1_000, 'that is no count');
}

export function parseDescriptor(word: string): number {
  return parseWhole(word, 3, 1_000_000, 'that is no descriptor number');
}

/** An address of this machine, for listening. */
export function parseAddress(word: string): string {
  if (word === 'localhost') return '127.0.0.1';
  const bare = word.replace(/^\[(.*)\]$/, '$1');
  if (!/^[0-9a-f:.%a-z]+$/i.test(bare) || !/[:.]/.test(bare)) {
    throw new InvalidArgumentError('give an IP address, for instance 127.0.0.1 or 0.0.0.0');
  }
  return bare;
}

/** `127.0.0.1:0`, `[::1]:7000`. */
export function parseEndpoint(word: string): { readonly address: string; readonly port: number } {
  const match = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(word);
  const [, address, port] = match ?? [];
  if (address === undefined || port === undefined)
    throw new InvalidArgumentError('give ADDRESS:PORT, for instance 127.0.0.1:0');
  return { address: parseAddress(address), port: parsePort(port) };
}

/**
 * The base of a URL, without a slash at the end; a port of this machine and ADDRESS:PORT, as
 * `tandem host --admin` has it, stand for one.
 */
function parseHttpUrl(word: string): string {
  const isEndpoint = /^(\[[^\]]+\]|[^:/]+):\d+$/.test(word);
  const text = /^\d+$/.test(word) ? `http://127.0.0.1:${word}` : isEndpoint ? `http://${word}` : word;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new InvalidArgumentError(
      `give a URL, ADDRESS:PORT or a port of this machine, for instance ${DEFAULT_ADMIN_URL}`,
    );
  }
  return text.replace(/\/+$/, '');
}

/** Refuses what is no arbiter's URL; the store itself is opened by the hosts. */
function parseArbiter(word: string): string {
  parseArbiterUrl(word);
  return word;
}

function parseWhole(word: string, least: number, most: number, otherwise: string): number {
  const value = Number(word);
  if (!/^\d+$/.test(word) || value < least || value > most) throw new InvalidArgumentError(otherwise);
  return value;
}

function parseAllowNet(word: string): readonly string[] {
  const words = word.split(',').map((host) => host.trim());
  // Throws for what is none.
  new AllowList(words);
  return words;
}

// The options that several commands share.

export const allowNetOption = () =>
  new Option(
    '--allow-net <hosts>',
    'servers that the program may call with fetch: HOST[:PORT],… with *.example.com or * for many',
  )
    .argParser(parseAllowNet)
    .default([], 'none');

export const adminOption = () =>
  new Option('--admin <url>', 'admin port of the run: a URL, ADDRESS:PORT, or a port of this machine')
    .argParser(parseHttpUrl)
    .default(DEFAULT_ADMIN_URL);

/** For orders to a host's admin port on another machine. */
export const tokenOption = () =>
  new Option('--token-file <file>', "the pair's token, for a host's admin port on another machine");

export const jsonOption = (what: string) => new Option('--json', what);

export const arbiterOption = (otherwise = '') =>
  new Option(
    '--arbiter <url>',
    `the test-and-set that decides who is live: file:/DIRECTORY, etcd:http://HOST:2379 or memory:${otherwise}`,
  ).argParser(parseArbiter);

export const ARBITER_HELP = `
Arbiters; all hosts of a pair name the same one:
  file:/shared/tandem
      a directory that is there and that all of them see: on one machine, or on
      NFS mounted hard,actimeo=0; below the mount point, so that it is missing
      while the disk is
  etcd:http://e1:2379,http://e2:2379
      the members of an etcd, 3.4 or newer; ?prefix=/KEYS puts its keys
      elsewhere than /tandem
  etcd:https://USER@HOST:2379?ca=FILE&cert=FILE&key=FILE
      each of these where it is wanted; the password is in TANDEM_ETCD_PASSWORD
  memory:
      inside one process, for tests: no other host can take over`;

export const heartbeatOption = () =>
  new Option('--heartbeat-ms <ms>', 'a heartbeat that often').argParser(parseMs).default(limits.heartbeatMs);

export const suspectOption = () =>
  new Option('--suspect-ms <ms>', 'silence after which a host is suspected; at least 3 heartbeats')
    .argParser(parseMs)
    .default(limits.suspectAfterMs);

/** Fewer heartbeats than this in the time of a suspicion, and one that is late is taken for a death. */
const BEATS_PER_SUSPICION = 3;

export function checkTimes({
  heartbeatMs,
  suspectMs,
}: {
  readonly heartbeatMs: number;
  readonly suspectMs: number;
}): void {
  const least = BEATS_PER_SUSPICION * heartbeatMs;
  if (suspectMs >= least) return;
  throw new TandemError(
    'USAGE',
    `--suspect-ms ${suspectMs} is less than ${BEATS_PER_SUSPICION} heartbeats of ${heartbeatMs} ms: healthy hosts would be suspected`,
    `give --suspect-ms ${least} or more, or a shorter --heartbeat-ms`,
    2,
  );
}

/**
 * A profile that could not be written is found out before its run, and not at its end. Nothing is changed:
 * the run may not even start, and an earlier profile is worth as much as before.
 */
export function checkProfile(file: string | undefined, program: string): void {
  if (file === undefined) return;
  const why = isSameFile(file, program) ? 'that is the program itself' : whyNotWritable(file);
  if (why === undefined) return;
  throw new TandemError(
    'USAGE',
    `the profile cannot be written to ${file}: ${why}`,
    'name another file with --profile, in a folder where you may write: app.cpuprofile for instance',
    2,
  );
}

/** However they are spelt, and through links of any kind. */
function isSameFile(one: string, other: string): boolean {
  const [left, right] = [one, other].map((path) => {
    try {
      return statSync(path, { bigint: true });
    } catch {
      return undefined;
    }
  });
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

export const percentOption = (name: string, what: string) =>
  new Option(`${name} <percent>`, what).argParser(parsePercent).default(100).hideHelp();

export const sparesOption = () =>
  new Option('--spares <count>', 'processes kept ready to replace a lost one; 0 starts one when it is needed')
    .argParser(parseSpares)
    .default(1);

export const memoryOption = () =>
  new Option('--memory-mib <mib>', "limit of the machine's memory")
    .argParser(parseMib)
    .default(limits.machineMaximumBytes / 2 ** 20);

/** `https://app.example,http://localhost:3000`, or `*`. */
function parseOrigins(word: string): readonly string[] {
  return word.split(',').map((part) => {
    const origin = part.trim();
    if (origin === '*') return origin;
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new InvalidArgumentError('give origins, for instance https://app.example, or *');
    }
    return origin;
  });
}

export const allowOriginOption = () =>
  new Option(
    '--allow-origin <origins>',
    'browser pages of these origins may use the program (CORS): https://app.example,http://localhost:3000 or *',
  )
    .argParser(parseOrigins)
    .default([], 'none');

/** Where clients find a host; without a path. */
export function parseAdvertised(word: string): string {
  const url = URL.canParse(word) ? new URL(word) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === undefined || !isWeb || url.pathname !== '/' || url.search !== '') {
    throw new InvalidArgumentError('give a URL without a path, for instance http://10.0.0.1:8080');
  }
  return word.replace(/\/$/, '');
}

export const onGoLiveOption = () =>
  new Option(
    '--on-go-live <command>',
    'run by the shell of a host that has become the live one, with TANDEM_VM, TANDEM_EPOCH and TANDEM_URL; nothing waits for it',
  ).argParser((word: string) => {
    if (word.trim() === '') throw new InvalidArgumentError('give a command, or leave the option out');
    return word;
  });

export const idempotencyTtlOption = () =>
  new Option(
    '--idempotency-ttl <time>',
    'an Idempotency-Key, or an idle session, is remembered so long: 90s, 10m, 24h',
  )
    .argParser(parseDurationMs)
    .default(limits.replyLifetimeMs, '10m');

export const idempotencyMibOption = () =>
  new Option(
    '--idempotency-mib <mib>',
    "the machine's memory for replies that are kept for retries (default: a quarter of --memory-mib, at most 64)",
  ).argParser(parseReplyMib);

/**
 * The flags as hosts take them. The two bounds go together: what is remembered lies in the machine's memory.
 */
export function idempotencyOf(flags: {
  readonly memoryMib: number;
  readonly idempotencyTtl: number;
  readonly idempotencyMib?: number;
}): { readonly idempotencyTtlMs: number; readonly idempotencyMib: number } {
  const { memoryMib, idempotencyTtl } = flags;
  const most = Math.floor(memoryMib / 2);
  const idempotencyMib =
    flags.idempotencyMib ?? Math.min(limits.replyMaximumBytes / 2 ** 20, Math.floor(memoryMib / 4));
  if (idempotencyMib > most) {
    throw new TandemError(
      'USAGE',
      `--idempotency-mib ${idempotencyMib} is more than half of --memory-mib ${memoryMib}: the program would have too little`,
      `give --idempotency-mib ${most} or less, or a larger --memory-mib`,
      2,
    );
  }
  return { idempotencyTtlMs: idempotencyTtl, idempotencyMib };
}
