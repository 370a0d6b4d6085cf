/**
 * Sessions and keys are a part of the machine (FT §2.1): recorded, replayed and gone live with at any entry,
 * a machine remembers the same, bit for bit, and answers retries from it.
 */
import { describe, expect, it } from 'vitest';
import { goLiveAfter, type Input, imageOf, type Life, record, replay } from '../support/life.mjs';

const image = imageOf({
  guest: `let n = 0; export default { async fetch(request) {
    n += 1; const mine = n;
    if (request.url.endsWith('/later')) await new Promise((resolve) => setTimeout(resolve, 50));
    return Response.json({ mine, at: Date.now() }) } };`,
});
const open: Input = { method: 'POST', target: '/.well-known/tandem/session' };
const ask = (session: string, place: string, target: string): Input => ({
  method: 'POST',
  target,
  body: place,
  headers: { 'tandem-session': session, 'tandem-request': place },
});
const keyed = (key: string): Input => ({ method: 'POST', target: '/', headers: { 'idempotency-key': key } });
const replyTo = (life: Pick<Life, 'outputs'>, request: number): string | undefined =>
  life.outputs.find(({ kind, subject }) => kind === 'response' && subject === request)?.body;

/** The scripted world gives every life the same ids. */
const sessions = (): string[] =>
  [1, 2].map((request) => JSON.parse(replyTo(record(image, [open, open]), request) ?? '').session);

describe('what a machine remembers for its clients', () => {
  it('is the same after recording, replaying and going live at every entry', () => {
    const [one = '', two = ''] = sessions();
    expect(one).not.toBe(two);
    const inputs: Input[] = [
      open,
      open,
      ask(one, '1', '/later'),
      ask(two, '0.1', '/'),
      keyed('a'),
      ask(one, '1', '/later'),
      { advanceMs: 60 },
      ask(two, '3.1', '/'),
      ask(two, '0.2', '/'),
      keyed('a'),
      { advanceMs: 700_000 },
      ask(one, '2', '/'),
      keyed('a'),
    ];
    const life = record(image, inputs);
    expect(replay(image, life.entries).hash).toBe(life.hash);
    expect(JSON.parse(replyTo(life, 6) ?? '')).toMatchObject({ mine: 1 });
    expect(replyTo(life, 9)).toBe(replyTo(life, 5));
    expect(JSON.parse(replyTo(life, 10) ?? '')).toMatchObject({ type: 'urn:tandem:problem:session-gone' });
    // Forgotten, so it runs anew.
    expect(JSON.parse(replyTo(life, 11) ?? '')).toMatchObject({ mine: 6 });

    const after = [ask(two, '0.1', '/'), keyed('a')];
    for (let cut = 1; cut < life.entries.length; cut += 1) {
      const heir = goLiveAfter(image, life.entries.slice(0, cut), after);
      expect(replay(image, heir.entries).hash).toBe(heir.hash);
    }
  });
});
