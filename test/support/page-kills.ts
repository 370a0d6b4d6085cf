/**
 * A page in a real Chromium, and machines that are killed under it: the two places that a page can come from.
 * What it does meanwhile, and what it must not have noticed, is the test's own.
 */
import { expect } from 'vitest';
import { Browser, type Page } from './chromium.ts';
import { guest, signal } from './processes.ts';
import { loggingUrlOf, Pair, saidReady } from './processes-pair.ts';
import { run } from './processes-run.ts';
import { startSite } from './site.ts';

/**
 * Chromium may keep the machine from its hosts for longer than a primary may be silent. A SIGKILL is known by
 * the connection that ends; silence has tests of its own.
 */
const PATIENT = ['--suspect-ms', '30000'] as const;

export interface PageAtWork {
  /** The guest program that the page talks to. */
  readonly program: string;
  /** `site` serves the client library; `urls` is what the client is told of hosts. */
  begin(page: Page, site: string, urls: readonly string[]): Promise<void>;
  /** Ends when all of the page's work has gone on. */
  goesOn(page: Page): Promise<void>;
  /** Ends the work; `url` is where the program can be asked what it knows. */
  expectNothingNoticed(page: Page, url: string): Promise<void>;
}

async function openPage(browser: Browser, origin: string): Promise<Page> {
  const page = await browser.open(`${origin}/`);
  await page.until(`location.origin === '${origin}' && document.readyState === 'complete'`);
  return page;
}

/** The program serves the page itself, and its primary is killed so many times. */
export async function killUnderOwnPage(work: PageAtWork, kills: number): Promise<void> {
  const [pair, site, browser] = [
    await run(guest(work.program), ...PATIENT).ready(),
    await startSite(),
    await Browser.start(),
  ];
  const page = await openPage(browser, pair.url);
  await work.begin(page, site, [pair.url]);
  await work.goesOn(page);
  for (let kill = 0; kill < kills; kill += 1) {
    const from = pair.now;
    expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
    await pair.waitFor('redundant', from);
    await work.goesOn(page);
  }
  await work.expectNothingNoticed(page, pair.url);
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
}

/**
 * The page is of another origin than the two hosts, which have ports of their own. The first is killed and
 * started again at its address, then the second. The client is told what `knows` picks of them.
 */
export async function killUnderForeignPage(
  work: PageAtWork,
  knows: (primary: string, backup: string) => readonly string[],
): Promise<void> {
  const [site, browser] = [await startSite(), await Browser.start()];
  const pair = new Pair({ program: guest(work.program) });
  const words = [...PATIENT, '--allow-origin', site];
  const first = await pair.startPrimary(words);
  await saidReady(first, 'primary');
  const second = await pair.startBackup(await loggingUrlOf(first), words);
  await saidReady(second, 'backup');
  const page = await openPage(browser, site);
  await work.begin(page, site, knows(first.url, second.url));
  await work.goesOn(page);
  expect(signal(first.process.pid, 'SIGKILL')).toBe(true);
  await work.goesOn(page);
  // Started again at its address, as an init system would.
  const address = ['--port', new URL(first.url).port];
  const third = await pair.startBackup(await loggingUrlOf(second), [...words, ...address]);
  await saidReady(third, 'backup');
  await work.goesOn(page);
  expect(signal(second.process.pid, 'SIGKILL')).toBe(true);
  await work.goesOn(page);
  await work.expectNothingNoticed(page, first.url);
}
