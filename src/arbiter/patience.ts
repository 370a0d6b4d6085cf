/**
 * Bounds what a store can keep waiting. A call into a file system that hangs (a hard mount whose server
 * is away) cannot be taken back: it holds one of the few threads that Node has for files until the
 * server is there again. So while one is overdue, no other is begun; and two claims of one host never
 * work at the same time behind its back.
 */
import { limits } from '../base/limits.ts';

interface Unreachable {
  readonly kind: 'unreachable';
  readonly reason: string;
}

export class Patience {
  readonly #boundMs: number;
  #overdue = 0;

  constructor(boundMs: number = limits.arbiterAnswerMs) {
    this.#boundMs = boundMs;
  }

  /** What `call` answers, or that there is no answer yet. An answer that comes later is dropped. */
  async ask<Answer>(call: () => Promise<Answer>): Promise<Answer | Unreachable> {
    if (this.#overdue > 0) return { kind: 'unreachable', reason: 'an earlier call has not come back yet' };
    let timer: NodeJS.Timeout | undefined;
    const asked = call();
    const late = new Promise<Unreachable>((resolve) => {
      timer = setTimeout(() => {
        this.#overdue += 1;
        const back = (): void => {
          this.#overdue -= 1;
        };
        asked.then(back, back);
        resolve({ kind: 'unreachable', reason: `no answer within ${this.#boundMs} ms` });
      }, this.#boundMs);
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
