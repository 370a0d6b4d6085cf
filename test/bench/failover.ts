/**
 * The gap that a client sees when the primary is killed (FT §2.3), where the time goes, and what the clone that restores redundancy costs the machine
 * (FT §3.1): real processes, real SIGKILL, a pair that is made whole again before the next kill. Deposits under
 * Idempotency-Keys go on all the time, and are counted in the end: a fast take-over that loses one is none.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { connect } from 'node:net';
import { figure, median, quantile, type SectionResult } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { guestProgram, pause, Run } from './processes.ts';

const KILLS_PER_ROUND = 4;
const CLIENTS = 4;
const THINK_MS = 20;
const POLL_EVERY_MS = 4;
/** After redundancy is restored: this long, and up to as much more, so that kills fall at no particular moment. */
const CALM_MS = 250;
const MACHINE_BYTES = 16 * 1024 * 1024;
const COPIES = 9;
const HUNG_MS = 20_000;

interface Kill {
  /** SIGKILL to the first reply on a connection that was opened after it. */
  readonly firstReplyMs: number;
  /** From the new primary's suspicion to its open doors; of these: the test-and-set, the replay of what was received. */
  readonly takeoverMs: number;
  readonly claimMs: number;
  readonly drainMs: number;
  /** The first reply until the pair is whole again. */
  readonly redundantMs: number;
  readonly pauseMs: number;
  readonly memcpyMs: number;
}

export async function measureFailover({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const run = await Run.start(guestProgram('bank.js'));
  const source = Buffer.alloc(MACHINE_BYTES, 1);
  const target = Buffer.alloc(MACHINE_BYTES, 2);
  const depositors = Array.from({ length: CLIENTS }, (_, i) => new Depositor(run.url, `client-${i}`));
  const kills: Kill[] = [];
  try {
    for (let left = quick ? 5 : rounds * KILLS_PER_ROUND; left > 0; left -= 1) {
      // As in a life in which hosts die less often than this: the one that waits has booted.
      await run.spareReady();
      await pause(CALM_MS + Math.random() * CALM_MS);
      kills.push(await kill(run, () => memcpyMs(source, target)));
    }
    await pause(CALM_MS);
    await Promise.all(depositors.map((depositor) => depositor.stop()));
    for (const depositor of depositors) await depositor.check();
  } finally {
    await run.stop();
  }
  const all = (field: keyof Kill): number[] => kills.map((one) => one[field]);
  const replies = all('firstReplyMs');
  const copies = all('memcpyMs');
  const deposits = depositors.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  return {
    title: 'SIGKILL of the primary, and the clone for a new backup',
    figures: [
      figure('SIGKILL to the first reply, median', 'ms', replies, { bound: 'below', value: 100 }),
      figure('SIGKILL to the first reply, p99', 'ms', [quantile(replies, 0.99)]),
      figure(
        '- until the suspicion, and from the doors to the reply',
        'ms',
        kills.map(({ firstReplyMs, takeoverMs }) => firstReplyMs - takeoverMs),
      ),
      figure('- suspicion to open doors', 'ms', all('takeoverMs')),
      figure('- of that the test-and-set', 'ms', all('claimMs')),
      figure('- of that the replay of what was received', 'ms', all('drainMs')),
      figure('first reply to redundant again', 'ms', all('redundantMs')),
      figure('pause for the clone of 16 MiB', 'ms', all('pauseMs'), { bound: 'below', value: 5 }),
      figure('one memcpy of 16 MiB', 'ms', copies),
      figure('pause of the clone to one memcpy', 'ratio', [median(all('pauseMs')) / median(copies)]),
    ],
    notes: [
      `${deposits} deposits were acknowledged meanwhile by ${CLIENTS} clients: every one is in its balance, once`,
    ],
    detail: kills,
  };
}

async function kill(run: Run, copy: () => number): Promise<Kill> {
  const from = run.now;
  const killedMs = performance.now();
  process.kill(run.primaryPid, 'SIGKILL');
  const repliedMs = await firstReply(run.url);
  const live = await run.waitFor('go-live', from);
  const redundant = await run.waitFor('redundant', from);
  const { ms, claimMs = Number.NaN, drainMs = Number.NaN } = live.event;
  return {
    firstReplyMs: repliedMs - killedMs,
    takeoverMs: ms,
    claimMs,
    drainMs,
    redundantMs: redundant.atMs - repliedMs,
    pauseMs: redundant.event.pauseMs,
    memcpyMs: copy(),
  };
}

/** A client that knocks again and again with a fresh connection. Resolves with the time of the first reply with status 200. */
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
      reject(new Error('no reply after the kill'));
    }, HUNG_MS);
  });
}

/** The median of a few: what a copy costs when nobody interrupts it. */
function memcpyMs(source: Uint8Array, target: Uint8Array): number {
  return median(
    Array.from({ length: COPIES }, () => {
      const startedMs = performance.now();
      target.set(source);
      return performance.now() - startedMs;
    }),
  );
}

/** A customer who deposits 1 at a time, again under the same key until it is acknowledged, and keeps count. */
class Depositor {
  readonly #url: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #done: Promise<void>;
  #stopping = false;
  acknowledged = 0;

  constructor(url: string, account: string) {
    this.#url = `${url}/accounts/${account}`;
    this.#done = this.#deposit();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#done;
  }

  /** Throws when the balance is not what was acknowledged. */
  async check(): Promise<void> {
    const response = await fetch(this.#url);
    const { balance } = (await response.json()) as { readonly balance: number };
    if (balance !== this.acknowledged) {
      throw new Error(
        `${this.#url}: ${this.acknowledged} deposits were acknowledged, the balance is ${balance}`,
      );
    }
  }

  async #deposit(): Promise<void> {
    while (!this.#stopping) {
      const key = `"${randomUUID()}"`;
      while ((await this.#try(key)) !== 200) await pause(THINK_MS);
      this.acknowledged += 1;
      await pause(THINK_MS);
    }
  }

  /** The status; 0 without a reply. */
  #try(key: string): Promise<number> {
    return new Promise((resolve) => {
      const request = http.request(`${this.#url}/deposit`, {
        method: 'POST',
        agent: this.#agent,
        headers: { 'idempotency-key': key },
        timeout: 5_000,
      });
      request.on('response', (response) => {
        response.resume().on('close', () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(0));
      request.end('{"amount":1}');
    });
  }
}
