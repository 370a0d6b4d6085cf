/**
 * `tandem-vm/client` in a page, in a real Chromium: the page loads the library's own modules, with no
 * bundler, and does not notice that machines die; neither one that the program serves itself, nor one of
 * another origin, before two hosts with ports of their own. Skipped where there is no Chromium.
 */
import { describe, expect, test } from 'vitest';
import { chromiumPath, type Page } from '../support/chromium.ts';
import { killUnderForeignPage, killUnderOwnPage, type PageAtWork } from '../support/page-kills.ts';
import { insist } from '../support/processes-client.ts';

const WRITERS = 4;
/** Longer than an answer takes otherwise. */
const WORK_MS = 50;

if (chromiumPath === undefined)
  console.log('skipped: no Chromium in PATH (Debian: apt-get install chromium)');

/**
 * Each writer in the page says one text after the other, and notes those that were acknowledged, and each
 * error. The program takes a while for each, so there is always one under way; a browser by itself sends such
 * a request again when its connection breaks, and has it done twice.
 */
async function beginToWrite(page: Page, site: string, urls: readonly string[]): Promise<void> {
  await page.evaluate(`(async () => {
    const { createClient } = await import('${site}/client/client.js');
    const tandem = createClient(${JSON.stringify(urls)});
    window.errors = [];
    addEventListener('error', ({ message }) => errors.push(message));
    addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));
    window.going = true;
    window.told = Array.from({ length: ${WRITERS} }, () => []);
    const work = told.map(async (texts, writer) => {
      while (going) {
        const text = writer + ':' + texts.length;
        const reply = await tandem.fetch('/?ms=${WORK_MS}', { method: 'POST', body: text });
        if (reply.status !== 201) throw new Error('answered ' + reply.status);
        await reply.text();
        texts.push(text);
      }
    });
    window.over = Promise.allSettled(work).then(async (ends) => {
      errors.push(...ends.flatMap(({ reason }) => (reason === undefined ? [] : [String(reason)])));
      await tandem.close();
    });
  })()`);
}

/** Every writer has had another reply since. */
async function goesOn(page: Page): Promise<void> {
  await page.evaluate('window.sofar = told.map(({ length }) => length), undefined');
  await page.until('errors.length > 0 || told.every(({ length }, writer) => length > sofar[writer] + 2)');
}

/** What was acknowledged is in the journal, once and in the order of each writer, and nothing else. */
async function expectNothingNoticed(page: Page, url: string): Promise<void> {
  await page.evaluate('going = false, over');
  expect(await page.evaluate('errors')).toEqual([]);
  const told = await page.evaluate<string[][]>('told');
  const journal = JSON.parse((await insist(url)).body) as string[];
  for (const [writer, texts] of told.entries()) {
    expect(texts.length).toBeGreaterThan(2);
    expect(journal.filter((text) => text.startsWith(`${writer}:`))).toEqual(texts);
  }
  expect(journal.length).toBe(told.flat().length);
  console.log(`${told.map(({ length }) => length).join(', ')} texts`);
}

const WRITING: PageAtWork = { program: 'journal.js', begin: beginToWrite, goesOn, expectNothingNoticed };

describe.skipIf(chromiumPath === undefined)('the client library in a page', () => {
  test('that the program itself serves: over two kills no error, and every text is kept once, in order', async () => {
    await killUnderOwnPage(WRITING, 2);
  });

  test('of another origin: it finds whoever of two hosts is live, and over two kills there is no error and every text is kept once, in order', async () => {
    // It is told of one of them, the one that is not live; the others it hears of.
    await killUnderForeignPage(WRITING, (_, backup) => [backup]);
  });
});
