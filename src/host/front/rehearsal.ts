/**
 * A backup's rehearsal for the moment at which clients come to it (FT §2.3). Code that was never used is read
 * and compiled when it first is, and that would be between the death of the primary and the first reply: some
 * milliseconds of Node's HTTP and of the front. So a front of its own, on a port of loopback that nobody
 * knows, answers a few requests that this process asks, on the fast path and off it, and is gone.
 */
import { Agent, request } from 'node:http';
import { ClientFront } from './client-front.ts';

const CONNECTIONS = 2;
const ON_ONE_CONNECTION = 8;
/** A body in one packet with its head, and one in two. */
const BODIES = [['{"amount":1}'], ['{"amount"', ':1}']] as const;
const HEAD = '200\ncontent-type\napplication/json';
const BODY = Buffer.from('{"rehearsal":true}');

/** Settles when it is over, and never rejects: whoever cannot rehearse is slower once. */
export async function rehearse(): Promise<void> {
  let nextId = 1;
  const front = new ClientFront(
    { clients: { address: '127.0.0.1', port: 0 }, firstRequestId: 1, allowOrigins: [] },
    {
      deliver: () => {
        const id = nextId;
        nextId += 1;
        queueMicrotask(() => front.respond(id, HEAD, BODY));
        return true;
      },
      deliverMessage: () => true,
      aborted: () => {},
      isLive: () => true,
      tell: () => {},
      log: () => {},
    },
  );
  try {
    const address = await front.open();
    for (let made = 0; address !== undefined && made < CONNECTIONS; made += 1) {
      for (const pieces of BODIES) await askAll(address.port, pieces);
    }
  } catch {
    // Nothing depends on it.
  } finally {
    front.destroyAll();
  }
}

async function askAll(port: number, pieces: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let asked = 0; asked < ON_ONE_CONNECTION; asked += 1) await ask(port, agent, pieces);
  } finally {
    agent.destroy();
  }
}

const ask = (port: number, agent: Agent, pieces: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method: 'POST', path: '/rehearsal' };
    const asked = request(options, (response) => response.on('end', resolve).on('error', reject).resume()).on(
      'error',
      reject,
    );
    for (const piece of pieces.slice(0, -1)) asked.write(piece);
    asked.end(pieces.at(-1));
  });
