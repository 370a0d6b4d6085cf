/**
 * `tandem.webSocket()` in a page, over a real Chromium's WebSocket: machines are killed, and the page
 * has one `open`, no `close`, no `error`, and every message of both directions once and in order; in a
 * page that the program serves itself, and in one of another origin before hosts with ports of their
 * own. Skipped where there is no Chromium.
 */
import { describe, expect, test } from 'vitest';
import { chromiumPath, type Page } from '../support/chromium.ts';
import { killUnderForeignPage, killUnderOwnPage, type PageAtWork } from '../support/page-kills.ts';
import { insist } from '../support/processes-client.ts';

const TALKERS = 3;
const SAY_EVERY_MS = 5;

if (chromiumPath === undefined)
  console.log('skipped: no Chromium in PATH (Debian: apt-get install chromium)');

/**
 * Each talker in the page has a socket of its own, says texts, and bytes each fifth time, whatever is
 * the matter with machines, and notes what happens to it. Every note is made where an author would
 * make it: in the socket's own events.
 */
async function beginToTalk(page: Page, site: string, urls: readonly string[]): Promise<void> {
  await page.evaluate(`(async () => {
    const { createClient } = await import('${site}/client/client.js');
    window.tandem = createClient(${JSON.stringify(urls)});
    window.errors = [];
    addEventListener('error', ({ message }) => errors.push(message));
    addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));
    window.talkers = Array.from({ length: ${TALKERS} }, (_, me) => {
      const socket = tandem.webSocket('/journal');
      const talker = { socket, opens: 0, closes: [], said: [], answers: [], ticks: [] };
      socket.onopen = () => { talker.opens += 1; };
      socket.onerror = () => errors.push('an error event');
      socket.onclose = ({ code, reason, wasClean }) => talker.closes.push(code + ' ' + reason + ' ' + wasClean);
      socket.onmessage = ({ data }) => {
        const text = typeof data === 'string' ? data : 'bytes ' + new Uint8Array(data).join();
        (text.startsWith('tick ') ? talker.ticks : talker.answers).push(text);
      };
      return talker;
    });
    window.going = setInterval(() => {
      for (const [me, { socket, said }] of talkers.entries()) {
        if (socket.readyState !== 1) continue;
        const n = said.length;
        if (n % 5 === 4) {
          said.push('bytes ' + [me, n % 256, n >> 8].join());
          socket.send(Uint8Array.of(me, n % 256, n >> 8));
        } else {
          said.push(me + ':' + n);
          socket.send(me + ':' + n);
        }
      }
    }, ${SAY_EVERY_MS});
  })()`);
}

/** Every talker has heard answers to what was said since, and words that it did not ask for. */
async function goesOn(page: Page): Promise<void> {
  await page.evaluate(
    'for (const talker of talkers) talker.sofar = [talker.said.length, talker.ticks.length]; undefined',
  );
  await page.until(
    `errors.length > 0 || talkers.every(({ answers, ticks, sofar }) => answers.length > sofar[0] + 2 && ticks.length > sofar[1] + 2)`,
  );
}

interface Talker {
  readonly opens: number;
  readonly closes: readonly string[];
  readonly said: readonly string[];
  readonly answers: readonly string[];
  readonly ticks: readonly string[];
}

async function expectNothingNoticed(page: Page, url: string): Promise<void> {
  await page.evaluate('clearInterval(going)');
  await page.until(
    'errors.length > 0 || talkers.every(({ socket, said, answers }) => socket.bufferedAmount === 0 && answers.length >= said.length)',
  );
  expect(await page.evaluate('errors')).toEqual([]);
  const talkers = await page.evaluate<Talker[]>('talkers.map(({ socket, ...notes }) => notes)');
  const { journal, sockets } = JSON.parse((await insist(`${url}/notes`)).body) as {
    journal: string[];
    sockets: number;
  };
  expect(sockets).toBe(TALKERS);
  expect(journal).toHaveLength(talkers.flatMap(({ said }) => said).length);
  for (const [me, { opens, closes, said, answers, ticks }] of talkers.entries()) {
    const isMine = (text: string): boolean => text.startsWith(`${me}:`) || text.startsWith(`bytes ${me},`);
    expect(journal.filter(isMine)).toEqual(said);
    const places = journal.map((text, index) => (text.startsWith('bytes') ? text : `${index + 1} ${text}`));
    expect(answers).toEqual(places.filter((_, index) => isMine(journal[index] ?? '')));
    const first = Number(ticks[0]?.slice('tick '.length));
    expect(ticks).toEqual(ticks.map((_, index) => `tick ${first + index}`));
    expect([opens, closes]).toEqual([1, []]);
  }
  console.log(`${talkers.map(({ said, ticks }) => `${said.length}+${ticks.length}`).join(', ')} messages`);
  await page.evaluate(`for (const { socket } of talkers) socket.close(4002, 'done'); undefined`);
  await page.until('talkers.every(({ closes }) => closes.length === 1)');
  const closes = await page.evaluate<string[][]>('talkers.map(({ closes }) => closes)');
  expect(closes).toEqual(talkers.map(() => ['4002 done true']));
  await page.evaluate('tandem.close()');
  expect(await page.evaluate('errors')).toEqual([]);
}

const TALKING: PageAtWork = {
  program: 'socket-journal.js',
  begin: beginToTalk,
  goesOn,
  expectNothingNoticed,
};

describe.skipIf(chromiumPath === undefined)('the client library’s WebSocket in a page', () => {
  test('that the program itself serves notices nothing of three kills: one open, no close, every message of both directions once and in order', async () => {
    await killUnderOwnPage(TALKING, 3);
  });

  test('of another origin finds whoever of two hosts is live, and notices nothing of two kills', async () => {
    // The first that it is told of is not live.
    await killUnderForeignPage(TALKING, (primary, backup) => [backup, primary]);
  });
});
