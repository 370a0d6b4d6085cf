/**
 * Answers "what is your state hash?": a live host makes a hash point, a backup waits until it
 * has replayed the one that is asked for.
 */
import type { Digest, Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';

type Answer = (position: Position, hash: Digest) => void;

export class HashDesk {
  readonly #known = new Map<Position, Digest>();
  readonly #waiting: { readonly position: Position | undefined; readonly answer: Answer }[] = [];

  /** A hash was logged, or found equal. */
  checked(position: Position, hash: Digest): void {
    this.#known.set(position, hash);
    if (this.#known.size > limits.hashPointsKept) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    const due = this.#waiting.filter(
      (question) => question.position === undefined || question.position === position,
    );
    for (const question of due) {
      this.#waiting.splice(this.#waiting.indexOf(question), 1);
      question.answer(position, hash);
    }
  }

  /** The next hash point, whatever its position. False when too many ask. */
  askNext(answer: Answer): boolean {
    return this.#ask(undefined, answer);
  }

  askAt(position: Position, answer: Answer): boolean {
    const hash = this.#known.get(position);
    if (hash === undefined) return this.#ask(position, answer);
    answer(position, hash);
    return true;
  }

  #ask(position: Position | undefined, answer: Answer): boolean {
    if (this.#waiting.length >= limits.hashQuestions) return false;
    this.#waiting.push({ position, answer });
    return true;
  }
}
