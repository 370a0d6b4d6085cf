/** A planned switch-over (FT §3.3) as its primary sees it: which of the vCPU's answers count. */
import { expect, test } from 'vitest';
import { encodeEntry } from '../../../src/wire/entries.ts';
import { Cluster } from '../../scenario/cluster.ts';

test('a vCPU that yields to an order that was withdrawn has not yielded to the next one', () => {
  const cluster = new Cluster();
  cluster.startPrimary('A', { awaitBackup: true });
  cluster.startBackup('B', 'A');
  cluster.advance(100);
  const host = cluster.host('A');
  const offers = (): number =>
    cluster.effects.filter(({ effect }) => effect.kind === 'send' && effect.frame.kind === 'hand-over')
      .length;
  // Of a turn that outlasts the first order the vCPU says nothing.
  cluster.input('A', 'turn begins');
  cluster.give(host, { kind: 'switch-over-asked' });
  cluster.advance(host.core.config.handOverMs + 20);
  expect(cluster.describe('A').status).toBe('protected');
  cluster.give(host, { kind: 'switch-over-asked' });
  expect(cluster.describe('A').status).toBe('handing-over');
  const hasYielded = (): void => {
    const entry = encodeEntry({ kind: 'hand-over' });
    cluster.give(host, { kind: 'entries-recorded', entryCount: 1, bytes: entry });
    const { position } = host.core.head;
    cluster.give(host, { kind: 'vcpu-yielded', position, guestClockMs: cluster.nowMs });
  };
  hasYielded();
  cluster.advance(5);
  expect(offers()).toBe(0);
  hasYielded();
  cluster.advance(5);
  expect(offers()).toBe(1);
});
