/** What `tandem run` shows: lines for people, or one JSON object a line for programs. */
import { LineWriter } from '../host/console/line-writer.ts';
import type { Reporter, RunEvent, RunNotice } from '../host/supervisor/report.ts';
import { formatMs, type Style, styleFor } from './style.ts';

export interface RunOutput {
  readonly reporter: Reporter;
  /** Resolves when everything is written. */
  idle(): Promise<void>;
}

/** When the contract's events come; notices are for people alone. In the order of a run's life. */
const CONTRACT = {
  ready: 'always',
  console: 'always',
  'failure-detected': 'always',
  'go-live': 'always',
  'switch-over': 'always',
  redundant: 'always',
  divergence: 'always',
  stopped: 'always',
  halt: 'always',
  end: 'always',
  restart: 'watch',
  'not-restarted': 'watch',
} as const satisfies Record<RunEvent['event'] | 'console', 'always' | 'watch'>;

const eventsOf = (when: 'always' | 'watch'): readonly string[] =>
  Object.entries(CONTRACT).flatMap(([event, its]) => (its === when ? [event] : []));

/** The events of `--json`, and those that `--watch` adds: what help and README.md list. */
export const JSON_EVENTS = { always: eventsOf('always'), watch: eventsOf('watch') } as const;

export function jsonReporter(readerGone: (reason: string) => void): RunOutput {
  const [out] = writers(readerGone);
  return {
    reporter: {
      report(event) {
        if (Object.hasOwn(CONTRACT, event.event)) out.line(JSON.stringify(event));
      },
      print: (stream, text, written) => out.line(JSON.stringify({ event: 'console', stream, text }), written),
    },
    idle: () => out.idle(),
  };
}

/**
 * For stdout and stderr. What is wrong with stdout is said on stderr; nobody
 * can be told what is wrong with that.
 */
function writers(readerGone: (reason: string) => void): readonly [LineWriter, LineWriter] {
  const err = new LineWriter(2);
  const warn = (text: string): void => err.line(`tandem: ${text}`);
  const gone = (reason: string): void => {
    warn(`nobody reads stdout any more (${reason}): a serving program goes on, and its lines are dropped`);
    readerGone(reason);
  };
  return [new LineWriter(1, { gone, warn }), err];
}

export function wordsReporter(verbose: boolean, readerGone: (reason: string) => void): RunOutput {
  const [out, err] = writers(readerGone);
  const style = styleFor(process.stderr);
  return {
    reporter: {
      report(event) {
        for (const line of describe(event, style, verbose)) err.line(line);
      },
      print: (stream, text, written) => (stream === 'stdout' ? out : err).line(text, written),
    },
    async idle() {
      await Promise.all([out.idle(), err.idle()]);
    },
  };
}

/** Said in the place of a URL where nobody would answer. */
const PLAIN = 'a plain program: it has no fetch handler, so it runs to its end and serves nobody';

/** The column of labels. */
const LABEL_WIDTH = 11;

/** An event in words, each line with its label; nothing for what a person need not see. */
export function describe(event: RunEvent | RunNotice, style: Style, verbose: boolean): string[] {
  const line = (paint: (text: string) => string, label: string, text: string) =>
    `${paint(label.padEnd(LABEL_WIDTH))}${text}`;
  switch (event.event) {
    case 'ready':
      return [
        line(style.good, 'ready', event.program === 'plain' ? PLAIN : style.bold(event.url)),
        line(style.dim, '', `primary ${event.primary.pid}, backup ${event.backup.pid}, admin ${event.admin}`),
      ];
    case 'failure-detected':
      return [
        line(style.notable, 'suspicion', `host ${event.pid} suspects its ${event.peer}: ${event.cause}`),
      ];
    case 'go-live':
      return [
        line(
          style.good,
          'live',
          `host ${event.pid} is the primary now, ${formatMs(event.ms)} after the suspicion (epoch ${event.epoch}, position ${event.position})`,
        ),
      ];
    case 'redundant':
      return [
        line(
          style.good,
          'redundant',
          `backup ${event.backup.pid} is in sync after ${formatMs(event.ms)}; the machine paused ${formatMs(event.pauseMs)}`,
        ),
      ];
    case 'divergence':
      return [
        line(style.bad, 'divergence', `host ${event.pid} at position ${event.position}: ${event.detail}`),
        line(style.bad, '', `expected ${event.expected}, found ${event.actual}`),
      ];
    case 'switch-over':
      return [
        line(
          style.good,
          'switched',
          `host ${event.to.pid} is the primary now, ${event.from.pid} its backup (epoch ${event.epoch}); clients waited ${formatMs(event.gapMs)}`,
        ),
      ];
    case 'restart':
      return [
        line(
          style.notable,
          'restart',
          `${someOf(event.files)} changed: a fresh machine; the state of the old one is gone`,
        ),
      ];
    case 'not-restarted':
      return [
        line(style.bad, 'error', event.reason),
        ...event.mend.split('\n').map((text) => `  ${text.trimStart() === text ? text : text.slice(2)}`),
        line(style.dim, '', event.running ? 'what runs goes on' : 'waiting for a change'),
      ];
    case 'stopped':
      return [line(event.equal ? style.good : style.notable, 'stopped', stoppedWords(event))];
    case 'halt':
      // The run's own end is rendered once, as the command's error.
      return event.pid === undefined
        ? []
        : [line(style.bad, 'halt', `${event.role} ${event.pid}: ${event.reason}`)];
    case 'end':
      return verbose ? [line(style.dim, 'end', `code ${event.code}`)] : [];
    default:
      return describeNotice(event, style, verbose, line);
  }
}

/** A branch that is checked out changes many. */
const FILES_SHOWN = 3;

function someOf(files: readonly string[]): string {
  const more = files.length - FILES_SHOWN;
  const names = files.slice(0, FILES_SHOWN).join(', ');
  return `${names}${more > 0 ? ` and ${more} more` : ''} ${files.length === 1 ? 'has' : 'have'}`;
}

function stoppedWords({ equal, position, primary, reason }: Extract<RunEvent, { event: 'stopped' }>): string {
  if (position === null) return `not in good order: ${reason}`;
  if (!equal) return `at position ${position}: ${reason ?? 'the state hashes differ'}`;
  return `both machines at position ${position}, state hash ${primary?.hash.slice(0, 16) ?? ''}… equal`;
}

function describeNotice(
  event: RunNotice,
  style: Style,
  verbose: boolean,
  line: (paint: (text: string) => string, label: string, text: string) => string,
): string[] {
  switch (event.event) {
    case 'host-started':
      return [line(style.dim, 'start', `${event.role} ${event.pid}`)];
    case 'host-gone':
      return [line(style.bad, 'lost', `${event.role} ${event.pid} ${event.how}`)];
    case 'solo':
      return [
        line(style.notable, 'solo', `host ${event.pid} goes on without a backup (epoch ${event.epoch})`),
      ];
    case 'backups-keep-failing':
      return [
        line(
          style.bad,
          'no backup',
          `${event.failures} new backups were lost in a row; the last one ${event.how}`,
        ),
        line(style.bad, '', 'the program goes on unprotected; Tandem keeps trying'),
      ];
    case 'spare-called':
      return [line(style.dim, 'spare', `${event.pid} becomes the backup`)];
    case 'stopping':
      return [line(style.dim, 'stop', 'stopping; Ctrl-C again does not wait')];
    case 'stopped-early':
      return [line(style.notable, 'stopped', 'before it was ready')];
    case 'waiting':
      return [
        line(
          style.notable,
          'ended',
          `with code ${event.code}; waiting for a change, which starts the program anew`,
        ),
      ];
    case 'host-log':
      if (!verbose && event.level === 'info') return [];
      return [
        line(
          style.dim,
          event.level === 'info' ? 'log' : event.level,
          `${event.role} ${event.pid}: ${event.text}`,
        ),
      ];
  }
}
