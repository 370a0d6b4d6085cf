/**
 * The gap that a client sees when the primary dies or falls silent (FT §2.3), and where the time goes: real
 * processes, real SIGKILL and SIGSTOP, a pair that is made whole again before the next one. Deposits under
 * Idempotency-Keys go on all the time, and are counted in the end: a fast take-over that loses one is none.
 */
import { connect } from 'node:net';
import { Depositor } from './depositor.ts';
import { type Figure, figure, quantile, type SectionResult, type Target } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { guestProgram, pause, Run } from './processes.ts';

const LOSSES_PER_ROUND = 4;
const CLIENTS = 4;
const POLL_EVERY_MS = 4;
/**
 * After redundancy is restored: this long, and up to as much more, so that
 * losses fall at no particular moment.
 */
const CALM_MS = 250;
const HUNG_MS = 20_000;

/** How a primary is lost. */
interface Way {
  readonly name: 'SIGKILL' | 'silence';
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly words: readonly string[];
  readonly title: string;
  readonly quickLosses: number;
  readonly medianTarget?: Target;
  readonly p99Target: Target;
}

const KILL: Way = {
  name: 'SIGKILL',
  signal: 'SIGKILL',
  words: [],
  title: 'SIGKILL of the primary',
  quickLosses: 2,
  medianTarget: { bound: 'at-most', value: 30 },
  p99Target: { bound: 'at-most', value: 100 },
};

const SILENCE: Way = {
  name: 'silence',
  signal: 'SIGSTOP',
  words: ['--heartbeat-ms', '50', '--suspect-ms', '150'],
  title: 'Silence of the primary (SIGSTOP), suspected after 150 ms',
  quickLosses: 2,
  p99Target: { bound: 'at-most', value: 250 },
};

interface Loss {
  /** The signal to the first reply on a connection that was opened after it. */
  readonly firstReplyMs: number;
  /** The signal to the supervisor's word of the suspicion. */
  readonly detectionMs: number;
  /**
   * From the new primary's suspicion to its open doors; of these: the
   * test-and-set, the replay of what was received.
   */
  readonly takeoverMs: number;
  readonly claimMs: number;
  readonly drainMs: number;
  /** The first reply until the pair is whole again. */
  readonly redundantMs: number;
  /**
   * The longest time without an acknowledgement that a customer who keeps its connection has seen around it.
   */
  readonly gapMs: number;
}

export const measureFailover = (options: BenchOptions): Promise<SectionResult> => measure(KILL, options);
export const measureSilence = (options: BenchOptions): Promise<SectionResult> => measure(SILENCE, options);

async function measure(way: Way, { rounds, quick }: BenchOptions): Promise<SectionResult> {
  const run = await Run.start(guestProgram('bank.js'), { words: way.words });
  const depositors = Array.from({ length: CLIENTS }, (_, i) => new Depositor(run.url, `client-${i}`));
  const losses: Loss[] = [];
  try {
    for (let left = quick ? way.quickLosses : rounds * LOSSES_PER_ROUND; left > 0; left -= 1) {
      // As in a life in which hosts die less often than this: the one that waits has booted.
      await run.spareReady();
      await pause(CALM_MS + Math.random() * CALM_MS);
      losses.push(await lose(way, run, depositors));
    }
    await pause(CALM_MS);
    await Promise.all(depositors.map((depositor) => depositor.stop()));
    for (const depositor of depositors) await depositor.check();
  } finally {
    await run.stop();
  }
  const deposits = depositors.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  return {
    title: way.title,
    figures: figuresOf(way, losses),
    notes: [
      `${deposits} deposits were acknowledged meanwhile by ${CLIENTS} clients: every one is in its balance, once`,
    ],
    detail: losses,
  };
}

function figuresOf({ name, medianTarget, p99Target }: Way, losses: readonly Loss[]): readonly Figure[] {
  const all = (field: keyof Loss): number[] => losses.map((one) => one[field]);
  const replies = all('firstReplyMs');
  return [
    figure(`${name} to the first reply, median`, 'ms', replies, medianTarget),
    figure(`${name} to the first reply, p99`, 'ms', [quantile(replies, 0.99)], p99Target),
    figure('- until the suspicion is known', 'ms', all('detectionMs')),
    figure('- suspicion to open doors', 'ms', all('takeoverMs')),
    figure('- of that the test-and-set', 'ms', all('claimMs')),
    figure('- of that the replay of what was received', 'ms', all('drainMs')),
    figure('largest gap of a client that keeps its connection', 'ms', all('gapMs')),
    figure('first reply to redundant again', 'ms', all('redundantMs')),
  ];
}

async function lose({ signal }: Way, run: Run, depositors: readonly Depositor[]): Promise<Loss> {
  const from = run.now;
  for (const depositor of depositors) depositor.takeLongestGapMs();
  const lostMs = performance.now();
  process.kill(run.primaryPid, signal);
  const repliedMs = await firstReply(run.url);
  const suspected = await run.waitFor('failure-detected', from);
  const live = await run.waitFor('go-live', from);
  const redundant = await run.waitFor('redundant', from);
  // Whoever has not been answered since is still in the gap.
  const before = depositors.map(({ acknowledged }) => acknowledged);
  while (depositors.some(({ acknowledged }, i) => acknowledged === before[i])) await pause(POLL_EVERY_MS);
  const { ms, claimMs = Number.NaN, drainMs = Number.NaN } = live.event;
  return {
    firstReplyMs: repliedMs - lostMs,
    detectionMs: suspected.atMs - lostMs,
    takeoverMs: ms,
    claimMs,
    drainMs,
    redundantMs: redundant.atMs - repliedMs,
    gapMs: Math.max(...depositors.map((depositor) => depositor.takeLongestGapMs())),
  };
}

/**
 * A client that knocks again and again with a fresh connection. Resolves with the
 * time of the first reply with status 200.
 */
function firstReply(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const request = `GET /total HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearInterval(knocking);
      clearTimeout(hung);
    };
    const knock = (): void => {
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(request));
      socket.once('data', (chunk) => {
        if (!chunk.toString('latin1', 0, 12).startsWith('HTTP/1.1 200')) return;
        const atMs = performance.now();
        stop();
        resolve(atMs);
      });
      // Reset, or refused: that is what is being measured.
      socket.on('error', () => undefined);
    };
    const knocking = setInterval(knock, POLL_EVERY_MS);
    const hung = setTimeout(() => {
      stop();
      reject(new Error('no reply after the primary was lost'));
    }, HUNG_MS);
  });
}
