/**
 * Customers of the bank under faults: each pays into an account of its own and, one unit at a time, into one
 * that all share, asks what is in them, and goes from host to host until it is answered. A deposit keeps its
 * Idempotency-Key through all tries; a read has none, so each try is a question of its own. Half of them keep
 * their connections: what a deposed host still answers on those is seen, too.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { monotonicMs } from '../../src/base/monotonic.ts';
import { pause } from '../support/children.ts';
import { type Answer, type Ask, ask, NoAnswer } from '../support/processes-client.ts';
import { randomFrom } from '../support/random.ts';
import type { Operation } from './history.ts';

/** Where clients find a host, if it is live. */
export interface Door {
  readonly name: string;
  readonly url: string;
}

export interface LoadOptions {
  readonly doors: readonly Door[];
  readonly customers: number;
  readonly seed: number;
  /** Between two requests of one customer. */
  readonly meanPauseMs: number;
}

/** A try that got no answer by then is given up. */
const TRY_MS = 1_000;
const RETRY_MS = 10;
const SHARED = 'shared';
const DEPOSIT_AT_MOST = 100;

export class Load {
  readonly #book = new Book();
  /** Answers that no customer can explain. */
  readonly problems: string[] = [];
  readonly #customers: readonly Customer[];
  #lives: Promise<unknown> = Promise.resolve();
  #isOver = false;
  #isGivenUp = false;

  constructor(options: LoadOptions) {
    const state = { isOver: () => this.#isOver, isGivenUp: () => this.#isGivenUp };
    this.#customers = Array.from(
      { length: options.customers },
      (_, number) => new Customer(options, number, { book: this.#book, problems: this.problems }, state),
    );
  }

  /** All that was answered, and deposits that are under way: those may be done already. */
  get history(): readonly Operation[] {
    return [...this.#book.heard, ...this.#book.underWay];
  }

  start(): this {
    this.#lives = Promise.all(this.#customers.map((customer) => customer.live()));
    return this;
  }

  /** Deposits that were acknowledged. */
  get acknowledged(): number {
    return this.#book.heard.filter(({ adds, result }) => adds > 0 && result !== null).length;
  }

  /** For a test that has failed: nobody asks for anything any more. */
  async abandon(): Promise<void> {
    await this.finish(0);
  }

  /**
   * Nothing new is begun; resolves when all that was begun is answered. False:
   * that took too long, and was given up.
   */
  async finish(patienceMs: number): Promise<boolean> {
    this.#isOver = true;
    const timer = setTimeout(() => {
      this.#isGivenUp = true;
    }, patienceMs);
    await this.#lives;
    if (!this.#isGivenUp) await Promise.all(this.#customers.map((customer) => customer.lookAgain()));
    clearTimeout(timer);
    for (const customer of this.#customers) customer.leave();
    return !this.#isGivenUp;
  }
}

class Book {
  readonly heard: Operation[] = [];
  readonly underWay = new Set<Operation>();
}

/** What all customers write into. */
interface Account {
  readonly book: Book;
  readonly problems: string[];
}

interface State {
  readonly isOver: () => boolean;
  readonly isGivenUp: () => boolean;
}

class Customer {
  readonly #options: LoadOptions;
  readonly #name: string;
  readonly #random: () => number;
  readonly #load: Account;
  readonly #state: State;
  readonly #agent: http.Agent | undefined;
  #door = 0;
  #requests = 0;

  constructor(options: LoadOptions, number: number, load: Account, state: State) {
    this.#options = options;
    this.#name = `customer-${number}`;
    this.#random = randomFrom(options.seed * options.customers + number);
    this.#load = load;
    this.#state = state;
    this.#agent = number % 2 === 0 ? new http.Agent({ keepAlive: true, maxSockets: 1 }) : undefined;
  }

  async live(): Promise<void> {
    while (!this.#state.isOver() && !this.#state.isGivenUp()) {
      await this.#deposit(this.#name, 1 + Math.floor(this.#random() * DEPOSIT_AT_MOST));
      await this.#look(this.#name);
      await this.#deposit(SHARED, 1);
      await this.#look(SHARED);
    }
  }

  async lookAgain(): Promise<void> {
    await this.#look(this.#name);
    await this.#look(SHARED);
  }

  leave(): void {
    this.#agent?.destroy();
  }

  async #deposit(account: string, adds: number): Promise<void> {
    const name = this.#nextName();
    const calledMs = monotonicMs();
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    const request: Ask = { method: 'POST', headers, body: JSON.stringify({ amount: adds }) };
    const nothing = { result: null, returnedMs: Number.POSITIVE_INFINITY, answeredBy: null };
    const underWay: Operation = { name, account, adds, calledMs, ...nothing };
    this.#load.book.underWay.add(underWay);
    for (;;) {
      const door = this.#present();
      const answer = await this.#try(door, `/accounts/${account}/deposit`, request);
      if (answer?.status === 200) {
        this.#load.book.underWay.delete(underWay);
        this.#heard({ name, account, adds, calledMs }, balanceIn(answer), door);
        break;
      }
      // It stays under way for ever.
      if (this.#state.isGivenUp()) break;
      await this.#goOn(answer);
    }
    await this.#rest();
  }

  /** Of a host chosen at random: if one answers that should not, this finds it. */
  async #look(account: string): Promise<void> {
    const name = this.#nextName();
    const before = this.#door;
    this.#door = Math.floor(this.#random() * this.#options.doors.length);
    while (!this.#state.isGivenUp()) {
      const door = this.#present();
      const calledMs = monotonicMs();
      const answer = await this.#try(door, `/accounts/${account}`, {});
      if (answer?.status === 200 || answer?.status === 404) {
        const balance = answer.status === 404 ? 0 : balanceIn(answer);
        this.#heard({ name, account, adds: 0, calledMs }, balance, door);
        break;
      }
      await this.#goOn(answer);
    }
    if (this.#random() * 2 < 1) this.#door = before;
    await this.#rest();
  }

  #heard(asked: Pick<Operation, 'name' | 'account' | 'adds' | 'calledMs'>, result: number, door: Door): void {
    this.#load.book.heard.push({ ...asked, result, returnedMs: monotonicMs(), answeredBy: door.name });
  }

  /** Undefined when there was no answer. */
  async #try(door: Door, path: string, request: Ask): Promise<Answer | undefined> {
    const agent = this.#agent === undefined ? {} : { agent: this.#agent };
    try {
      return await ask(`${door.url}${path}`, { ...request, ...agent, timeoutMs: TRY_MS });
    } catch (error) {
      if (error instanceof NoAnswer) return undefined;
      throw error;
    }
  }

  /** A first try that still has its connection is waited for where it is. */
  async #goOn(answer: Answer | undefined): Promise<void> {
    if (answer !== undefined && ![307, 409, 503].includes(answer.status)) {
      this.#load.problems.push(`${this.#name} was answered ${answer.status}: ${answer.body}`);
    }
    if (answer?.status !== 409) this.#door += 1;
    await pause(RETRY_MS);
  }

  #present(): Door {
    const { doors } = this.#options;
    const door = doors[this.#door % doors.length];
    if (door === undefined) throw new Error('a load without doors');
    return door;
  }

  #nextName(): string {
    this.#requests += 1;
    return `${this.#name}/${this.#requests}`;
  }

  async #rest(): Promise<void> {
    await pause(this.#random() * 2 * this.#options.meanPauseMs);
  }
}

const balanceIn = ({ body }: Answer): number =>
  Number((JSON.parse(body) as { readonly balance?: unknown }).balance);
