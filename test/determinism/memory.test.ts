/**
 * A guest at the end of its memory (DESIGN §3, limits): every client gets an answer, the
 * machine lives, and both sides do the same.
 */
import { describe, expect, it } from 'vitest';
import { imageOf, record, replay } from '../support/life.mjs';

const image = imageOf({
  memoryMaximumBytes: 24 * 1024 * 1024,
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
});
