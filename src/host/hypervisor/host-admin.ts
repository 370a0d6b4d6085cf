/**
 * The admin port of a host on its own: what a supervisor answers for a pair (supervisor/admin.ts), as far as
 * one of its hosts knows it. A primary knows enough of its backup to compare hashes and to switch both off; a
 * backup tells about itself and names whom to ask.
 */
import type { Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { AdminTarget } from '../supervisor/admin.ts';
import { RunLog } from '../supervisor/log.ts';
import type {
  HashPoint,
  HostMessage,
  HostOptions,
  HostStatus,
  SupervisorMessage,
} from '../supervisor/protocol.ts';
import { Questions } from '../supervisor/questions.ts';
import type { HashComparison, LogLine, NoLimits, RunStatus, SwitchOver } from '../supervisor/report.ts';
import type { MemoryLimits } from '../vcpu/messages.ts';
import { clientUrl } from './core-config.ts';
import { processNamed } from './people.ts';

/** The lives of the host (host-lives.ts). */
export interface Administered {
  said(message: SupervisorMessage): void;
  stop(reason: string): void;
}

/** Where clients find the live host, if that is known and another one; never rejects. */
export type LiveUrlOf = () => Promise<string | undefined>;

/** Phases in which the loss of one host costs nothing. */
const REDUNDANT: ReadonlySet<string> = new Set(['protected', 'handing-over', 'following', 'succeeding']);
const NO_HASH = { equal: false, position: null, primary: null, backup: null } as const;
const ADMIN_MEND =
  'name its admin port with --admin URL; it was started with that, and its log says it: "admin port URL"';
const SILENT = 'this host does not answer: it boots, or comes back as a spare';

export class HostAdmin implements AdminTarget {
  /** Known once it listens. */
  url = '';
  readonly #host: HostOptions;
  readonly #log = new RunLog();
  readonly #startedAtMs = Date.now();
  readonly #questions: Questions;
  #lives: Administered | undefined;
  #liveUrl: LiveUrlOf = async () => undefined;
  #failovers = 0;
  #printed: RunStatus['consolePrinted'];
  #poweredOff: Promise<HashComparison | string> | undefined;

  constructor(host: HostOptions, nothingPrinted: RunStatus['consolePrinted']) {
    this.#host = host;
    this.#printed = nothingPrinted;
    this.#questions = new Questions({
      tell: (message) => this.#lives?.said(message),
      name: () => 'this host',
      isReachable: () => this.#lives !== undefined,
    });
  }

  attach(lives: Administered, liveUrl: LiveUrlOf): void {
    this.#lives = lives;
    this.#liveUrl = liveUrl;
  }

  /** Whatever this host says to anybody. */
  heard(message: HostMessage, words: string): void {
    if (this.#questions.answered(message)) return;
    if (message.type === 'go-live') this.#failovers += 1;
    const level = message.type === 'log' ? message.level : 'info';
    this.#log.add({ event: 'host-log', role: this.#host.role, pid: process.pid, level, text: words });
  }

  printed(through: RunStatus['consolePrinted']): void {
    this.#printed = through;
  }

  async status(): Promise<RunStatus> {
    const own = await this.#questions.status();
    const { vm, program, role } = this.#host;
    const uptimeMs = Date.now() - this.#startedAtMs;
    const isRedundant = own !== undefined && REDUNDANT.has(own.phase);
    const { pid } = process;
    return {
      vm,
      program,
      url: clientUrl(this.#host) ?? '',
      admin: this.url,
      uptimeMs,
      live: own?.live ?? false,
      epoch: own?.epoch ?? 0,
      redundant: isRedundant,
      failovers: this.#failovers,
      consolePrinted: this.#printed,
      lastEqualHash: own?.lastEqualHash ?? null,
      ...rolesOf(own),
      spares: (own?.spares ?? []).map(processNamed).filter((spare) => spare !== null),
      hosts:
        own === undefined ? [] : [{ ...own, pid, inSync: isRedundant && own.role === 'backup', uptimeMs }],
      silent: own === undefined ? [{ pid, role }] : [],
    };
  }

  /** A backup that has executed past a hash point, and has not halted, found its own hash equal there. */
  async hash(): Promise<HashComparison> {
    const own = await this.#questions.status();
    const obstacle = await this.#notLive(own);
    if (obstacle !== undefined) return { ...NO_HASH, reason: obstacle };
    const point = await this.#questions.hash();
    if (typeof point === 'string') return { ...NO_HASH, reason: point };
    const primary = { pid: process.pid, hash: point.hash };
    const half = { ...NO_HASH, position: point.position, primary };
    const deadlineMs = monotonicMs() + limits.hostAnswerMs;
    for (;;) {
      const now = await this.#questions.status();
      const backup = rolesOf(now).backup;
      if (backup === null || now === undefined || !REDUNDANT.has(now.phase))
        return { ...half, reason: 'there is no backup in sync to compare with' };
      if ((now.lastEqualHash?.position ?? 0) >= point.position)
        return { ...half, equal: true, backup: { ...backup, hash: point.hash } };
      if (monotonicMs() > deadlineMs)
        return { ...half, reason: `the backup was not there within ${limits.hostAnswerMs} ms` };
      await aMoment();
    }
  }

  hashAt(position: Position): Promise<HashPoint | string> {
    return this.#questions.hash(position);
  }

  /** Switches the machine off on both hosts (FT §3.3); then this process ends, as the backup's does. */
  powerOff(): Promise<HashComparison | string> {
    this.#poweredOff ??= this.#powerOff();
    return this.#poweredOff;
  }

  async #powerOff(): Promise<HashComparison | string> {
    const own = await this.#questions.status();
    const answer = (await this.#notLive(own)) ?? (await this.#questions.powerOff());
    if (typeof answer === 'string') {
      this.#poweredOff = undefined;
      return answer;
    }
    // The answer is on its way by then.
    setImmediate(() => this.#lives?.stop('switched off'));
    const { position, hash, equal, reason } = answer;
    const { backup } = rolesOf(own);
    return {
      equal,
      position,
      primary: { pid: process.pid, hash },
      backup: equal && backup !== null ? { ...backup, hash } : null,
      ...(reason === undefined ? {} : { reason }),
    };
  }

  async switchOver(): Promise<SwitchOver | string> {
    const own = await this.#questions.status();
    const gapMs = (await this.#notLive(own)) ?? (await this.#questions.switchOver());
    if (typeof gapMs === 'string') return gapMs;
    const now = await this.#questions.status();
    const { primary } = rolesOf(now);
    if (now === undefined || primary === null) return 'done, but this host does not answer any more';
    return { from: { pid: process.pid }, to: primary, epoch: now.epoch, gapMs };
  }

  async limits(memoryMaximumBytes: number): Promise<MemoryLimits | NoLimits> {
    const own = await this.#questions.status();
    const reason = await this.#notLive(own);
    if (reason === undefined) return this.#questions.memoryLimits(memoryMaximumBytes);
    // A host that is silent may be asked again.
    return { reason, changed: false, ...(own === undefined ? {} : { mend: ADMIN_MEND }) };
  }

  logs(after: number): readonly LogLine[] {
    return this.#log.after(after);
  }

  /** Why this host cannot be asked for the pair, and who can. */
  async #notLive(own: HostStatus | undefined): Promise<string | undefined> {
    if (own === undefined) return SILENT;
    if (own.role === 'primary') return undefined;
    if (own.peer === null) return `this host is a ${own.role}, and knows no live host now: ask the others`;
    const url = await this.#liveUrl();
    const where = url === undefined ? '' : `, which serves clients at ${url}`;
    return `this host is a ${own.role}: ask the admin port of the live one, ${inWords(own.peer)}${where}`;
  }
}

/** A host's name as people say it. */
function inWords(name: string): string {
  const process = processNamed(name);
  if (process === null) return name;
  return `process ${process.pid} on ${process.machine ?? 'this machine'}`;
}

function rolesOf(own: HostStatus | undefined): Pick<RunStatus, 'primary' | 'backup'> {
  if (own === undefined) return { primary: null, backup: null };
  const self = { pid: process.pid };
  const peer = own.peer === null ? null : processNamed(own.peer);
  if (own.role === 'primary') return { primary: self, backup: peer };
  return { primary: peer, backup: own.role === 'backup' ? self : null };
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, limits.tickMs));
