/**
 * Clients of the bank, in a process of their own: each connection sends its next request when it has the reply to the last one. Raw sockets and requests
 * made beforehand, since node:http's client costs more than the server that is to be measured. Takes orders over IPC.
 */
import { connect, type Socket } from 'node:net';
import { quantile } from './figures.ts';

export interface LoadOrder {
  readonly url: string;
  readonly connections: number;
  readonly request: 'deposit' | 'balance';
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
  /** Of this process, all its threads, in the counted time. */
  readonly cpuMs: number;
  /** Replies of all the time, the warm-up and the last moment among them, by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

const HEAD_END = '\r\n\r\n';

function requestBytes({ request, url }: LoadOrder, connection: number): Buffer {
  const host = `host: ${new URL(url).host}`;
  const path = `/accounts/client-${connection}`;
  if (request === 'balance') return Buffer.from([`GET ${path} HTTP/1.1`, host, '', ''].join('\r\n'));
  const body = '{"amount":1}';
  const head = ['content-type: application/json', `content-length: ${body.length}`];
  return Buffer.from([`POST ${path}/deposit HTTP/1.1`, host, ...head, '', body].join('\r\n'));
}

/** One connection: `answered` gets the status of each reply; whatever it returns true for is followed by the next request. */
class Client {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #answered: (status: string, latencyMs: number) => boolean;
  #sentMs = 0;
  #rest = '';

  constructor(
    order: LoadOrder,
    connection: number,
    answered: (status: string, latencyMs: number) => boolean,
    failed: (error: Error) => void,
  ) {
    this.#request = requestBytes(order, connection);
    this.#answered = answered;
    const { hostname, port } = new URL(order.url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => this.#send());
    this.#socket.on('data', (chunk) => this.#receive(chunk.toString('latin1')));
    this.#socket.on('error', failed);
  }

  #send(): void {
    this.#sentMs = performance.now();
    this.#socket.write(this.#request);
  }

  #receive(chunk: string): void {
    this.#rest += chunk;
    const headEnd = this.#rest.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = /content-length: (\d+)/i.exec(this.#rest)?.[1];
    if (this.#rest.length < headEnd + HEAD_END.length + Number(length)) return;
    const status = this.#rest.slice(9, 12);
    this.#rest = '';
    if (this.#answered(status, performance.now() - this.#sentMs)) this.#send();
    else this.#socket.end();
  }
}

function load(order: LoadOrder): Promise<LoadResult> {
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const countFromMs = performance.now() + order.warmUpMs;
  const endMs = countFromMs + order.durationMs;
  let cpuAtStart: NodeJS.CpuUsage | undefined;
  return new Promise((resolve, reject) => {
    let open = order.connections;
    const answered = (status: string, latencyMs: number): boolean => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      const nowMs = performance.now();
      if (nowMs >= countFromMs && nowMs < endMs) {
        cpuAtStart ??= process.cpuUsage();
        latencies.push(latencyMs);
      }
      if (nowMs < endMs) return true;
      open -= 1;
      if (open === 0) resolve(resultOf(order, latencies, cpuAtStart, statuses));
      return false;
    };
    for (let i = 0; i < order.connections; i += 1) new Client(order, i, answered, reject);
  });
}

function resultOf(
  { durationMs }: LoadOrder,
  latencies: readonly number[],
  cpuAtStart: NodeJS.CpuUsage | undefined,
  statuses: LoadResult['statuses'],
): LoadResult {
  const { user, system } = process.cpuUsage(cpuAtStart);
  return {
    replies: latencies.length,
    perSecond: latencies.length / (durationMs / 1_000),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuMs: (user + system) / 1_000,
    statuses,
  };
}

process.on('message', (order: LoadOrder) => {
  load(order).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
