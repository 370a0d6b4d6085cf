/**
 * Clients that know nothing of Tandem, as they are installed everywhere: an autocannon at full speed
 * and curls, while primaries are killed. They see a reset or refused connection at most; what they were
 * told is done, and nothing is done twice.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import { describe, expect, test } from 'vitest';
import { program, signal, until } from '../support/processes.ts';
import { Bank } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

const KILLS = 2;
const CONNECTIONS = 8;
/** Guards against hanging, nothing else. */
const PATIENCE_SECONDS = 50;
const BROKEN: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
/**
 * Of a connection that dies with its host: the one that it had, and one
 * that the dying host had just accepted.
 */
const LOST_AT_MOST = 2 * KILLS;

const noCurl =
  spawnSync('curl', ['--version']).status === 0
    ? undefined
    : 'skipped: no curl in PATH (Debian has it as curl)';
if (noCurl !== undefined) console.log(noCurl);

/** Each kill when all have got answers since the last one. */
async function killAgainAndAgain(pair: Run, answers: readonly { answered: number }[]): Promise<void> {
  const allGoOn = async (): Promise<void> => {
    const sofar = answers.map(({ answered }) => answered);
    await until('all are answered', () =>
      answers.every(({ answered }, each) => answered > (sofar[each] ?? 0)),
    );
  };
  await allGoOn();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const from = pair.now;
    expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
    await pair.waitFor('redundant', from);
    await allGoOn();
  }
}

interface Customer {
  sent: number;
  answered: number;
  readonly balances: number[];
}

/** One connection is one customer, who deposits 1 as fast as it is answered. */
function depositor(customers: Customer[]): (client: autocannon.Client) => void {
  return (client) => {
    const customer: Customer = { sent: 0, answered: 0, balances: [] };
    const path = `/accounts/a${customers.push(customer) - 1}/deposit`;
    const onResponse = (status: number, body: string): void => {
      customer.answered += 1;
      if (status === 200) customer.balances.push((JSON.parse(body) as { balance: number }).balance);
    };
    client.setRequests([{ method: 'POST', path, body: '{"amount":1}', onResponse }]);
    const told: NodeJS.EventEmitter = client;
    told.on('request', () => {
      customer.sent += 1;
    });
  };
}

describe('while primaries are killed', () => {
  test('an autocannon sees broken connections at most; each deposit that it was told of is kept, and none is done twice', async () => {
    const pair = await run(program('bank.js')).ready();
    const customers: Customer[] = [];
    const instance = autocannon(
      {
        url: pair.url,
        connections: CONNECTIONS,
        duration: PATIENCE_SECONDS,
        timeout: PATIENCE_SECONDS,
        setupClient: depositor(customers),
      },
      () => undefined,
    );
    const errors: string[] = [];
    instance.on('reqError', (error: NodeJS.ErrnoException) => errors.push(error.code ?? error.message));
    const done = new Promise<autocannon.Result>((resolve) => instance.on('done', resolve));
    await until('it has begun', () => customers.length === CONNECTIONS);
    await killAgainAndAgain(pair, customers);
    instance.stop();
    const { non2xx, timeouts, statusCodeStats } = await done;
    expect({ non2xx, timeouts, statuses: Object.keys(statusCodeStats ?? {}) }).toEqual({
      non2xx: 0,
      timeouts: 0,
      statuses: ['200'],
    });
    expect(errors.filter((code) => !BROKEN.has(code))).toEqual([]);
    const bank = new Bank(pair.url);
    for (const [each, { sent, answered, balances }] of customers.entries()) {
      const balance = await bank.balance(`a${each}`);
      expect(balances).toEqual([...new Set(balances)].toSorted((one, other) => one - other));
      expect(balance).toBeGreaterThanOrEqual(answered);
      expect(balance).toBeLessThanOrEqual(sent);
      // One more was under way when it was stopped.
      expect(sent - answered).toBeLessThanOrEqual(LOST_AT_MOST + 1);
    }
    const sum = (of: (customer: Customer) => number): number =>
      customers.reduce((total, customer) => total + of(customer), 0);
    console.log(
      `${sum(({ answered }) => answered)} of ${sum(({ sent }) => sent)} answered; ${errors.join(', ') || 'no errors'}`,
    );
    expect(await pair.hash()).toMatchObject({ equal: true });
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  });

  test.skipIf(noCurl !== undefined)(
    'curl sees a broken connection at most, and with a key and its own retries not even that: every deposit is done once',
    async () => {
      const pair = await run(program('bank.js')).ready();
      const plain = { answered: 0, ends: [] as string[] };
      const keyed = { answered: 0, ends: [] as string[] };
      let going = true;
      const deposit = async (
        id: string,
        seen: typeof plain,
        words: () => readonly string[],
      ): Promise<void> => {
        while (going) {
          const end = await curl([...words(), '-d', '{"amount":1}', `${pair.url}/accounts/${id}/deposit`]);
          seen.ends.push(end);
          if (end === '0 200') seen.answered += 1;
        }
      };
      const retries = ['--retry', '50', '--retry-all-errors', '--retry-max-time', `${PATIENCE_SECONDS}`];
      const work = [
        deposit('plain', plain, () => []),
        deposit('keyed', keyed, () => [...retries, '-H', `Idempotency-Key: "${randomUUID()}"`]),
      ];
      await killAgainAndAgain(pair, [plain, keyed]);
      going = false;
      await Promise.all(work);

      expect(new Set(keyed.ends)).toEqual(new Set(['0 200']));
      const failed = plain.ends.filter((end) => end !== '0 200');
      expect(failed.filter((end) => !CURL_BROKEN.has(end))).toEqual([]);
      expect(failed.length).toBeLessThanOrEqual(LOST_AT_MOST);
      const bank = new Bank(pair.url);
      expect(await bank.balance('keyed')).toBe(keyed.answered);
      const balance = await bank.balance('plain');
      expect(balance).toBeGreaterThanOrEqual(plain.answered);
      expect(balance).toBeLessThanOrEqual(plain.ends.length);
      console.log(
        `${plain.answered} and ${keyed.answered} curls answered; plain ones saw ${failed.join(', ') || 'no errors'}`,
      );
      expect(await pair.stop()).toEqual({ code: 0, signal: null });
    },
  );
});

/**
 * Exit codes of curl: 7 could not connect, 52 an empty reply, 55 and 56 broken while sending and receiving.
 */
const CURL_BROKEN: ReadonlySet<string> = new Set(['7 000', '52 000', '55 000', '56 000']);

/** A real curl: its exit code and the status. */
function curl(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const written = ['-o', '/dev/null', '-w', '%{http_code}'];
    const child = spawn('curl', ['-s', ...written, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    let status = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      status += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(`${code} ${status}`));
  });
}
