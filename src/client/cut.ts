/**
 * What ends a wait early: other signals, or a time that is over. It is let go when the wait has ended, and
 * leaves nothing on signals that live longer; AbortSignal.any does on Node 20.
 */

/** Who follows a signal: it has one listener for them all, for Node warns of more than ten. */
const followers = new WeakMap<EventTarget, Set<() => void>>();

function tell({ target }: Event): void {
  for (const told of [...((target && followers.get(target)) ?? [])]) told();
}

/** Calls `told` when the signal is aborted, unless what this gives was called before. */
export function follow(signal: AbortSignal, told: () => void): () => void {
  const all = followers.get(signal) ?? new Set();
  followers.set(signal, all.add(told));
  // Whoever listens already is not added again.
  signal.addEventListener('abort', tell);
  return () => {
    if (all.delete(told) && all.size === 0) signal.removeEventListener('abort', tell);
  };
}

/** What must not be collected while somebody listens to a signal. */
const held = new WeakMap<AbortSignal, unknown>();

/** What follows signals for as long as it takes. */
export class Cut {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #unfollow: readonly (() => void)[];
  readonly #ms: number;
  readonly #late: Error;
  readonly #holder: unknown;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * After `ms` (0 for never) its reason is an error with these words. `holder`: without it a source ends
   * nothing, as the signal of a Request that was collected.
   */
  constructor(sources: readonly AbortSignal[], ms: number, words: string, holder?: unknown) {
    this.#sources = sources;
    this.#ms = ms;
    this.#late = new Error(words);
    this.#holder = holder;
    this.#unfollow = sources.map((source) => follow(source, this.#look));
    this.#look();
    if (!this.signal.aborted) this.prolong();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether this error says that the time was over. */
  isLate(error: unknown): boolean {
    return error === this.#late;
  }

  /** For what goes on after this was let go: the sources and `more` still end it, the time does not. */
  lasting(...more: readonly AbortSignal[]): AbortSignal {
    const signal = AbortSignal.any([this.signal, ...this.#sources, ...more]);
    held.set(signal, this.#holder);
    return signal;
  }

  /** The time begins anew. */
  prolong(): void {
    clearTimeout(this.#timer);
    if (this.#ms > 0) this.#timer = setTimeout(() => this.#end(this.#late), this.#ms);
  }

  /** From now on nothing ends it. */
  release(): void {
    clearTimeout(this.#timer);
    for (const each of this.#unfollow) each();
  }

  readonly #look = (): void => {
    const source = this.#sources.find(({ aborted }) => aborted);
    if (source !== undefined) this.#end(source.reason);
  };

  #end(reason: unknown): void {
    this.release();
    this.#controller.abort(reason);
  }
}
