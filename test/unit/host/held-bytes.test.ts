/** What held outputs are counted as, so that their bound is one on memory (I10). */
import { expect, test } from 'vitest';
import { epoch, ordinal, position } from '../../../src/base/brands.ts';
import { limits } from '../../../src/base/limits.ts';
import { decodeOutput, heldBytes, outputHeader } from '../../../src/host/vcpu/messages.ts';
import { encodeEntry } from '../../../src/wire/entries.ts';
import { Cluster } from '../../scenario/cluster.ts';

const line = decodeOutput(
  Buffer.concat([
    outputHeader({
      kind: 'console',
      ordinal: ordinal(1),
      subject: 1,
      head: Buffer.from('x'),
      body: Buffer.alloc(0),
    }),
    Buffer.from('x'),
  ]),
);

test('a flood of short lines that nobody prints stops the vCPU long before their records fill the memory', () => {
  const cluster = new Cluster();
  cluster.setPrinter('blocked');
  cluster.startPrimary('A', { heldOutputBytes: limits.heldOutputBytes });
  cluster.advance(20);
  const host = cluster.host('A');
  const entry = { kind: 'interrupt', advanceMs: 1, payload: Buffer.from('work') } as const;
  cluster.give(host, { kind: 'entries-recorded', entryCount: 1, bytes: encodeEntry(entry) });
  let lines = 0;
  while (cluster.describe('A').vcpu === 'running' && lines < 1_000_000) {
    lines += 1;
    cluster.give(host, {
      kind: 'output-recorded',
      ordinal: ordinal(lines),
      position: position(1),
      route: 'console',
      byteLength: heldBytes(line),
    });
  }
  expect(lines).toBeLessThanOrEqual(limits.heldOutputBytes / limits.heldOutputOverheadBytes);
  expect(cluster.describe('A').epoch).toBe(epoch(1));
});
