import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { createRing, RingReader, RingWriter } from '../../../src/host/vcpu/ring.ts';
import { QueuedRingWriter, RingListener } from '../../../src/host/vcpu/ring-async.ts';
import { type Bundle, bundle } from './bundle.ts';

const bundles: Bundle[] = [];
const made = (source: string): string => {
  const one = bundle(source);
  bundles.push(one);
  return one.path;
};
afterAll(() => {
  for (const one of bundles) one.remove();
});

const MIX = 16_777_619;
/** The same pseudo-random bytes in every thread. */
function bytesOf(index: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => Math.imul(index + i, MIX) >>> 11);
}
const lengthOf = (index: number): number => (Math.imul(index, MIX) >>> 8) % (index % 7 === 0 ? 3_900 : 120);

const echoWorker = `
  import { workerData } from 'node:worker_threads';
  import { RingReader, RingWriter } from './src/host/vcpu/ring.ts';
  const reader = new RingReader(workerData.down);
  const writer = new RingWriter(workerData.up);
  for (let kind = 0; kind !== 9; ) {
    const message = reader.read(Infinity);
    if (message === undefined) throw new Error('an endless read ended');
    kind = message.kind;
    writer.writeBlocking(kind, message.first, message.second, message.bytes);
  }
`;

function startEcho(capacityBytes: number) {
  const down = createRing(capacityBytes);
  const up = createRing(capacityBytes);
  const worker = new Worker(made(echoWorker), { workerData: { down, up } });
  return { worker, writer: new QueuedRingWriter(new RingWriter(down), 2 ** 26), up: new RingReader(up) };
}

describe('ring between two threads', () => {
  test('a worker echoes 30,000 messages through rings they do not fit in, in order, byte for byte', async () => {
    const count = 30_000;
    const { worker, writer, up } = startEcho(4_096);
    let next = 0;
    let wrong = 0;
    const listener = new RingListener(up, (kind, first, second, bytes) => {
      const right = Buffer.from(bytesOf(next, lengthOf(next))).equals(bytes);
      if (!right || first !== next || second !== -next / 3 || kind !== (next === count - 1 ? 9 : 1))
        wrong += 1;
      next += 1;
    });
    for (let i = 0; i < count; i += 1) {
      expect(writer.write(i === count - 1 ? 9 : 1, i, -i / 3, bytesOf(i, lengthOf(i)))).toBe(true);
    }
    expect(writer.pendingBytes).toBeGreaterThan(0);
    await once(worker, 'exit');
    while (next < count) await new Promise((resolve) => setImmediate(resolve));
    listener.stop();
    expect({ next, wrong, pending: writer.pendingBytes }).toEqual({ next: count, wrong: 0, pending: 0 });
  });

  test('no wake-up is lost in 10,000 round trips', async () => {
    const { worker, writer, up } = startEcho(4_096);
    let trips = 0;
    new RingListener(up, () => {
      trips += 1;
      writer.write(trips === 10_000 ? 9 : 1, trips, 0);
    });
    writer.write(1, 0, 0);
    await once(worker, 'exit');
    expect(trips).toBeGreaterThanOrEqual(10_000);
  });

  test('a listener in the middle of a flood lets the event loop have its turns', async () => {
    const shared = createRing(2 ** 16);
    const flood = `
      import { workerData } from 'node:worker_threads';
      import { RingWriter } from './src/host/vcpu/ring.ts';
      const writer = new RingWriter(workerData);
      for (let i = 1; i <= 300_000; i += 1) writer.writeBlocking(1, i, 0);
    `;
    let last = 0;
    let turns = 0;
    let rounds = 0;
    const listener = new RingListener(
      new RingReader(shared),
      (_kind, first) => {
        last = first === last + 1 ? first : Number.NaN;
      },
      () => {
        rounds += 1;
      },
    );
    const worker = new Worker(made(flood), { workerData: shared });
    const exit = once(worker, 'exit');
    while (last < 300_000) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      turns += 1;
    }
    await exit;
    listener.stop();
    expect(last).toBe(300_000);
    expect(turns).toBeGreaterThan(10);
    expect(rounds).toBeGreaterThan(turns / 2);
  });
});

describe('what is written quietly', () => {
  test('wakes nobody, is found by whoever looks, and comes before what wakes', async () => {
    const shared = createRing(4_096);
    const writer = new RingWriter(shared);
    const seen: number[] = [];
    let woken = (): void => {};
    const listener = new RingListener(
      new RingReader(shared),
      (_kind, first) => seen.push(first),
      () => woken(),
    );
    writer.writeQuietly(1, 1, 0);
    // Timers and sockets have their turn, a wake-up would have had its.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual([]);
    listener.look();
    expect(seen).toEqual([1]);
    const round = new Promise<void>((resolve) => {
      woken = resolve;
    });
    writer.writeQuietly(1, 2, 0);
    writer.writeBlocking(1, 3, 0);
    await round;
    expect(seen).toEqual([1, 2, 3]);
    const after = new Promise<void>((resolve) => {
      woken = resolve;
    });
    writer.writeQuietly(1, 4, 0);
    writer.wakeReader();
    await after;
    expect(seen).toEqual([1, 2, 3, 4]);
    listener.stop();
  });

  test('wakes a sleeping reader after all when the ring is full of it', async () => {
    const shared = createRing(1_024);
    const quiet = `
      import { workerData } from 'node:worker_threads';
      import { RingWriter } from './src/host/vcpu/ring.ts';
      const writer = new RingWriter(workerData);
      for (let i = 1; i <= 5_000; i += 1) writer.writeQuietly(1, i, 0);
      writer.wakeReader();
    `;
    let last = 0;
    const all = new Promise<void>((resolve) => {
      const listener = new RingListener(new RingReader(shared), (_kind, first) => {
        last = first === last + 1 ? first : Number.NaN;
        if (last === 5_000) resolve();
        if (last === 5_000) listener.stop();
      });
    });
    const worker = new Worker(made(quiet), { workerData: shared });
    await Promise.all([all, once(worker, 'exit')]);
    expect(last).toBe(5_000);
  });
});

test('a listener that rests is woken by nobody meanwhile, finds all of it at once, and waits to be woken when there is nothing', async () => {
  const shared = createRing(4_096);
  const writer = new RingWriter(shared);
  const rounds: number[][] = [];
  let seen: number[] = [];
  let ended = (): void => {};
  const listener = new RingListener(
    new RingReader(shared),
    (_kind, first) => seen.push(first),
    () => {
      rounds.push(seen);
      seen = [];
      ended();
    },
    () => 20,
  );
  const round = (): Promise<void> =>
    new Promise((resolve) => {
      ended = resolve;
    });
  const first = round();
  writer.writeBlocking(1, 1, 0);
  await first;
  const second = round();
  for (let index = 2; index <= 9; index += 1) writer.writeBlocking(1, index, 0);
  await second;
  const third = round();
  await new Promise((resolve) => setTimeout(resolve, 60));
  writer.writeBlocking(1, 10, 0);
  await third;
  expect(rounds).toEqual([[1], [2, 3, 4, 5, 6, 7, 8, 9], [10]]);
  listener.stop();
});

test('a listener takes so many bytes in a round, however few messages they are: sockets have their turn in between', async () => {
  const shared = createRing(limits.ringBytes);
  const writer = new RingWriter(shared);
  const large = new Uint8Array(limits.ringRoundBytes / 4);
  const rounds: number[][] = [];
  let seen: number[] = [];
  await new Promise<void>((resolve) => {
    const listener = new RingListener(
      new RingReader(shared),
      (_kind, first) => seen.push(first),
      () => {
        rounds.push(seen);
        seen = [];
        if (rounds.flat().length < 9) return;
        listener.stop();
        resolve();
      },
    );
    for (let index = 1; index <= 9; index += 1) writer.writeBlocking(1, index, 0, large);
  });
  expect(rounds).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9]]);
});

describe('queued ring writer', () => {
  test('what a full ring refuses waits in order, and later messages wait behind it', async () => {
    const shared = createRing(256);
    const reader = new RingReader(shared);
    const writer = new QueuedRingWriter(new RingWriter(shared), 100_000);
    for (let i = 0; i < 100; i += 1) expect(writer.write(1, i, 0, new Uint8Array(40))).toBe(true);
    expect(writer.offer(1, 100, 0)).toBe(false);
    const seen: number[] = [];
    const done = new Promise<void>((resolve) => {
      new RingListener(reader, (_kind, first) => {
        seen.push(first);
        if (seen.length === 100) resolve();
      });
    });
    await done;
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(writer.pendingBytes).toBe(0);
    expect(writer.offer(1, 100, 0)).toBe(true);
  });

  test('a full queue refuses (I10)', () => {
    const writer = new QueuedRingWriter(new RingWriter(createRing(64)), 200);
    const results = Array.from({ length: 5 }, () => writer.write(1, 0, 0, new Uint8Array(32)));
    expect(results).toEqual([true, true, true, false, false]);
  });

  test('the chunks are only borrowed', async () => {
    const shared = createRing(64);
    const writer = new QueuedRingWriter(new RingWriter(shared), 1_000);
    const chunk = new Uint8Array(32).fill(5);
    writer.write(1, 0, 0, chunk);
    writer.write(1, 0, 0, chunk);
    chunk.fill(6);
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      new RingListener(new RingReader(shared), (_kind, _first, _second, bytes) => {
        seen.push(bytes[31]!);
        if (seen.length === 2) resolve();
      });
    });
    expect(seen).toEqual([5, 5]);
  });
});

describe('the process', () => {
  const run = async (source: string): Promise<{ code: number | null; stderr: string }> => {
    const child = spawn(process.execPath, [made(source)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    return { code, stderr };
  };

  test('is not kept alive by a waiting listener and a waiting writer', async () => {
    const { code } = await run(`
      import { createRing, RingReader, RingWriter } from './src/host/vcpu/ring.ts';
      import { QueuedRingWriter, RingListener } from './src/host/vcpu/ring-async.ts';
      new RingListener(new RingReader(createRing(64)), () => {});
      const writer = new QueuedRingWriter(new RingWriter(createRing(64)), 1_000);
      for (let i = 0; i < 4; i += 1) writer.write(1, 0, 0);
    `);
    expect(code).toBe(0);
  });

  test('gets what a handler throws as an uncaught exception', async () => {
    const { code, stderr } = await run(`
      import { createRing, RingReader, RingWriter } from './src/host/vcpu/ring.ts';
      import { RingListener } from './src/host/vcpu/ring-async.ts';
      const shared = createRing(64);
      new RingListener(new RingReader(shared), () => { throw new Error('a broken invariant'); });
      process.on('uncaughtException', (error, origin) => {
        process.stderr.write(origin + ' ' + error.message);
        process.exit(7);
      });
      setTimeout(() => new RingWriter(shared).tryWrite(1, 0, 0), 1);
    `);
    expect({ code, stderr }).toEqual({ code: 7, stderr: 'uncaughtException a broken invariant' });
  });
});
