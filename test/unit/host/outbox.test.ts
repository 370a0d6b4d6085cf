/** What a vCPU keeps of its outputs while another host lets them out (FT §2.2). */
import { describe, expect, test } from 'vitest';
import { position } from '../../../src/base/brands.ts';
import { limits } from '../../../src/base/limits.ts';
import { monotonicMs } from '../../../src/base/monotonic.ts';
import { VcpuControl } from '../../../src/host/vcpu/control.ts';
import { decodeOutput, FROM_VCPU } from '../../../src/host/vcpu/messages.ts';
import { Outbox } from '../../../src/host/vcpu/outbox.ts';
import { createRing, RingReader, RingWriter } from '../../../src/host/vcpu/ring.ts';
import type { OutputKind } from '../../../src/machine/traps.ts';
import { BACKLOG_ENTRIES } from '../../../src/protocol/flow.ts';

const head = Buffer.from('200');
const body = Buffer.from('a body');
const MADE: readonly OutputKind[] = ['response', 'begin', 'chunk', 'finish', 'console', 'call', 'socket'];

interface Boxed {
  readonly outbox: Outbox;
  readonly control: VcpuControl;
  lettingOut(): string[];
}

function newOutbox(role: 'live' | 'backup'): Boxed {
  const ring = createRing(limits.ringBytes);
  const control = new VcpuControl();
  control.setOutputs({ released: 0, printed: 0 }, false);
  const reader = new RingReader(ring);
  return {
    outbox: new Outbox(new RingWriter(ring), control, role),
    control,
    lettingOut() {
      const heard: string[] = [];
      reader.drain((kind, first, _second, bytes) => {
        if (kind !== FROM_VCPU.output) return;
        const output = decodeOutput(bytes);
        heard.push(`${first} ${output.kind} ${output.head.length} ${output.body.length}`);
      }, MADE.length);
      return heard;
    },
  };
}

function makeAll(outbox: Outbox): void {
  for (const [index, kind] of MADE.entries())
    outbox.output(position(1), { kind, ordinal: index + 1, subject: 1, head, body });
}

describe('a backup that goes live lets out all that may not have arrived', () => {
  test('and of replies, whose connections ended with the primary, only that they were made', () => {
    const { outbox, lettingOut } = newOutbox('backup');
    outbox.follows(true);
    makeAll(outbox);
    expect(lettingOut()).toEqual([]);
    outbox.follows(false);
    outbox.reportReplayed();
    expect(lettingOut()).toEqual([
      '1 response 0 0',
      '2 begin 0 0',
      '3 chunk 0 0',
      '4 finish 0 0',
      '5 console 3 6',
      '6 call 3 6',
      '7 socket 3 6',
    ]);
  });

  test('and whole replies, when it was the primary before: its own clients wait for them (FT §3.3)', () => {
    const { outbox, lettingOut } = newOutbox('live');
    outbox.follows(true);
    makeAll(outbox);
    expect(lettingOut()).toEqual([]);
    outbox.follows(false);
    outbox.reportReplayed();
    expect(lettingOut()).toEqual(MADE.map((kind, index) => `${index + 1} ${kind} 3 6`));
  });
});

describe('inside a turn that makes no progress marks', () => {
  const line = Buffer.alloc(limits.gatheredOutputBytes / 4);
  const print = (outbox: Outbox, ordinal: number): void =>
    outbox.output(position(1), { kind: 'console', ordinal, subject: 1, head: line, body: Buffer.alloc(0) });
  const AN_HOUR_MS = 3_600_000;

  test('outputs gather up to a bound, and leave before the turn has ended', () => {
    const { outbox, lettingOut } = newOutbox('live');
    // As long as this test may take, the turn is young.
    outbox.turnBegins(monotonicMs() + AN_HOUR_MS);
    for (const ordinal of [1, 2, 3]) print(outbox, ordinal);
    expect(lettingOut()).toEqual([]);
    print(outbox, 4);
    expect(lettingOut()).toHaveLength(4);
    print(outbox, 5);
    expect(lettingOut()).toEqual([]);
    outbox.flush();
    expect(lettingOut()).toHaveLength(1);
  });

  test('an output of a turn that has run for a while leaves at once: the program may compute on for long', () => {
    const { outbox, lettingOut } = newOutbox('live');
    outbox.turnBegins(monotonicMs() - limits.gatherOutputsMs);
    print(outbox, 1);
    expect(lettingOut()).toHaveLength(1);
    print(outbox, 2);
    expect(lettingOut()).toHaveLength(1);
  });

  test('those of a former primary, for whom clients may wait, are bounded as well', () => {
    const { outbox, control, lettingOut } = newOutbox('live');
    outbox.follows(true);
    control.setOutputs({ released: 0, printed: 0 }, true);
    for (const ordinal of [1, 2, 3]) print(outbox, ordinal);
    expect(lettingOut()).toEqual([]);
    print(outbox, 4);
    expect(lettingOut()).toHaveLength(4);
  });
});

test('a backup that has executed all it has wakes its hypervisor after much of it, and after little does not (FT §3.2)', async () => {
  const ring = createRing(limits.ringBytes);
  const outbox = new Outbox(new RingWriter(ring), new VcpuControl(), 'backup');
  const reader = new RingReader(ring);
  let isWoken = false;
  const woken = reader.whenReadable()?.then(() => {
    isWoken = true;
  });
  const executes = async (through: number): Promise<void> => {
    outbox.replayed(position(through));
    outbox.caughtUp();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await executes(BACKLOG_ENTRIES - 1);
  expect(isWoken).toBe(false);
  await executes(BACKLOG_ENTRIES);
  await woken;
  expect(isWoken).toBe(true);
});
