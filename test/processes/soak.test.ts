/**
 * Kills at random moments under load (FT §2.2: the output rule, seen by clients). Sixteen clients deposit
 * under Idempotency-Keys and retry until they are answered; hosts are killed one after the other; at the
 * end every acknowledged deposit is in the balance, none twice, and no client ever read a balance older
 * than its last acknowledged deposit (I4, I5).
 *
 * `npm run soak` plays a hundred rounds. TANDEM_SOAK_ROUNDS and TANDEM_SOAK_SEED choose others.
 */
import { expect, test } from 'vitest';
import { pause, program, signal } from '../support/processes.ts';
import { Bank } from '../support/processes-client.ts';
import { type Run, runWithSpare } from '../support/processes-run.ts';
import { randomFrom } from '../support/random.ts';

const ROUNDS = Number(process.env['TANDEM_SOAK_ROUNDS'] ?? 5);
const SEED = Number(process.env['TANDEM_SOAK_SEED'] ?? Date.now() % 1_000_000);
const CLIENTS = 16;
/** From redundancy to the kill. */
const CALM_AT_MOST_MS = 400;
/** One kill in so many strikes the backup, and one in so many the spare as well. */
const BACKUP_EVERY = 4;
const SPARE_EVERY = 3;
/** Keys live for a day, so a long soak must not be faster than the reply cache is large. */
const DEPOSITS_AT_MOST = 24_000;
const ROUND_MS = 2_000;
const ROUND_AT_MOST_MS = 20_000;
const MEAN_PAUSE_MS = Math.max(5, (ROUNDS * ROUND_MS * CLIENTS) / DEPOSITS_AT_MOST);

/**
 * Deposits until it is told to stop, and finishes what it has begun. What it
 * was promised is checked at each answer.
 */
class Customer {
  acknowledged = 0;
  deposits = 0;
  readonly #bank: Bank;
  readonly #id: string;
  readonly #random: () => number;

  constructor(url: string, number: number) {
    this.#bank = new Bank(url);
    this.#id = `customer-${number}`;
    this.#random = randomFrom(SEED * CLIENTS + number);
  }

  async live(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const amount = 1 + Math.floor(this.#random() * 100);
      const balance = await this.#bank.deposit(this.#id, amount);
      this.acknowledged += amount;
      this.deposits += 1;
      // Nobody else pays in here: one more or one less would be a deposit done twice, or lost.
      expect(balance, `${this.#id} after its deposit ${this.deposits}`).toBe(this.acknowledged);
      expect(await this.#bank.balance(this.#id), `${this.#id} asks again`).toBe(this.acknowledged);
      await pause(this.#random() * 2 * MEAN_PAUSE_MS);
    }
  }
}

async function killSomebody(pair: Run, random: () => number): Promise<{ role: string; gapMs: number }> {
  await pause(random() * CALM_AT_MOST_MS);
  const role = random() * BACKUP_EVERY < 1 ? 'backup' : 'primary';
  const spare = random() * SPARE_EVERY < 1 ? (await pair.status()).spares[0] : undefined;
  if (spare !== undefined) signal(spare.pid, 'SIGKILL');
  const [pid, from, killedAtMs] = [
    role === 'primary' ? pair.primaryPid : pair.backupPid,
    pair.now,
    performance.now(),
  ];
  expect(signal(pid, 'SIGKILL')).toBe(true);
  const live = role === 'primary' ? await pair.waitFor('go-live', from) : undefined;
  await pair.waitFor('redundant', from);
  return { role, gapMs: (live?.atMs ?? killedAtMs) - killedAtMs };
}

test(`${ROUNDS} kills at random moments under the load of ${CLIENTS} clients lose no acknowledged deposit and repeat none`, {
  timeout: 60_000 + ROUNDS * ROUND_AT_MOST_MS,
}, async () => {
  console.log(
    `repeat with: TANDEM_SOAK_SEED=${SEED} TANDEM_SOAK_ROUNDS=${ROUNDS} npx vitest run --config test/vitest.config.ts test/processes/soak.test.ts`,
  );
  const pair = await runWithSpare(program('bank.js')).ready();
  const random = randomFrom(SEED);
  const customers = Array.from({ length: CLIENTS }, (_, number) => new Customer(pair.url, number));
  let isOver = false;
  // A customer that was lied to ends the test at once.
  const lives = Promise.all(customers.map((customer) => customer.live(() => isOver)));
  const gaps: number[] = [];
  const kills = (async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { role, gapMs } = await killSomebody(pair, random);
      if (role === 'primary') gaps.push(gapMs);
    }
  })();
  await Promise.race([kills, lives]);
  isOver = true;
  await lives;

  const acknowledged = customers.reduce((sum, customer) => sum + customer.acknowledged, 0);
  const deposits = customers.reduce((sum, customer) => sum + customer.deposits, 0);
  expect(await new Bank(pair.url).total()).toBe(acknowledged);
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(pair.story().filter(({ event }) => event === 'divergence' || event === 'halt')).toEqual([]);
  const inOrder = gaps.map(Math.round).sort((left, right) => left - right);
  console.log(
    `${deposits} deposits acknowledged over ${ROUNDS} kills (${gaps.length} of a primary); kill to go-live, ms: ${inOrder.join(' ')}`,
  );
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});
