/** An arbiter inside one process, for tests and simulations. Equal names are one arbiter. */
import type { ArbiterRecord } from '../protocol/record.ts';
import { type Arbiter, type ArbiterNote, follows } from './port.ts';

const stores = new Map<string, Map<string, ArbiterRecord>>();

const ALONE: ArbiterNote = {
  level: 'warning',
  text: 'arbiter: memory: is inside this process; no other host sees it, so nobody can take over',
};

export function memoryArbiter(name: string): Arbiter {
  const records = stores.get(name) ?? new Map<string, ArbiterRecord>();
  stores.set(name, records);
  return {
    notes: [ALONE],
    isShared: false,
    async read(vm) {
      return { kind: 'read', record: records.get(vm) ?? null };
    },
    async claim(vm, expectedEpoch, next) {
      const current = records.get(vm) ?? null;
      if (current?.claimId === next.claimId) return { kind: 'won' };
      if ((current?.epoch ?? null) !== expectedEpoch || !follows(expectedEpoch, next)) {
        return { kind: 'lost', record: current };
      }
      records.set(vm, next);
      return { kind: 'won' };
    },
    async close() {},
  };
}
