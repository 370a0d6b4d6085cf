/**
 * `tandem-vm/client` in a page, in a real Chromium: the page loads the library's own modules, with no bundler, and does not notice that machines die; neither one that the
 * program serves itself, nor one of another origin, before two hosts with ports of their own. Skipped where there is no Chromium.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Browser, chromiumPath, type Page } from '../support/chromium.ts';
import { program, root, signal } from '../support/processes.ts';
import { Bank } from '../support/processes-client.ts';
import { loggingUrlOf, Pair, saidReady } from '../support/processes-pair.ts';
import { run } from '../support/processes-run.ts';

const CUSTOMERS = 4;

if (chromiumPath === undefined)
  console.log('skipped: no Chromium in PATH (Debian: apt-get install chromium)');

/** An origin of its own, with an empty page and the library's modules. */
async function startSite(): Promise<string> {
  const server = createServer((request, response) => {
    const [, module] = /^\/client\/([a-z-]+\.js)$/.exec(request.url ?? '') ?? [];
    const [type, text] =
      module === undefined
        ? ['text/html', '<!doctype html><title>customers</title>']
        : ['text/javascript', readFileSync(join(root, 'dist/client', module), 'utf8')];
    response.setHeader('content-type', type);
    // The page that the program serves loads its modules from here.
    response.setHeader('access-control-allow-origin', '*');
    response.end(text);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Each customer in the page deposits 1 again and again, and notes what balance it was told, and each error. */
async function openBank(page: Page, site: string, urls: readonly string[]): Promise<void> {
  await page.evaluate(`(async () => {
    const { createClient } = await import('${site}/client/client.js');
    const tandem = createClient(${JSON.stringify(urls)});
    window.errors = [];
    addEventListener('error', ({ message }) => errors.push(message));
    addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));
    window.going = true;
    window.told = Array.from({ length: ${CUSTOMERS} }, () => []);
    const work = told.map(async (balances, customer) => {
      while (going) {
        const reply = await tandem.fetch('/accounts/c' + customer + '/deposit', { method: 'POST', body: '{"amount":1}' });
        if (reply.status !== 200) throw new Error('answered ' + reply.status);
        balances.push((await reply.json()).balance);
      }
    });
    window.over = Promise.allSettled(work).then(async (ends) => {
      errors.push(...ends.flatMap(({ reason }) => (reason === undefined ? [] : [String(reason)])));
      await tandem.close();
    });
  })()`);
}

/** Every customer has had another reply since. */
async function goesOn(page: Page): Promise<void> {
  await page.evaluate('window.sofar = told.map(({ length }) => length), undefined');
  await page.until('errors.length > 0 || told.every(({ length }, customer) => length > sofar[customer] + 2)');
}

/** Every deposit was counted once, and each customer was told every balance of its account, in order. */
async function expectNothingNoticed(page: Page, url: string): Promise<void> {
  await page.evaluate('going = false, over');
  expect(await page.evaluate('errors')).toEqual([]);
  const told = await page.evaluate<number[][]>('told');
  const bank = new Bank(url);
  for (const [customer, balances] of told.entries()) {
    expect(balances.length).toBeGreaterThan(2);
    expect(balances).toEqual(balances.map((_, index) => index + 1));
    expect(await bank.balance(`c${customer}`)).toBe(balances.length);
  }
  console.log(`${told.map(({ length }) => length).join(', ')} deposits`);
}

describe.skipIf(chromiumPath === undefined)('the client library in a page', () => {
  test('that the program itself serves: over three kills no error, and every deposit is done once', async () => {
    const [pair, site, browser] = [
      await run(program('bank.js')).ready(),
      await startSite(),
      await Browser.start(),
    ];
    const page = await browser.open(`${pair.url}/total`);
    await page.until(`location.origin === '${pair.url}' && document.readyState === 'complete'`);
    await openBank(page, site, [pair.url]);
    await goesOn(page);
    for (let kill = 0; kill < 3; kill += 1) {
      const from = pair.now;
      expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
      await pair.waitFor('redundant', from);
      await goesOn(page);
    }
    await expectNothingNoticed(page, pair.url);
    expect(await pair.hash()).toMatchObject({ equal: true });
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  });

  test('of another origin: it finds whoever of two hosts is live, and over two kills there is no error and every deposit is done once', async () => {
    const [site, browser] = [await startSite(), await Browser.start()];
    const pair = new Pair({ program: program('bank.js') });
    const allow = ['--allow-origin', site];
    const first = await pair.startPrimary(allow);
    await saidReady(first, 'primary');
    const second = await pair.startBackup(await loggingUrlOf(first), allow);
    await saidReady(second, 'backup');
    const page = await browser.open(`${site}/`);
    await page.until(`location.origin === '${site}' && document.readyState === 'complete'`);
    // It is told of one of them, the one that is not live; the others it hears of.
    await openBank(page, site, [second.url]);
    await goesOn(page);
    expect(signal(first.process.pid, 'SIGKILL')).toBe(true);
    await goesOn(page);
    // Started again at its address, as an init system would.
    const address = ['--port', new URL(first.url).port];
    const third = await pair.startBackup(await loggingUrlOf(second), [...allow, ...address]);
    await saidReady(third, 'backup');
    await goesOn(page);
    expect(signal(second.process.pid, 'SIGKILL')).toBe(true);
    await goesOn(page);
    await expectNothingNoticed(page, first.url);
  });
});
