/**
 * Spares on machines of their own (FT §3.1): nobody supervises these hosts. They find the
 * live one by themselves, take the place of whichever is lost, and come back as spares when
 * they cannot go on with what they have.
 */
import { expect, test } from 'vitest';
import { pause, program } from '../support/processes.ts';
import { Bank } from '../support/processes-client.ts';
import { type Host, loggingUrlOf, saidReady, startPair } from '../support/processes-pair.ts';

const LONG_MS = 120_000;
/** Longer than the suspicion time-out: others go live meanwhile. */
const ASLEEP_MS = 2_000;

const count = (host: Host, what: RegExp): number =>
  host.process.stderr.texts.filter((line) => what.test(line)).length;

/** The `nth` line like this. */
const said = (host: Host, what: RegExp, nth = 1): Promise<void> =>
  host.process.stderr
    .watch(`${what} for the ${nth}th time`, () => (count(host, what) >= nth ? true : undefined))
    .then(() => undefined);

/** How many pages a joiner asked this primary for, join by join. */
const pagesAskedOf = (host: Host): number[] =>
  host.process.stderr.texts.flatMap((line) => {
    const found = /lacks (\d+) of \d+ pages/.exec(line);
    return found === null ? [] : [Number(found[1])];
  });

test("a spare takes the place of the dead primary's backup by itself, and carries on when that one dies, too", {
  timeout: LONG_MS,
}, async () => {
  const { pair, primary, backup } = await startPair({ program: program('bank.js') });
  const urls = [await loggingUrlOf(backup), await loggingUrlOf(primary)];
  const spare = await pair.startSpare(urls);
  await said(spare, /a spare of /);
  // It asked the backup first, which is not live and said so.
  expect(count(spare, /is not live; it follows/)).toBe(1);
  expect(await new Bank(primary.url).deposit('ada', 10)).toBe(10);

  primary.process.kill('SIGKILL');
  expect(await new Bank(backup.url).deposit('ada', 1)).toBe(11);
  await saidReady(spare, 'backup');
  backup.process.kill('SIGKILL');
  expect(await new Bank(spare.url).deposit('ada', 1)).toBe(12);
});

test('a host that slept and lost the test-and-set comes back as a spare, with the pages that it still holds', {
  timeout: LONG_MS,
}, async () => {
  const { pair, primary, backup } = await startPair({ program: program('bank.js') });
  const [first, second] = [await loggingUrlOf(primary), await loggingUrlOf(backup)];
  const one = await pair.startSpare([first, second]);
  const third = await loggingUrlOf(one);
  await said(one, /a spare of /);
  await new Bank(primary.url).deposit('ada', 10);
  backup.process.kill('SIGKILL');
  await saidReady(one, 'backup');
  primary.process.kill('SIGKILL');
  expect(await new Bank(one.url).deposit('ada', 1)).toBe(11);
  const two = await pair.startSpare([third]);
  const fourth = await loggingUrlOf(two);
  await saidReady(two, 'backup');
  // It is told where else to look by being started with it: the other spare, and this one was.
  const three = await pair.startSpare([third, fourth]);
  await said(three, /a spare of /);

  two.process.kill('SIGSTOP');
  await pause(ASLEEP_MS);
  // The primary went on without it, and the waiting spare took its place.
  expect(await new Bank(one.url).deposit('ada', 1)).toBe(12);
  await saidReady(three, 'backup');
  const asked = pagesAskedOf(one).at(-1) ?? 0;
  two.process.kill('SIGCONT');
  await said(two, /coming back as a spare/);
  await said(two, /a spare of /);
  three.process.kill('SIGKILL');
  await said(two, /ready as backup/, 2);
  const again = pagesAskedOf(one).at(-1) ?? 0;
  console.log(`pages asked for: ${asked} by a fresh host, ${again} by one that came back`);
  expect(again).toBeLessThan(asked);
  one.process.kill('SIGKILL');
  expect(await new Bank(two.url).deposit('ada', 1)).toBe(13);
});

test('a spare that finds no primary goes on looking, and one with another program is refused for good', {
  timeout: LONG_MS,
}, async () => {
  const { pair, primary } = await startPair({ program: program('bank.js') });
  const url = await loggingUrlOf(primary);
  const stranger = await pair.startSpare([url], ['--program', program('lottery.js')]);
  expect(await stranger.process.exited).toEqual({ code: 1, signal: null });
  expect(stranger.process.stderr.texts.join('\n')).toMatch(/image/);

  const spare = await pair.startSpare(['ws://127.0.0.1:9', url]);
  await said(spare, /no primary at ws:\/\/127.0.0.1:9/);
  await said(spare, /a spare of /);
  spare.process.kill('SIGINT');
  expect(await spare.process.exited).toEqual({ code: 0, signal: null });
  expect(await new Bank(primary.url).deposit('ada', 10)).toBe(10);
});
