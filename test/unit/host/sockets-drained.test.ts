import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { bundle } from './bundle.ts';

/**
 * A host in small: a timer looks how long it was silent. After a long silence it writes what it sees: the
 * silence at once, then the bytes of each socket, then that the sockets were drained. An order from
 * socket `a` blocks it for a while instead.
 */
const source = `
  import fs from 'node:fs';
  import net from 'node:net';
  import { afterSocketsDrained } from './src/host/channel/sockets-drained.ts';
  const say = (line) => fs.writeSync(1, line + '\\n');
  const drain = () => afterSocketsDrained(() => { say('drained'); process.exit(); });
  let ticked = performance.now();
  setInterval(() => {
    const now = performance.now();
    if (now - ticked > 250) { say('silence'); drain(); }
    ticked = now;
  }, 10);
  for (const name of ['a', 'b', 'c']) {
    const socket = net.connect(process.argv[2], '127.0.0.1', () => socket.write(name));
    socket.on('close', () => process.exit());
    socket.on('data', (bytes) => {
      say(name + ' ' + bytes);
      if (String(bytes) !== 'block') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      drain();
    });
  }
`;

const made = bundle(source);
afterAll(() => made.remove());

async function startHost() {
  const sockets = new Map<string, net.Socket>();
  let complete = (): void => {};
  const server = net.createServer((socket) =>
    socket.once('data', (name) => {
      sockets.set(String(name), socket);
      if (sockets.size === 3) complete();
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const child = spawn(process.execPath, [made.path, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line));
  await new Promise<void>((resolve) => {
    complete = resolve;
  });
  const send = (name: string, text: string): Promise<void> =>
    new Promise((done) => sockets.get(name)?.write(text, () => done()));
  const end = (): void => {
    child.kill('SIGKILL');
    server.close();
    for (const socket of sockets.values()) socket.destroy();
  };
  return { child, lines, reader, send, end };
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  const state = (): string => readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.[0] ?? '';
  while (state() !== 'T') await new Promise((resolve) => setImmediate(resolve));
}

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('what came during a SIGSTOP is read before the sockets count as drained', async () => {
  const { child, lines, send, end } = await startHost();
  try {
    await stop(child);
    for (const name of ['a', 'b', 'c']) await send(name, 'heartbeat');
    // The pause is what is tested: it must be longer than the silence that the child thinks long.
    await new Promise((resolve) => setTimeout(resolve, 400));
    child.kill('SIGCONT');
    await once(child, 'close');
  } finally {
    end();
  }
  expect(lines.at(-1)).toBe('drained');
  expect(lines.slice(0, -1).sort()).toEqual(['a heartbeat', 'b heartbeat', 'c heartbeat', 'silence']);
});

onLinux('also what came while a socket was being read that was found readable before', async () => {
  const { child, lines, reader, send, end } = await startHost();
  try {
    await send('a', 'block');
    await once(reader, 'line');
    for (const name of ['b', 'c']) await send(name, 'heartbeat');
    await once(child, 'close');
  } finally {
    end();
  }
  expect(lines.at(-1)).toBe('drained');
  expect(lines.slice(0, -1).sort()).toEqual(['a block', 'b heartbeat', 'c heartbeat']);
});
