/**
 * The chat's page in a browser: people who talk while primaries are killed see every line, once, in one
 * order, and no error. Skipped where there is no Chromium.
 */
import { expect, test } from 'vitest';
import { Browser, chromiumPath } from '../support/chromium.ts';
import { program, signal } from '../support/processes.ts';
import { run } from '../support/processes-run.ts';

const LINES = 40;

if (chromiumPath === undefined)
  console.log('skipped: no Chromium in PATH (Debian: apt-get install chromium)');

test.skipIf(chromiumPath === undefined)(
  'two people in a browser talk over two kills of the primary: both pages show every line, once, in one order',
  async () => {
    const pair = await run(program('chat.js')).ready();
    const browser = await Browser.start();
    const pages = await Promise.all([browser.open(`${pair.url}/`), browser.open(`${pair.url}/`)]);
    for (const page of pages)
      await page.until(`document.querySelector('#state')?.textContent === 'connected'`);
    const talk = pages.map((page, each) =>
      page.evaluate(`(async () => {
        window.errors = [];
        addEventListener('error', ({ message }) => errors.push(message));
        for (let count = 0; count < ${LINES}; count += 1) {
          document.querySelector('[name=name]').value = 'page ${each}';
          document.querySelector('[name=text]').value = 'line ' + count;
          document.querySelector('form').requestSubmit();
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })()`),
    );
    for (let kill = 0; kill < 2; kill += 1) {
      const from = pair.now;
      expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
      await pair.waitFor('redundant', from);
    }
    await Promise.all(talk);
    const shown: string[][] = [];
    for (const page of pages) {
      await page.until(`document.querySelectorAll('#lines li:not(.waiting)').length >= ${2 * LINES}`);
      shown.push(
        await page.evaluate(`[...document.querySelectorAll('#lines li')].map((item) => item.textContent)`),
      );
      expect(await page.evaluate('errors')).toEqual([]);
    }
    const [first = [], second] = shown;
    expect(second).toEqual(first);
    expect(first.map((text) => Number(text.split(' ')[0]))).toEqual(
      Array.from({ length: 2 * LINES }, (_, index) => index + 1),
    );
    for (const each of [0, 1]) {
      const own = first.filter((text) => text.includes(`page ${each}: `)).map((text) => text.split(': ')[1]);
      expect(own).toEqual(Array.from({ length: LINES }, (_, count) => `line ${count}`));
    }
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  },
);
