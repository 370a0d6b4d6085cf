/**
 * What a host has to say about itself: to its supervisor over IPC, or, on its own, as lines on stderr. The
 * protocol announces; this file only finds the words and adds the times that a person wants to know.
 */
import { hostname } from 'node:os';
import { digest, position } from '../../base/brands.ts';
import type { Announcement, HaltReason } from '../../protocol/effects.ts';
import type { HostMessage, LogLevel } from '../supervisor/protocol.ts';
import type { SupervisorLink } from './supervisor-link.ts';
import type { TakeoverTimes } from './takeover-times.ts';

/** Names this process for people; a supervisor finds the process id in it. */
export const hostName = (): string => `${hostname()}:${process.pid}`;

/** The process that a host's name is of; null when it is no name of a process. */
export function processNamed(host: string): { readonly pid: number; readonly machine?: string } | null {
  const [, machine, pid] = /^(.*):(\d+)$/.exec(host) ?? [];
  if (machine === undefined || pid === undefined) return null;
  return machine === hostname() ? { pid: Number(pid) } : { pid: Number(pid), machine };
}

/** The process id in a host's name; undefined when it runs on another machine. */
function pidOf(host: string): number | undefined {
  const named = processNamed(host);
  return named?.machine === undefined ? named?.pid : undefined;
}

/** Hears everything that is said, besides whom it is said to. */
export type Listener = (message: HostMessage, words: string) => void;

export class People {
  readonly #link: SupervisorLink | undefined;
  readonly #heard: Listener;

  constructor(link: SupervisorLink | undefined, heard: Listener = () => {}) {
    this.#link = link;
    this.#heard = heard;
  }

  log(level: LogLevel, text: string): void {
    this.#heard({ type: 'log', level, text }, text);
    if (this.#link === undefined) process.stderr.write(`${text}\n`);
    else this.#link.tell({ type: 'log', level, text });
  }

  tell(message: HostMessage, words: string): void {
    this.#heard(message, words);
    if (this.#link === undefined) process.stderr.write(`tandem: ${words}\n`);
    else this.#link.tell(message);
  }

  /** An answer to a question of the supervisor's or of the admin port's. */
  reply(message: HostMessage): void {
    this.#heard(message, message.type);
    this.#link?.tell(message);
  }

  /** The protocol's status log; its legend is in protocol/status-line.ts. */
  statusLine(line: string): void {
    this.log('info', line);
  }

  announce(announcement: Announcement, at: number, loggingUrl: string, times: TakeoverTimes): void {
    switch (announcement.event) {
      case 'failure-detected': {
        const { of, cause, silentMs } = announcement;
        this.tell(
          { type: 'failure-detected', peer: of, cause, silentMs },
          `the ${of} is suspected: ${cause}`,
        );
        return;
      }
      case 'go-live': {
        const { epoch, position: where, afterMs } = announcement;
        const steps = {
          ...(times.claimMs === undefined ? {} : { claimMs: times.claimMs }),
          ...(times.drainMs === undefined ? {} : { drainMs: times.drainMs }),
        };
        this.tell(
          { type: 'go-live', epoch, position: where, ms: afterMs, ...steps, loggingUrl },
          `live in epoch ${epoch} at position ${where}, ${afterMs.toFixed(1)} ms after the suspicion; logging channel ${loggingUrl}`,
        );
        return;
      }
      case 'switch-over': {
        const { epoch, position: where } = announcement;
        this.tell(
          { type: 'switch-over', epoch, position: where, loggingUrl },
          `live in epoch ${epoch} at position ${where}, by a planned switch-over; logging channel ${loggingUrl}`,
        );
        return;
      }
      case 'relieved':
        this.log('info', `the backup of epoch ${announcement.epoch}, by a planned switch-over`);
        return;
      case 'switch-over-failed':
        this.log('warning', `no switch-over: ${announcement.reason}`);
        return;
      case 'solo':
        this.tell(
          { type: 'solo', epoch: announcement.epoch, position: position(at), ms: 0 },
          `going on without a backup in epoch ${announcement.epoch}`,
        );
        return;
      case 'redundant': {
        const { backup, afterMs, pauseMs } = announcement;
        const backupPid = pidOf(backup);
        this.tell(
          { type: 'redundant', ...(backupPid === undefined ? {} : { backupPid }), ms: afterMs, pauseMs },
          `redundant: ${backup} is in sync after ${afterMs.toFixed(0)} ms, pause ${pauseMs.toFixed(1)} ms`,
        );
        return;
      }
      case 'divergence': {
        const { position: where, expected, actual, detail } = announcement;
        if (isDigest(expected) && isDigest(actual)) {
          const hashes = { expected: digest(expected), actual: digest(actual) };
          this.tell({ type: 'divergence', position: where, ...hashes, detail }, detail);
        } else {
          this.log('error', detail);
        }
        return;
      }
      case 'peer-refused':
        this.log('warning', `a peer was refused: ${announcement.message} (${announcement.code})`);
        return;
      case 'waiting-for-arbiter':
        this.log('warning', `waiting for the arbiter: ${announcement.reason}`);
        return;
      case 'suspicion-withdrawn':
        this.log('info', `the ${announcement.of} was heard again; the suspicion is withdrawn`);
        return;
      case 'live':
        this.log('info', `epoch ${announcement.epoch} is this host's`);
    }
  }

  halt(reason: HaltReason, lastLines: readonly string[]): void {
    this.#heard({ type: 'log', level: 'error', text: reason.message }, `halted: ${reason.message}`);
    process.stderr.write(
      `${lastLines.map((line) => `  ${line}\n`).join('')}tandem: halted: ${reason.message}\n  ${reason.mend}\n`,
    );
    this.#link?.tell({ type: 'halt', reason: reason.message, code: reason.code, mend: reason.mend });
  }
}

const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
