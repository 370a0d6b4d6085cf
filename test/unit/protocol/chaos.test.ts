/**
 * Random faults on a small cluster in virtual time, then a healed world. The cluster checks I1 and I2 at
 * every step; here, at the end, that a live host exists whenever one could (I8), and that everything that
 * ever left is in its history (I4, I7).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isServing } from '../../../src/protocol/status.ts';
import { Cluster, type Host } from '../../scenario/cluster.ts';

const hostName = fc.constantFrom('A', 'B', 'C', 'D');
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('input' as const), print: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('run' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('run' as const), ms: fc.integer({ min: 40, max: 900 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('join' as const), as: fc.constantFrom('backup', 'spare') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('turn' as const), what: fc.constantFrom('begins', 'ends') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      host: hostName,
      what: fc.constantFrom('process' as const, 'loss' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), host: hostName }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('continue' as const), host: hostName }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), one: hostName, two: hostName }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heal' as const), one: hostName, two: hostName }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), one: hostName, two: hostName }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('slow' as const), host: hostName, on: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('arbiter' as const),
      is: fc.constantFrom('up', 'down', 'loses-answers'),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];

const isAlive = (host: Host): boolean => host.process !== 'dead' && host.halted === null;
const believesLive = (host: Host): boolean => isAlive(host) && host.core.role.kind === 'primary';

function act(cluster: Cluster, todo: Action, count: number): void {
  const known = (name: string): Host | undefined => cluster.hosts.get(name);
  switch (todo.do) {
    case 'run':
      cluster.advance(todo.ms);
      return;
    case 'input': {
      // Whoever believes that it is live takes input, whether it is right or not.
      for (const host of [...cluster.hosts.values()].filter(believesLive)) {
        const started = host.core.role.kind === 'primary' && host.core.role.guest === 'started';
        if (started && host.process === 'running' && host.power === 'on')
          cluster.input(host.name, `${todo.print ? 'print' : 'reply'} ${count}`);
      }
      return;
    }
    case 'join': {
      const live = [...cluster.hosts.values()].find((host) => isServing(host.core.status) && isAlive(host));
      const name = NAMES.find((candidate) => !cluster.hosts.has(candidate));
      if (todo.as === 'spare' && name !== undefined) cluster.startSpare(name, NAMES);
      else if (live !== undefined && name !== undefined) cluster.startBackup(name, live.name);
      return;
    }
    case 'turn':
      // The host that the arbiter knows as live is inside a long turn, or is not any more.
      for (const host of [...cluster.hosts.values()].filter(believesLive)) {
        const started = host.core.role.kind === 'primary' && host.core.role.guest === 'started';
        if (started && host.process === 'running' && host.power === 'on')
          cluster.input(host.name, `turn ${todo.what}`);
      }
      return;
    case 'kill':
      if (known(todo.host)?.process === 'running') cluster.kill(todo.host, todo.what);
      return;
    case 'stop':
      if (known(todo.host)?.process === 'running') cluster.stop(todo.host);
      return;
    case 'continue':
      if (known(todo.host)?.process === 'stopped') cluster.continue(todo.host);
      return;
    case 'cut':
      if (todo.one !== todo.two) cluster.cut(todo.one, todo.two);
      return;
    case 'heal':
      cluster.heal(todo.one, todo.two);
      return;
    case 'close':
      cluster.closeBetween(todo.one, todo.two);
      return;
    case 'slow':
      if (known(todo.host)?.core.role.kind === 'backup') cluster.setReplaying(todo.host, !todo.on);
      return;
    case 'arbiter':
      cluster.arbiter = todo.is as Cluster['arbiter'];
  }
}

function healed(cluster: Cluster): void {
  cluster.arbiter = 'up';
  for (const one of cluster.hosts.keys()) for (const two of cluster.hosts.keys()) cluster.heal(one, two);
  for (const host of cluster.hosts.values()) {
    if (host.process === 'stopped') cluster.continue(host.name);
    if (host.process === 'running' && !host.replaying) cluster.setReplaying(host.name, true);
  }
  cluster.advance(5_000);
}

test('whatever fails, one host at most is live, and everything that left is in its history', () => {
  const runs = Number(process.env['TANDEM_CHAOS_RUNS'] ?? 300);
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), fc.boolean(), (actions, awaitBackup) => {
      const cluster = new Cluster();
      cluster.startPrimary('A', { awaitBackup });
      cluster.advance(5);
      cluster.startBackup('B', 'A');
      for (const [index, todo] of actions.entries()) act(cluster, todo, index);
      healed(cluster);
      const live = [...cluster.hosts.values()].filter((host) => isAlive(host) && isServing(host.core.status));
      const { record } = cluster;
      const candidates = [...cluster.hosts.values()].filter(
        (host) =>
          isAlive(host) &&
          (record?.incarnation === host.core.config.incarnation ||
            record?.inSync.includes(host.core.config.incarnation)),
      );
      expect(live.length).toBe(candidates.length > 0 ? 1 : 0);
      const [winner] = live;
      if (winner === undefined) return;
      for (const { ordinal, text } of cluster.released) expect(winner.told[ordinal - 1]).toBe(text);
      expect(cluster.describe(winner.name).outputs.held).toBe(0);
      // Whoever waits to be a backup is one by now, or another is.
      const spares = [...cluster.hosts.values()].filter(
        (host) => isAlive(host) && ['waiting', 'joining'].includes(host.core.status),
      );
      if (spares.length > 0) expect(cluster.describe(winner.name).status).toBe('protected');
    }),
    { numRuns: runs },
  );
});

test('whatever fails before and after, nobody executes or goes live behind the end of a machine that was switched off', () => {
  const runs = Number(process.env['TANDEM_CHAOS_RUNS'] ?? 300);
  const actions = fc.array(action, { maxLength: 30 });
  fc.assert(
    fc.property(actions, fc.boolean(), actions, (before, withHash, after) => {
      const cluster = new Cluster();
      cluster.startPrimary('A', { awaitBackup: true });
      cluster.advance(5);
      cluster.startBackup('B', 'A');
      for (const [index, todo] of before.entries()) act(cluster, todo, index);
      const off = [...cluster.hosts.values()].find(
        (host) => isAlive(host) && isServing(host.core.status) && host.process === 'running',
      );
      if (off !== undefined) {
        cluster.powerOff(off.name, withHash ? 'with its hash' : 'without its hash');
        if (!withHash) cluster.kill(off.name);
      }
      for (const [index, todo] of after.entries()) act(cluster, todo, before.length + index);
      // Its supervisor ends it, sooner or later.
      if (off?.process === 'running') cluster.kill(off.name);
      healed(cluster);
      for (const host of cluster.hosts.values()) {
        if (host === off || !isAlive(host) || host.power === 'on') continue;
        expect(host.core.role.kind).toBe('backup');
        expect(['ended', 'halted']).toContain(host.core.status);
      }
    }),
    { numRuns: runs },
  );
});
