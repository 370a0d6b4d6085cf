/** Orders to the process that plays network links (network-link.ts). */
import { Contestant } from './processes.ts';

export interface LinkOrder {
  readonly hostname: string;
  readonly port: number;
  /** Of TCP's payload, in each direction. */
  readonly megabitsPerSecond: number;
}

export interface LinkResult {
  readonly port: number;
}

export class Links {
  readonly #process: Contestant<LinkOrder, LinkResult>;

  private constructor(process: Contestant<LinkOrder, LinkResult>) {
    this.#process = process;
  }

  static async start(): Promise<Links> {
    const { contestant } = await Contestant.start<LinkOrder, LinkResult>('network-link', []);
    return new Links(contestant);
  }

  /** A link of its own to what this URL names; gives the URL of its near end. */
  async to(url: string, megabitsPerSecond: number): Promise<string> {
    const { protocol, hostname, port, pathname } = new URL(url);
    const near = await this.#process.order({ hostname, port: Number(port), megabitsPerSecond });
    return `${protocol}//127.0.0.1:${near.port}${pathname}`;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
