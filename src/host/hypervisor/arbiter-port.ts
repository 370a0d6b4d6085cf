/**
 * Asks the arbiter, which always answers (arbiter/port.ts), and turns the answer into exactly
 * one event (protocol/events.ts, duty 4).
 */
import type { Arbiter } from '../../arbiter/port.ts';
import type { Epoch } from '../../base/brands.ts';
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
    void this.#arbiter.read(this.#vm).then((answer) => this.#answers.read(answer));
  }

  claim(expectedEpoch: Epoch | null, next: ArbiterRecord): void {
    this.#times.claimSent();
    void this.#arbiter.claim(this.#vm, expectedEpoch, next).then((answer) => {
      this.#times.claimAnswered();
      this.#answers.claimed(next.claimId, answer);
    });
  }
}
