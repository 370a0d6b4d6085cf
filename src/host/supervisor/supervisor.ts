/**
 * One run: a primary, a backup and a spare as separate processes, a new backup after each
 * loss, the console's end, a clean stop.
 *
 * The supervisor is a convenience, not a part of the protocol. Which host may go live is between the hosts
 * and the arbiter (FT §2.3), and they need nothing from here to decide it; this process may be slow or
 * stopped and the guest serves on. What it adds: it knows at once, from the operating system, that a process
 * is dead; it kills the loser of a test-and-set that still runs; it restores redundancy (FT §3.1).
 */
import { randomBytes } from 'node:crypto';
import { epoch } from '../../base/brands.ts';
import { TandemError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { MemoryLimits } from '../vcpu/messages.ts';
import { type AdminServer, onThisMachine, startAdminServer } from './admin.ts';
import { type HostEnd, HostProcess } from './child.ts';
import { ConsoleEnd } from './console.ts';
import { deferred } from './deferred.ts';
import { describeEnd, lossFailure, startFailure } from './failure.ts';
import { RunLog } from './log.ts';
import { newsOf } from './news.ts';
import { hostOptions, type SupervisorOptions } from './options.ts';
import { Pair } from './pair.ts';
import { askReports, compareHashes, powerOff } from './pair-questions.ts';
import type { HostMessage, HostRole, LogLevel } from './protocol.ts';
import type {
  HashComparison,
  LogLine,
  NoLimits,
  RunEvent,
  RunNotice,
  RunResult,
  RunStatus,
  SwitchOver,
} from './report.ts';
import { createRunDirectory, type RunDirectory } from './run-directory.ts';
import { bindClientSocket, type ClientSocket } from './socket.ts';
import { backOffMs, SpareRoom } from './spares.ts';
import { SwitchOvers } from './switch-overs.ts';

/**
 * Opens both ports and starts the pair. Throws a `TandemError` when a port is
 * refused, and leaves nothing behind then.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const socket = bindClientSocket(options.address, options.port);
  try {
    const supervisor = new Supervisor(options, socket, createRunDirectory(undefined, options.guest));
    await supervisor.start();
    return supervisor;
  } catch (error) {
    socket.close();
    throw error;
  }
}

export class Supervisor {
  /** Resolves when every host is gone, every line printed and everything cleaned up. */
  readonly finished: Promise<RunResult>;
  readonly #options: SupervisorOptions;
  readonly #socket: ClientSocket;
  readonly #directory: RunDirectory;
  readonly #vm = `vm-${randomBytes(6).toString('hex')}`;
  readonly #startedAtMs = Date.now();
  readonly #log = new RunLog();
  readonly #console: ConsoleEnd;
  /** All that run, spares included. */
  readonly #hosts = new Set<HostProcess>();
  readonly #spares: SpareRoom;
  readonly #pair = new Pair();
  readonly #switchOvers = new SwitchOvers();
  #admin: AdminServer | undefined;
  /** The backup that a primary said to be in sync last. */
  #listed: HostProcess | undefined;
  /** The pair has been complete once, and `ready` was reported. */
  #announced = false;
  /** The guest has no fetch handler: it runs to its end. */
  #plain = false;
  /** Why nobody reads the console any more. */
  #readerGone: string | undefined;
  #failovers = 0;
  #backupsStarted = 0;
  /** Backups lost in a row that never came into sync. */
  #backupFailures = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #orphanTimer: NodeJS.Timeout | undefined;
  #stopTimer: NodeJS.Timeout | undefined;
  /** How hosts ended, the latest last: the reason when none is left. */
  #ends: string[] = [];
  #poweredOff: Promise<HashComparison> | undefined;
  /** Set when the run is to end, however that came. */
  #result: RunResult | undefined;
  #finishing = false;
  readonly #finished = deferred<RunResult>();
  /** Resolved when the user will not wait any longer, not even for a terminal that takes no lines. */
  readonly #impatient = deferred<void>();
  #printedTimer: NodeJS.Immediate | undefined;
  readonly #lastResort = () => this.#abandon();

  constructor(options: SupervisorOptions, socket: ClientSocket, directory: RunDirectory) {
    this.#options = options;
    this.#socket = socket;
    this.#directory = directory;
    this.#console = new ConsoleEnd(options.reporter.print, () => this.#tellPrinted());
    this.#spares = new SpareRoom(options.spares, () => this.#startHost('spare'));
    this.finished = this.#finished.promise;
    process.once('exit', this.#lastResort);
  }

  async start(): Promise<void> {
    try {
      this.#admin = await startAdminServer(this, onThisMachine(this.#options.adminPort));
    } catch (error) {
      this.#abandon();
      process.removeListener('exit', this.#lastResort);
      throw error;
    }
    this.#pair.primary = this.#startHost('primary');
  }

  /**
   * Ends the run in good order; a second call loses patience. A service that is stopped has done its work
   * (code 0), a plain program that is stopped has not (code 1).
   */
  stop(): void {
    if (this.#result === undefined && this.#poweredOff === undefined) void this.powerOff();
    else {
      if (this.#result === undefined && !this.#announced) this.#tell({ event: 'stopped-early' });
      this.kill();
    }
  }

  /**
   * Switches both machines off at one position of the log and compares them
   * there (FT §3.3), then ends the run.
   */
  powerOff(): Promise<HashComparison> {
    this.#poweredOff ??= this.#powerOff();
    return this.#poweredOff;
  }

  async #powerOff(): Promise<HashComparison> {
    if (this.#result === undefined) this.#tell({ event: 'stopping' });
    const comparison = await powerOff(this.#pair.primary, this.#pair.backup);
    // The program came to its own end, or nobody would wait any longer.
    if (this.#result !== undefined)
      return comparison.equal ? comparison : { ...comparison, reason: 'the run had ended before' };
    this.#tell(this.#announced ? { event: 'stopped', ...comparison } : { event: 'stopped-early' });
    this.#endRun({ code: this.#stoppedCode, failure: undefined });
    return comparison;
  }

  /** Changes the roles of the pair (FT §3.3). A string says why not. */
  async switchOver(): Promise<SwitchOver | string> {
    const [from, to] = [this.#pair.primary, this.#pair.backup];
    if (from === undefined || !to?.inSync) return 'there is no backup in sync to switch to';
    const report = await this.#switchOvers.order(from, to, () => !this.#hosts.has(from));
    if (typeof report !== 'string')
      this.#tell({ event: 'switch-over', ...report, epoch: epoch(report.epoch) });
    return report;
  }

  /** What the machine's memory may grow to: changed on both hosts if it is more than 0 bytes. */
  async limits(memoryMaximumBytes: number): Promise<MemoryLimits | NoLimits> {
    if (this.#pair.primary?.ready) return this.#pair.primary.questions.memoryLimits(memoryMaximumBytes);
    return { reason: 'there is no primary at this moment', changed: false };
  }

  /**
   * Nobody reads the console any more, for this reason. A plain program is there for its lines and ends;
   * a service has clients, and goes on.
   */
  readerGone(reason: string): void {
    this.#readerGone = reason;
    // What the program is, is known when a host serves it.
    if (!this.#plain || this.#result !== undefined) return;
    const failure = new TandemError(
      'CONSOLE_GONE',
      `nobody reads what the program prints: ${reason}`,
      'the program was stopped; let its output go to a file to have all of it',
    );
    this.#endRun({ code: failure.exitCode, failure });
  }

  /** Ends the run without waiting for hosts. */
  kill(): void {
    this.#result ??= { code: this.#stoppedCode, failure: undefined };
    this.#impatient.resolve();
    for (const host of this.#hosts) host.kill();
    if (this.#hosts.size === 0) void this.#finish();
  }

  get #stoppedCode(): 0 | 1 {
    return this.#plain ? 1 : 0;
  }

  /**
   * SIGKILL, as a failing machine would have it; the killed process, or
   * undefined when there is none in that role.
   */
  killHost(role: 'primary' | 'backup'): number | undefined {
    const host = role === 'primary' ? this.#pair.primary : this.#pair.backup;
    if (host === undefined || !host.running) return undefined;
    host.kill();
    return host.pid;
  }

  async status(): Promise<RunStatus> {
    const reports = await askReports(this.#hosts);
    const primary = reports.hosts.find((host) => host.pid === this.#pair.primary?.pid);
    return {
      vm: this.#vm,
      program: this.#options.program,
      url: this.#socket.url,
      admin: this.#admin?.url ?? '',
      uptimeMs: Date.now() - this.#startedAtMs,
      live: primary?.live ?? false,
      epoch: Math.max(this.#pair.epoch, ...reports.hosts.map((host) => host.epoch)),
      redundant: this.#pair.isRedundant,
      failovers: this.#failovers,
      backupsStarted: this.#backupsStarted,
      consolePrinted: this.#console.printed,
      lastEqualHash: primary?.lastEqualHash ?? null,
      primary: this.#pair.primary === undefined ? null : { pid: this.#pair.primary.pid },
      backup: this.#pair.backup === undefined ? null : { pid: this.#pair.backup.pid },
      spares: this.#spares.pids,
      ...reports,
    };
  }

  hash(): Promise<HashComparison> {
    return compareHashes(this.#pair, () => this.#result === undefined && this.#poweredOff === undefined);
  }

  logs(after: number): readonly LogLine[] {
    return this.#log.after(after);
  }

  #startHost(role: HostRole): HostProcess {
    const options = hostOptions(this.#options, role, {
      vm: this.#vm,
      tokenFile: this.#directory.tokenFile,
      guestFile: this.#directory.guestFile,
      arbiterDirectory: this.#directory.arbiterDirectory,
      join: role === 'backup' && this.#pair.loggingUrl !== undefined ? [this.#pair.loggingUrl] : [],
    });
    const host = new HostProcess(this.#options.hostCommand, options, this.#socket.fd, {
      message: (from, message) => this.#receive(from, message),
      log: (from, level, text) => this.#hostLog(from, level, text),
      gone: (from, end) => this.#gone(from, end),
    });
    this.#hosts.add(host);
    host.tell({ type: 'printed', ordinal: this.#console.printed });
    this.#tell({ event: 'host-started', role, pid: host.pid });
    return host;
  }

  #startBackup(): void {
    if (this.#result !== undefined || this.#pair.backup !== undefined || this.#pair.loggingUrl === undefined)
      return;
    if (this.#pair.primary === undefined || this.#poweredOff !== undefined) return;
    this.#backupsStarted += 1;
    const spare = this.#spares.call(this.#pair.loggingUrl);
    if (spare !== undefined) this.#tell({ event: 'spare-called', pid: spare.pid });
    this.#pair.backup = spare ?? this.#startHost('backup');
  }

  #receive(host: HostProcess, message: HostMessage): void {
    switch (message.type) {
      case 'console':
        this.#console.accept(message.ordinal, message.stream, message.text);
        return;
      case 'log':
        this.#hostLog(host, message.level, message.text);
        return;
      case 'up':
        if (host !== this.#pair.primary || message.loggingUrl === undefined) return;
        this.#pair.loggingUrl = message.loggingUrl;
        this.#startBackup();
        return;
      case 'end':
        // Only what a live machine says counts, and this one said it after its last line.
        if (host === this.#pair.primary) this.#endRun({ code: message.code, failure: undefined });
        return;
      default:
        // A run that is stopping stops its hosts one after the other: what they make of that is no news.
        if (this.#result === undefined) this.#follow(host, message);
    }
  }

  /** The pair's changes of state. */
  #follow(host: HostProcess, message: HostMessage): void {
    switch (message.type) {
      case 'ready':
        host.ready = true;
        // What the program is, the machine that executes it knows; a backup may only have guessed.
        if (message.role === 'primary') this.#plain = message.program === 'plain';
        if (this.#readerGone !== undefined) this.readerGone(this.#readerGone);
        this.#pair.heard(message.epoch);
        if (host === this.#pair.backup) this.#inSync(host);
        this.#announce();
        return;
      case 'redundant':
        this.#redundant(host, message);
        return;
      case 'go-live':
        this.#goLive(host, message);
        return;
      case 'switch-over':
        this.#switchedOver(host, message);
        return;
      case 'solo':
        this.#solo(host, message);
        return;
      case 'failure-detected':
      case 'divergence':
      case 'halt':
        this.#tell(newsOf(host, message));
    }
  }

  #inSync(backup: HostProcess): void {
    backup.inSync = true;
    this.#backupFailures = 0;
  }

  #redundant(
    host: HostProcess,
    { backupPid, ms, pauseMs }: Extract<HostMessage, { type: 'redundant' }>,
  ): void {
    if (host !== this.#pair.primary || this.#pair.backup === undefined) return;
    // Said of a backup that has died since.
    if (backupPid !== undefined && backupPid !== this.#pair.backup.pid) return;
    this.#inSync(this.#pair.backup);
    this.#listed = this.#pair.backup;
    this.#spares.fill();
    if (this.#announced)
      this.#tell({ event: 'redundant', backup: { pid: this.#pair.backup.pid }, ms, pauseMs });
    else this.#announce();
  }

  /**
   * The first time that a primary serves and has a backup in sync. By the primary's word alone: a backup that
   * was heard sooner would be news twice, `ready` and then `redundant`.
   */
  #announce(): void {
    const [primary, backup] = [this.#pair.primary, this.#pair.backup];
    if (this.#announced || !primary?.ready || backup === undefined || backup !== this.#listed) return;
    this.#announced = true;
    this.#tell({
      event: 'ready',
      url: this.#socket.url,
      program: this.#plain ? 'plain' : 'serving',
      admin: this.#admin?.url ?? '',
      primary: { pid: primary.pid },
      backup: { pid: backup.pid },
    });
  }

  #goLive(host: HostProcess, message: Extract<HostMessage, { type: 'go-live' }>): void {
    const { type: event, loggingUrl, ...facts } = message;
    this.#pair.goesLive(host, message)?.kill();
    this.#switchOvers.tell({ kind: 'went-live' });
    clearTimeout(this.#orphanTimer);
    this.#failovers += 1;
    this.#tell({ event, pid: host.pid, ...facts });
    // One that was on its way to the former primary.
    this.#pair.backup?.tell({ type: 'join', loggingUrl });
    this.#startBackup();
  }

  #switchedOver(host: HostProcess, message: Extract<HostMessage, { type: 'switch-over' }>): void {
    if (!this.#pair.switchesOver(host, message)) return;
    this.#switchOvers.tell({ kind: 'switched-over', epoch: message.epoch });
    // The one that was relieved may be lost already.
    if (this.#pair.backup === undefined) this.#startBackup();
  }

  #solo(host: HostProcess, { epoch, ms }: Extract<HostMessage, { type: 'solo' }>): void {
    if (host !== this.#pair.primary) return;
    this.#pair.heard(epoch);
    this.#tell({ event: 'solo', pid: host.pid, epoch, ms });
    // The backup that the arbiter has struck off, if it still runs. One that came since is not in sync yet.
    if (this.#pair.backup?.inSync) this.#pair.backup.kill();
  }

  #gone(host: HostProcess, end: HostEnd): void {
    this.#hosts.delete(host);
    const how = describeEnd(end);
    this.#ends = [...this.#ends.slice(-1), `${host.role} (pid ${host.pid}) ${how}`];
    const lost = this.#pair.lose(host);
    if (this.#result !== undefined) {
      if (this.#hosts.size === 0) void this.#finish();
      return;
    }
    this.#tell({ event: 'host-gone', role: host.role, pid: host.pid, how });
    if (this.#spares.gone(host)) return;
    const { primary, backup } = this.#pair;
    const nobody = primary === undefined && backup === undefined;
    if (nobody || (lost === 'primary' && !this.#announced && !backup?.inSync)) this.#fail(end);
    else if (lost === 'backup') this.#replaceBackup(host, end);
    else if (lost === 'primary' && !backup?.inSync) this.#awaitGoLive();
  }

  /**
   * A backup in sync takes as long as the arbiter takes. One that never was
   * can only say that it was after all.
   */
  #awaitGoLive(): void {
    this.#orphanTimer = setTimeout(() => this.#fail(undefined), limits.orphanGraceMs);
  }

  #replaceBackup(lost: HostProcess, end: HostEnd): void {
    if (lost.inSync) {
      this.#startBackup();
      return;
    }
    this.#backupFailures += 1;
    const failures = this.#backupFailures;
    if (failures === limits.backupFailuresAtMost) {
      if (!this.#announced) {
        this.#fail(end);
        return;
      }
      this.#tell({ event: 'backups-keep-failing', failures, how: describeEnd(end) });
    }
    this.#retryTimer = setTimeout(() => this.#startBackup(), backOffMs(failures));
  }

  /** Nobody holds the machine any more, or nobody ever will: never an empty machine in its place (I8). */
  #fail(end: HostEnd | undefined): void {
    const failure = this.#announced ? lossFailure(this.#ends) : startFailure(end, this.#ends);
    this.#tell({ event: 'halt', reason: failure.message, code: failure.code });
    this.#endRun({ code: failure.exitCode, failure });
  }

  #endRun(result: RunResult): void {
    if (this.#result !== undefined) return;
    this.#result = result;
    this.#spares.close();
    for (const host of this.#hosts) host.tell({ type: 'stop' });
    this.#stopTimer = setTimeout(() => {
      for (const host of this.#hosts) host.kill();
    }, limits.hostStopMs);
    if (this.#hosts.size === 0) void this.#finish();
  }

  async #finish(): Promise<void> {
    if (this.#finishing) return;
    this.#finishing = true;
    const result = this.#result ?? { code: 1, failure: undefined };
    for (const timer of [this.#retryTimer, this.#orphanTimer, this.#stopTimer]) clearTimeout(timer);
    await Promise.race([this.#console.flushed(), this.#impatient.promise]);
    // Whoever asked for this end gets its answer before the port closes.
    await this.#poweredOff?.then(nextRound);
    await this.#admin?.close();
    this.#abandon();
    process.removeListener('exit', this.#lastResort);
    this.#tell({ event: 'end', code: result.code });
    this.#finished.resolve(result);
  }

  /** The part of the cleaning that also works while the process exits. */
  #abandon(): void {
    for (const host of this.#hosts) host.kill();
    this.#socket.close();
    this.#directory.remove();
  }

  /** One message for all the lines that the terminal took in this round of the event loop. */
  #tellPrinted(): void {
    this.#printedTimer ??= setImmediate(() => {
      this.#printedTimer = undefined;
      for (const host of this.#hosts) host.tell({ type: 'printed', ordinal: this.#console.printed });
    });
  }

  #hostLog(host: HostProcess, level: LogLevel, text: string): void {
    this.#tell({ event: 'host-log', role: host.role, pid: host.pid, level, text });
  }

  #tell(event: RunEvent | RunNotice): void {
    this.#log.add(event);
    this.#options.reporter.report(event);
  }
}

/** Of the event loop: what was written has left by then. */
const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
