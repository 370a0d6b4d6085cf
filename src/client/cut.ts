/**
 * What ends a wait early: other signals, or a time that is over. It is let go when the wait has ended, and
 * leaves nothing on signals that live longer; AbortSignal.any does on Node 20.
 */

/** What follows signals for as long as it takes. */
export class Cut {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #ms: number;
  readonly #late: Error;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** After `ms` (0 for never) its reason is an error with these words. */
  constructor(sources: readonly AbortSignal[], ms: number, words: string) {
    this.#sources = sources;
    this.#ms = ms;
    this.#late = new Error(words);
    for (const source of sources) source.addEventListener('abort', this.#follow);
    this.#follow();
    if (!this.signal.aborted) this.prolong();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether this error says that the time was over. */
  isLate(error: unknown): boolean {
    return error === this.#late;
  }

  /** The time begins anew. */
  prolong(): void {
    clearTimeout(this.#timer);
    if (this.#ms > 0) this.#timer = setTimeout(() => this.#end(this.#late), this.#ms);
  }

  /** From now on nothing ends it. */
  release(): void {
    clearTimeout(this.#timer);
    for (const source of this.#sources) source.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => {
    const source = this.#sources.find(({ aborted }) => aborted);
    if (source !== undefined) this.#end(source.reason);
  };

  #end(reason: unknown): void {
    this.release();
    this.#controller.abort(reason);
  }
}
