/** AbortSignals that are made of others: what they tell and when, and that they cost nothing once dropped. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { evaluate, run } from './harness.ts';

const MIB = 1024 * 1024;

type Step = readonly [what: string, one: number, other: number];

interface Signal extends EventTarget {
  readonly aborted: boolean;
  readonly reason: unknown;
  onabort: unknown;
}

interface Kind {
  readonly control: () => { readonly signal: Signal; abort(reason: unknown): void };
  readonly any: (signals: Signal[]) => Signal;
  readonly request: (signal: Signal) => Signal;
}

/**
 * Runs in the guest, and here. Signals 0 to 2 are controllers', the others are made of those before them.
 * What each is told is kept by itself: the guest tells them in the order in which they were waited for.
 */
function play(steps: readonly Step[], kind: Kind): unknown {
  const controllers = [kind.control(), kind.control(), kind.control()];
  const signals = controllers.map(({ signal }) => signal);
  const looks: unknown[] = [];
  const told: Record<string, unknown[]> = {};
  const look = (): unknown[] => signals.map(({ aborted, reason }) => [aborted, reason]);
  const listeners = new Map<number, () => void>();
  for (const [what, one, other] of steps) {
    const place = one % signals.length;
    const signal = signals[place] as Signal;
    const tell = (): void => {
      told[place] = [...(told[place] ?? []), [what, look()]];
    };
    const listener = (): void => {
      tell();
      if (place < 3 && other % 2 === 0) controllers[other % 3]?.abort('out of a listener');
    };
    if (what === 'any') signals.push(kind.any([signal, signals[other % signals.length] as Signal]));
    else if (what === 'request') signals.push(kind.request(signal));
    else if (what === 'abort') controllers[one % 3]?.abort(`reason ${other}`);
    else if (what === 'look') looks.push(look());
    else if (what === 'on') signal.onabort = other % 3 === 0 ? null : tell;
    else if (what === 'leave' && listeners.has(place)) {
      signal.removeEventListener('abort', listeners.get(place) as () => void);
      listeners.delete(place);
    } else if (what === 'listen' && !listeners.has(place)) {
      listeners.set(place, listener);
      signal.addEventListener('abort', listener, { once: other % 2 === 0 });
    }
  }
  return { looks, told, last: look() };
}

/** The DOM standard's signal, word for word, with references that hold. */
class StandardSignal extends EventTarget implements Signal {
  aborted = false;
  reason: unknown;
  onabort: unknown = null;
  sources: StandardSignal[] | undefined;
  readonly dependents: StandardSignal[] = [];

  abort(reason: unknown): void {
    if (this.aborted) return;
    const all = [this as StandardSignal, ...this.dependents.filter(({ aborted }) => !aborted)];
    for (const each of all) Object.assign(each, { aborted: true, reason });
    for (const each of all) {
      if (typeof each.onabort === 'function') each.onabort();
      each.dispatchEvent(new Event('abort'));
    }
  }

  static any(signals: StandardSignal[]): StandardSignal {
    const result = new StandardSignal();
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted !== undefined) Object.assign(result, { aborted: true, reason: aborted.reason });
    if (aborted !== undefined) return result;
    result.sources = [...new Set(signals.flatMap((signal) => signal.sources ?? [signal]))];
    for (const source of result.sources) source.dependents.push(result);
    return result;
  }
}

const standard = {
  control: () => {
    const signal = new StandardSignal();
    return { signal, abort: (reason: unknown) => signal.abort(reason) };
  },
  any: StandardSignal.any,
  request: (signal: StandardSignal) => StandardSignal.any([signal]),
} as unknown as Kind;

const GUEST_KIND = `{
  control: () => new AbortController(),
  any: (signals) => AbortSignal.any(signals),
  request: (signal) => new Request('http://host/', { signal }).signal,
}`;

describe('a signal made of others', () => {
  it('is aborted with the first of them, and tells whom the standard’s tells, whoever looks or listens when', () => {
    const step = fc.tuple(
      fc.constantFrom('any', 'any', 'request', 'abort', 'look', 'listen', 'listen', 'leave', 'on'),
      fc.nat(11),
      fc.nat(11),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const told = evaluate(`(${play.toString()})(${JSON.stringify(steps)}, ${GUEST_KIND})`);
        expect(told).toEqual(JSON.parse(JSON.stringify(play(steps, standard))));
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('tells whoever listens, though nobody holds it', () => {
    const guest = run(`
      const shutdown = new AbortController();
      AbortSignal.any([shutdown.signal]).addEventListener('abort', () => console.log('listener'));
      AbortSignal.any([shutdown.signal]).onabort = () => console.log('handler');
      new Request('http://host/', { signal: shutdown.signal }).clone().signal.onabort = () => console.log('request');
      shutdown.abort();`);
    expect(guest.stdout).toEqual(['listener', 'handler', 'request']);
  });

  it.each([
    ['dropped', 'AbortSignal.any([shutdown.signal, new AbortController().signal])'],
    ['a request’s', `new Request('http://host/', { signal: shutdown.signal })`],
    ['one of another', 'AbortSignal.any([AbortSignal.any([shutdown.signal])])'],
    [
      'no longer listened to',
      `const any = AbortSignal.any([shutdown.signal]); any.onabort = f; any.addEventListener('abort', f); any.removeEventListener('abort', f); any.onabort = null;`,
    ],
    [
      'aborted with another',
      `const own = new AbortController(); AbortSignal.any([shutdown.signal, own.signal]).addEventListener('abort', f); own.abort();`,
    ],
  ])('leaves nothing behind with one that lives as long as the guest: %s', (_, each) => {
    const guest = run(
      `const shutdown = new AbortController();
      const f = () => {};
      export default { fetch() { for (let n = 0; n < 5_000; n += 1) { ${each} } return new Response('well'); } };`,
      { memoryMaximumBytes: 20 * MIB },
    );
    for (let turn = 0; turn < 10; turn += 1) expect(guest.fetch('/').text).toBe('well');
  });
});

test('a call whose body fails leaves nothing behind with its signal', () => {
  const guest = run(
    `const shutdown = new AbortController();
    export default { async fetch() {
      const calls = [];
      for (let n = 0; n < 20; n += 1) {
        const why = Object.assign(new RangeError('no'), { bytes: new Uint8Array(100_000) });
        const body = new ReadableStream({ pull() { throw why; } });
        calls.push(fetch('http://bank.test/', { method: 'POST', body, signal: shutdown.signal }));
      }
      const ends = await Promise.allSettled(calls);
      return new Response(ends[0].reason.name);
    } };`,
    { memoryMaximumBytes: 64 * MIB },
  );
  for (let turn = 0; turn < 50; turn += 1) expect(guest.fetch('/').text).toBe('RangeError');
});
