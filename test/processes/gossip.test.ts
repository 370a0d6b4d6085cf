/**
 * Three guests that talk to each other by outbound calls: what is written at one is known at all, also while
 * primaries die; what nobody knew of the other stays side by side.
 */
import { expect, test } from 'vitest';
import { program, signal, until } from '../support/processes.ts';
import { insist, jsonOf } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

interface Version {
  readonly text: string;
  readonly clock: Readonly<Record<string, number>>;
}

const notesOf = async (pair: Run): Promise<Record<string, Version[]>> =>
  jsonOf(await insist(`${pair.url}/`))['notes'] as Record<string, Version[]>;

const write = (pair: Run, key: string, body: string) =>
  insist(`${pair.url}/notes/${key}`, { method: 'PUT', body });

test('three guests that gossip come to the same notes, though the primary of each is killed while they talk', async () => {
  const pairs = await Promise.all(
    ['ada', 'bob', 'eve'].map(() => run(program('gossip.js'), '--allow-net', '127.0.0.1').ready()),
  );
  const [ada, bob, eve] = pairs as [Run, Run, Run];
  // Apart, two of them write the same note: neither knows of the other.
  for (const [index, pair] of pairs.entries()) {
    const others = pairs.filter((other) => other !== pair).map(({ url }) => url);
    await insist(`${pair.url}/join`, {
      method: 'POST',
      body: JSON.stringify({ name: ['ada', 'bob', 'eve'][index], others: [] }),
    });
    await write(pair, `from-${index}`, `by ${index}`);
    if (index < 2) await write(pair, 'both', `by ${index}`);
    await insist(`${pair.url}/join`, {
      method: 'POST',
      body: JSON.stringify({ name: ['ada', 'bob', 'eve'][index], others }),
    });
  }
  for (const pair of pairs) expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
  const agree = (count: number): Promise<void> =>
    until('one mind among the three', async () => {
      const all = await Promise.all(pairs.map(notesOf));
      const [first] = all;
      return (
        Object.keys(first ?? {}).length === count &&
        all.every((notes) => JSON.stringify(sorted(notes)) === JSON.stringify(sorted(first ?? {})))
      );
    });
  await agree(4);
  expect((await notesOf(eve))['both']?.map(({ text }) => text)).toEqual(['by 0', 'by 1']);
  // Whoever writes now has read both.
  await write(eve, 'both', 'settled');
  await until('the settlement everywhere', async () => {
    const all = await Promise.all([notesOf(ada), notesOf(bob)]);
    return all.every((notes) => notes['both']?.length === 1 && notes['both'][0]?.text === 'settled');
  });
  for (const pair of pairs) expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

const sorted = (notes: Record<string, Version[]>): [string, Version[]][] =>
  Object.entries(notes).sort(([one], [other]) => (one < other ? -1 : 1));
