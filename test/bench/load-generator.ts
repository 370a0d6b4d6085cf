/**
 * Clients in a process of their own: each connection sends its next request when it has the reply to the last
 * one. Raw sockets and requests made beforehand, since node:http's client costs more than the server that is
 * to be measured. Takes orders over IPC.
 */
import { connect, type Socket } from 'node:net';
import { quantile } from './figures.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { takeOrders } from './orders.ts';
import { encodeHttp, requestsOf } from './requests.ts';

const HEAD_END = '\r\n\r\n';

/**
 * One connection: `answered` gets the status of each reply; whatever it returns true
 * for is followed by the next request.
 */
class Client {
  readonly #socket: Socket;
  readonly #requests: readonly Buffer[];
  readonly #answered: (status: string, latencyMs: number) => boolean;
  #next = 0;
  #sentMs = 0;
  /** Of the reply's head, until it is there. */
  #head = '';
  #status = '';
  /** Bytes of the body that are still to come. */
  #missingBytes = 0;

  constructor(
    order: LoadOrder,
    connection: number,
    answered: (status: string, latencyMs: number) => boolean,
    failed: (error: Error) => void,
  ) {
    const { host, hostname, port } = new URL(order.url);
    this.#requests = requestsOf(order.request, connection).map((request) => encodeHttp(request, host));
    this.#answered = answered;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => this.#send());
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', failed);
  }

  #send(): void {
    this.#sentMs = performance.now();
    this.#socket.write(this.#requests[this.#next] ?? '');
    this.#next = (this.#next + 1) % this.#requests.length;
  }

  #receive(chunk: Buffer): void {
    if (this.#status === '') this.#receiveHead(chunk);
    else this.#missingBytes -= chunk.length;
    if (this.#status === '' || this.#missingBytes > 0) return;
    const status = this.#status;
    this.#status = '';
    if (this.#answered(status, performance.now() - this.#sentMs)) this.#send();
    else this.#socket.end();
  }

  #receiveHead(chunk: Buffer): void {
    this.#head += chunk.toString('latin1');
    const headEnd = this.#head.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = /content-length: (\d+)/i.exec(this.#head)?.[1];
    this.#status = this.#head.slice(9, 12);
    this.#missingBytes = Number(length) - (this.#head.length - headEnd - HEAD_END.length);
    this.#head = '';
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
    p999Ms: quantile(latencies, 0.999),
    maxMs: latencies.reduce((most, one) => Math.max(most, one), 0),
    cpuMs: (user + system) / 1_000,
    statuses,
  };
}

takeOrders(load);
