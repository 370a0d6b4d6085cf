/**
 * What clients that listen for long hear (I5): each message bears a number that is one more than
 * that of the message before it, whatever became of connections and hosts in between, and two
 * clients that hear one number hear the same.
 */
import { invariant } from '../../base/assert.ts';

/** What was heard under each number, by target and number: one for a run. */
export class Agreement {
  readonly #texts = new Map<string, { readonly text: string; readonly by: string }>();

  heard(target: string, number: number, text: string, by: string): void {
    const key = `${number} ${target}`;
    const before = this.#texts.get(key);
    if (before === undefined) this.#texts.set(key, { text, by });
    else
      invariant(
        'I5',
        before.text === text,
        `number ${number} of ${target} is "${before.text}" for ${before.by}, "${text}" for ${by}`,
      );
  }
}

/** What one client hears, from its first message on. */
export class Numbers {
  readonly #name: string;
  readonly #target: string;
  readonly #field: string;
  readonly #agreement: Agreement;
  #last: number | null = null;

  constructor(name: string, target: string, field: string, agreement: Agreement) {
    this.#name = name;
    this.#target = target;
    this.#field = field;
    this.#agreement = agreement;
  }

  get last(): number | null {
    return this.#last;
  }

  /** `isFree`: whoever numbers them has said that some are missing. The fields of the message. */
  heard(text: string, isFree = false): Readonly<Record<string, unknown>> {
    const fields = fieldsOf(text);
    const number = fields?.[this.#field];
    if (fields === null || typeof number !== 'number')
      throw new Error(
        `${this.#name} hears "${text}" at ${this.#target}, which has no number "${this.#field}"`,
      );
    const next = this.#last === null ? number : this.#last + 1;
    const isNext = number === next || (isFree && number > next);
    invariant(
      'I5',
      isNext,
      `${this.#name} hears number ${number} of ${this.#target} after ${this.#last}: "${text}"`,
    );
    // The first may be a greeting of its own.
    if (this.#last !== null) this.#agreement.heard(this.#target, number, text, this.#name);
    this.#last = number;
    return fields;
  }
}

/** Null for what is no object in JSON. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
