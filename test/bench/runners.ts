/**
 * Those who can compute something of a guest's that exports `run(name, steps)` and serves it as
 * `/name/steps`, and tell what it cost: bare quickjs-emscripten, and hosts.
 */
import type { KernelAnswer, KernelOrder } from './bare-engine.ts';
import { busiestThread, cpuMsOf, threadCpuMs } from './cpu-time.ts';
import { Contestant, pause } from './processes.ts';

export interface KernelResult extends KernelAnswer {
  /** Of the thread that computed. */
  readonly cpuMs: number;
}

export interface Runner {
  compute(order: KernelOrder): Promise<KernelResult>;
}

/** Behind a turn, its hash point is made within this time. */
const HASH_POINT_MS = 150;

export class EngineRunner implements Runner {
  readonly #contestant: Contestant<KernelOrder, KernelAnswer>;
  readonly #pid: number;

  private constructor(contestant: Contestant<KernelOrder, KernelAnswer>, pid: number) {
    this.#contestant = contestant;
    this.#pid = pid;
  }

  /** `inlined`: with V8 told what a host tells it. */
  static async start(guest: string, ...words: readonly 'inlined'[]): Promise<EngineRunner> {
    const { contestant, greeting } = await Contestant.start<KernelOrder, KernelAnswer>('bare-engine', [
      guest,
      ...words,
    ]);
    return new EngineRunner(contestant, Number(greeting));
  }

  async compute(order: KernelOrder): Promise<KernelResult> {
    const before = cpuMsOf(this.#pid, this.#pid);
    const answer = await this.#contestant.order(order);
    return { ...answer, cpuMs: cpuMsOf(this.#pid, this.#pid) - before };
  }

  stop(): Promise<void> {
    return this.#contestant.stop();
  }
}

/** A host's vCPU, found as the thread that was busiest while it computed. */
export class HostRunner implements Runner {
  readonly #url: string;
  readonly #pid: number;
  #thread = 0;

  constructor(url: string, pid: number) {
    this.#url = url;
    this.#pid = pid;
  }

  async compute(order: KernelOrder): Promise<KernelResult> {
    const before = threadCpuMs(this.#pid);
    const startedMs = performance.now();
    const response = await fetch(`${this.#url}/${order.kernel}/${order.steps}`);
    const { sum } = (await response.json()) as { readonly sum: number };
    const wallMs = performance.now() - startedMs;
    // The hash point that the turn has earned is part of what it costs.
    await pause(HASH_POINT_MS);
    if (this.#thread === 0) this.#thread = busiestThread(before, threadCpuMs(this.#pid)).thread;
    const cpuMs = cpuMsOf(this.#pid, this.#thread) - (before.get(this.#thread) ?? 0);
    return { sum, cpuMs, wallMs };
  }
}
