/** From entries to batches: how much of the log goes into one message of the logging channel. */
import { expect, test } from 'vitest';
import { epoch, ordinal, position } from '../../../src/base/brands.ts';
import { limits } from '../../../src/base/limits.ts';
import { VcpuControl } from '../../../src/host/vcpu/control.ts';
import { FROM_VCPU } from '../../../src/host/vcpu/messages.ts';
import { Outbox } from '../../../src/host/vcpu/outbox.ts';
import { createRing, RingReader, RingWriter } from '../../../src/host/vcpu/ring.ts';
import { Round } from '../../../src/host/vcpu/round.ts';
import { CHAIN_START, chainTagOf } from '../../../src/log/chain.ts';
import { HASH_BYTES } from '../../../src/machine/page-tree.ts';
import { PAGE_BYTES } from '../../../src/machine/pages.ts';
import { encodeEntry } from '../../../src/wire/entries.ts';
import { encodeFrame } from '../../../src/wire/frames.ts';

const input = (bytes: number) =>
  ({ kind: 'interrupt', advanceMs: 1, payload: new Uint8Array(bytes) }) as const;

/** A body, and a head each character of which takes two bytes. */
const LARGEST_INPUT_BYTES = limits.requestBodyBytes + 2 * limits.requestHeadBytes;

test('a round of many large entries is reported in batches that are within the bound, or have one entry', () => {
  const heard: string[] = [];
  const round = new Round({
    isBatchUnderWay: () => false,
    recorded: (count, bytes) => heard.push(`${count} entries, ${bytes.length / limits.batchBytes} batches`),
    output: (at) => heard.push(`output ${at}`),
  });
  const half = new Uint8Array(limits.batchBytes / 2);
  const output = { kind: 'console', subject: 1, head: half, body: half } as const;
  for (let each = 1; each <= 3; each += 1) round.entries(1, half);
  round.output(ordinal(1), position(3), output);
  for (let each = 1; each <= 2; each += 1) round.entries(1, new Uint8Array(16 * limits.batchBytes));
  round.entries(2, half);
  round.report();
  round.report();
  expect(heard).toEqual([
    '2 entries, 1 batches',
    '1 entries, 0.5 batches',
    'output 1',
    '1 entries, 16 batches',
    '1 entries, 16 batches',
    '2 entries, 0.5 batches',
  ]);
});

test('while a batch is on its way what comes next gathers, until that is acknowledged or a moment has passed', async () => {
  const heard: number[] = [];
  let underWay = false;
  let reported: () => void = () => {};
  const round = new Round({
    isBatchUnderWay: () => underWay,
    recorded: (count) => {
      heard.push(count);
      reported();
    },
    output: () => {},
  });
  const turn = () => {
    round.entries(1, new Uint8Array(1));
    round.ended();
  };
  turn();
  expect(heard).toEqual([1]);
  underWay = true;
  turn();
  turn();
  round.acknowledged();
  expect(heard).toEqual([1]);
  underWay = false;
  round.acknowledged();
  expect(heard).toEqual([1, 2]);
  underWay = true;
  turn();
  await new Promise<void>((resolve) => {
    reported = resolve;
  });
  expect(heard).toEqual([1, 2, 1]);
});

test('a vCPU sends what it has gathered before an entry that would make it too much', () => {
  const ring = createRing(limits.ringBytes);
  const outbox = new Outbox(new RingWriter(ring), new VcpuControl());
  outbox.recorded(position(1), input(100));
  outbox.recorded(position(2), input(LARGEST_INPUT_BYTES));
  outbox.flush();
  const counts: number[] = [];
  new RingReader(ring).drain((kind, first) => {
    if (kind === FROM_VCPU.recorded) counts.push(first);
  }, 10);
  expect(counts).toEqual([1, 1]);
});

test('the largest entry and the largest offer fit into a message of the logging channel, and into the ring', () => {
  const bytes = encodeEntry(input(LARGEST_INPUT_BYTES));
  const chainTag = chainTagOf(CHAIN_START);
  const frame = encodeFrame({
    kind: 'batch',
    epoch: epoch(2 ** 31),
    recordedIn: epoch(2 ** 31),
    chainTag,
    entryCount: 1,
    bytes,
  });
  expect(frame.length).toBeLessThan(limits.channelMessageBytes);
  expect(bytes.length + 1024).toBeLessThan(limits.ringBytes);
  const pageHashes = (limits.machineCapBytes / PAGE_BYTES) * HASH_BYTES;
  expect(pageHashes + 1024).toBeLessThan(limits.channelMessageBytes);
});
