/**
 * The arbiter in virtual time (FT §2.3): one record per epoch, granted once. Questions and answers take time
 * on the way, may be lost either way, and a question may arrive long after whoever asked it has given it up.
 */
import type { Epoch } from '../../base/brands.ts';
import type { ArbiterRecord, ClaimAnswer, ReadAnswer } from '../../protocol/record.ts';
import type { Agenda } from './agenda.ts';

/** How the way between one host and the arbiter is at present. */
export interface ArbiterWay {
  /** refuses: says so at once. silent: says nothing. */
  down: 'no' | 'refuses' | 'silent';
  losesAnswers: boolean;
  addMs: number;
}

export interface ArbiterTimes {
  /** How long the next question, or its answer, is on its way. */
  latencyMs(): number;
  /** An answer that has not come by then is `unreachable`. */
  readonly answerMs: number;
}

export class VirtualArbiter {
  readonly #agenda: Agenda;
  readonly #times: ArbiterTimes;
  readonly #granted: (record: ArbiterRecord) => void;
  readonly records: ArbiterRecord[] = [];

  constructor(agenda: Agenda, times: ArbiterTimes, granted: (record: ArbiterRecord) => void) {
    this.#agenda = agenda;
    this.#times = times;
    this.#granted = granted;
  }

  get record(): ArbiterRecord | null {
    return this.records.at(-1) ?? null;
  }

  read(way: ArbiterWay, answer: (answer: ReadAnswer) => void): void {
    this.#ask<ReadAnswer>(way, () => ({ kind: 'read', record: this.record }), answer);
  }

  claim(
    way: ArbiterWay,
    expectedEpoch: Epoch | null,
    next: ArbiterRecord,
    answer: (answer: ClaimAnswer) => void,
  ): void {
    this.#ask<ClaimAnswer>(way, () => this.#grant(expectedEpoch, next), answer);
  }

  /** The test-and-set. A claim that comes a second time has won as it did the first. */
  #grant(expectedEpoch: Epoch | null, next: ArbiterRecord): ClaimAnswer {
    const { record } = this;
    if (record?.claimId === next.claimId) return { kind: 'won' };
    if ((record?.epoch ?? null) !== expectedEpoch) return { kind: 'lost', record };
    this.records.push(next);
    this.#granted(next);
    return { kind: 'won' };
  }

  /** Exactly one answer, whatever is lost. */
  #ask<Answer>(
    way: ArbiterWay,
    serve: () => Answer,
    answer: (answer: Answer | { readonly kind: 'unreachable'; readonly reason: string }) => void,
  ): void {
    const { down, losesAnswers, addMs } = way;
    if (down === 'refuses') {
      this.#agenda.after(this.#times.latencyMs(), () => answer({ kind: 'unreachable', reason: 'refused' }));
      return;
    }
    let open = true;
    const once = (said: Answer | { readonly kind: 'unreachable'; readonly reason: string }): void => {
      if (open) answer(said);
      open = false;
    };
    const reason = `no answer within ${this.#times.answerMs} ms`;
    this.#agenda.after(this.#times.answerMs, () => once({ kind: 'unreachable', reason }));
    if (down === 'silent') return;
    this.#agenda.after(this.#times.latencyMs() + addMs, () => {
      const said = serve();
      if (!losesAnswers) this.#agenda.after(this.#times.latencyMs(), () => once(said));
    });
  }
}
