/**
 * A contestant, in a process of its own: the same guest and kernel in the same machine, behind node:http in
 * one thread. No log, no replication, no second thread; traps answered straight from the world. What is left
 * is the engine's and the kernel's share. Arguments: the guest's path. Greets with its port.
 */
import { randomFillSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { decodeResponseHead, encodeRequest } from '../../src/host/front/request-codec.ts';
import { bundleGuest } from '../../src/host/guest/bundle.ts';
import { loadEngine } from '../../src/machine/engine.ts';
import { loadKernel } from '../../src/machine/kernel-source.ts';
import { Machine } from '../../src/machine/machine.ts';
import { standardImage } from '../../src/machine/standard-image.ts';
import type { Output } from '../../src/machine/traps.ts';
import { alarmInterrupt, startInterrupt } from '../../src/session/interrupts.ts';

async function bootMachine(guestPath: string): Promise<Machine> {
  const guest = await bundleGuest(guestPath);
  const engine = loadEngine();
  const machine = new Machine(engine, standardImage(engine, loadKernel(), guest));
  machine.attach({
    clock: () => Date.now(),
    entropy: (into) => void into.set(randomFillSync(new Uint8Array(into.length))),
    poll: () => false,
    output: answer,
  });
  return machine;
}

const open = new Map<number, ServerResponse>();

function answer({ kind, subject, head, body }: Output): void {
  const response = open.get(subject);
  if (kind !== 'response' || response === undefined) return;
  open.delete(subject);
  // The bytes are the machine's; the text and the response take copies of their own.
  const decoded = decodeResponseHead(Buffer.from(head).toString());
  if (decoded === undefined) throw new Error('a response without a head');
  decoded.headers.push('content-length', String(body.length));
  response.writeHead(decoded.status, decoded.headers).end(Buffer.from(body));
}

const machine = await bootMachine(process.argv[2] ?? '');
machine.deliver(startInterrupt(randomFillSync(new Uint8Array(8)), Date.now()));

let nextId = 1;
function deliver(request: IncomingMessage, response: ServerResponse, body: Uint8Array): void {
  const { method = '', url: target = '', rawHeaders } = request;
  const payload = encodeRequest(nextId, { method, target, rawHeaders }, body);
  if (payload === undefined) throw new Error('a request that cannot be encoded');
  open.set(nextId, response);
  nextId += 1;
  machine.deliver(payload);
  while (machine.nextAlarmMs <= Date.now()) machine.deliver(alarmInterrupt());
}

const server = createServer({ noDelay: true }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [only = new Uint8Array(0)] = chunks;
    deliver(request, response, chunks.length > 1 ? Buffer.concat(chunks) : only);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.(address.port);
});
process.on('message', () => undefined);
process.on('disconnect', () => process.exit(0));
