/** Asks the arbiter, and turns what comes back, or does not, into exactly one event (protocol/events.ts, duty 4). */

import type { Arbiter } from '../../arbiter/port.ts';
import type { Epoch } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { ArbiterRecord, ClaimAnswer, ReadAnswer } from '../../protocol/record.ts';
import type { ArbiterPort } from '../../replica/ports.ts';
import type { TakeoverTimes } from './takeover-times.ts';

export interface ArbiterAnswers {
  read(answer: ReadAnswer): void;
  claimed(claimId: string, answer: ClaimAnswer): void;
}

export class HostArbiterPort implements ArbiterPort {
  readonly #arbiter: Arbiter;
  readonly #vm: string;
  readonly #times: TakeoverTimes;
  readonly #answers: ArbiterAnswers;

  constructor(arbiter: Arbiter, vm: string, times: TakeoverTimes, answers: ArbiterAnswers) {
    this.#arbiter = arbiter;
    this.#vm = vm;
    this.#times = times;
    this.#answers = answers;
  }

  read(): void {
    void orUnreachable(this.#arbiter.read(this.#vm)).then((answer) => this.#answers.read(answer));
  }

  claim(expectedEpoch: Epoch | null, next: ArbiterRecord): void {
    this.#times.claimSent();
    void orUnreachable(this.#arbiter.claim(this.#vm, expectedEpoch, next)).then((answer) => {
      this.#times.claimAnswered();
      this.#answers.claimed(next.claimId, answer);
    });
  }
}

interface Unreachable {
  readonly kind: 'unreachable';
  readonly reason: string;
}

/** A late answer is dropped: the core asks again, and recognises its own claim by its id. */
async function orUnreachable<Answer>(asked: Promise<Answer>): Promise<Answer | Unreachable> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Unreachable>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: 'unreachable', reason: `no answer within ${limits.arbiterAnswerMs} ms` });
    }, limits.arbiterAnswerMs);
  });
  try {
    return await Promise.race([asked, late]);
  } catch (error) {
    return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
