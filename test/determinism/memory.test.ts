/**
 * A guest at the end of its memory: every client gets an answer, the
 * machine lives, and both sides do the same.
 */
import { describe, expect, it } from 'vitest';
import { imageOf, record, replay } from '../support/life.mjs';

const MIB = 1024 * 1024;
/** On a machine that has much else to do. */
const PATIENCE_MS = 120_000;

const image = imageOf({
  memoryMaximumBytes: 24 * MIB,
  guest: `
    const kept = [];
    export default { async fetch(request) {
      if (request.url.endsWith('/fill')) for (let size = 1e6; size > 8; size /= 2) try { for (;;) kept.push('x'.repeat(size) + kept.length); } catch {}
      if (request.url.endsWith('/free')) kept.length = 0;
      return new Response(String((await request.text()).length));
    } };`,
});

describe('a guest without memory', () => {
  it('has a request refused with 503 that is too large for what is left, and serves such requests again when it has freed some', () => {
    const large = { method: 'POST', target: '/', body: 'b'.repeat(1_000_000) };
    const { outputs, entries, hash } = record(image, [
      large,
      { target: '/fill' },
      large,
      { target: '/free' },
      large,
    ]);
    const responses = outputs.filter(({ kind }) => kind === 'response');
    expect(responses.map(({ head }) => head.slice(0, 3))).toEqual([
      '200',
      expect.any(String),
      '503',
      expect.any(String),
      '200',
    ]);
    expect(responses[2]?.body).toBe('There was not enough memory for this request\n');
    expect(responses[4]?.body).toBe('1000000');
    expect(replay(image, entries).hash).toBe(hash);
  });

  // Errors for want of memory at every place of the engine, some while another one is thrown.
  it.each([17, 17.5, 22])(
    'that lives at its limit, as a cache with %d MiB does, leaves no client without an answer',
    (mib) => {
      const cache = imageOf({
        memoryMaximumBytes: mib * MIB,
        guest: `
          const cache = new Map();
          let [count, seed] = [0, 1];
          const length = () => (seed = (seed * 48271) % 2147483647) % 4000;
          const put = () => {
            const id = 'user ' + count++;
            cache.set(id, { id, body: 'x'.repeat(length()) });
            return id;
          };
          while (count < ${490 * mib - 3_250}) put();
          export default { async fetch() {
            let id;
            try { id = put(); }
            catch { for (const oldest of cache.keys()) { cache.delete(oldest); break; } }
            return Response.json({ size: cache.size, body: cache.get(id) });
          } };`,
      });
      const inputs = Array.from({ length: 1_200 }, () => ({ target: '/' }));
      const { outputs, entries, hash } = record(cache, inputs);
      const answers = outputs.filter(({ kind }) => kind === 'response').map(({ head }) => head.slice(0, 3));
      expect(answers).toHaveLength(inputs.length);
      expect(new Set(answers).size).toBeGreaterThan(1);
      expect(replay(cache, entries).hash).toBe(hash);
    },
    PATIENCE_MS,
  );
});
