/** Orders to the load generator (load-generator.ts), and what it answers. */
import { Contestant } from './processes.ts';
import type { RequestKind } from './requests.ts';

export interface LoadOrder {
  readonly url: string;
  readonly connections: number;
  readonly request: RequestKind;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface LoadResult {
  /** Replies within the counted time. */
  readonly replies: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** The slowest one. */
  readonly maxMs: number;
  /** Of the load generator, all its threads, in the counted time. */
  readonly cpuMs: number;
  /** Replies of all the time, the warm-up and the last moment among them, by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Replies of all the time. */
export const allReplies = ({ statuses }: LoadResult): number =>
  Object.values(statuses).reduce((sum, count) => sum + count, 0);

export class Clients {
  readonly #generator: Contestant<LoadOrder, LoadResult>;

  private constructor(generator: Contestant<LoadOrder, LoadResult>) {
    this.#generator = generator;
  }

  static async start(): Promise<Clients> {
    const { contestant } = await Contestant.start<LoadOrder, LoadResult>('load-generator', []);
    return new Clients(contestant);
  }

  /** Throws when any reply was not a 200, save that reading an account which nobody has opened is a 404. */
  async order(order: LoadOrder): Promise<LoadResult> {
    const result = await this.#generator.order(order);
    const expected = order.request === 'balance' ? ['200', '404'] : ['200'];
    if (Object.keys(result.statuses).some((status) => !expected.includes(status))) {
      throw new Error(`${order.url}: ${JSON.stringify(result.statuses)}`);
    }
    return result;
  }

  stop(): Promise<void> {
    return this.#generator.stop();
  }
}
