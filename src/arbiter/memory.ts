/** An arbiter inside one process, for tests and simulations. Equal URLs name one arbiter. */
import type { ArbiterRecord } from '../protocol/record.ts';
import type { Arbiter } from './port.ts';

const stores = new Map<string, Map<string, ArbiterRecord>>();

export function memoryArbiter(url: string): Arbiter {
  const records = stores.get(url) ?? new Map<string, ArbiterRecord>();
  stores.set(url, records);
  return {
    async read(vm) {
      return { kind: 'read', record: records.get(vm) ?? null };
    },
    async claim(vm, expectedEpoch, next) {
      const current = records.get(vm) ?? null;
      if (current?.claimId === next.claimId) return { kind: 'won' };
      if ((current?.epoch ?? null) !== expectedEpoch) return { kind: 'lost', record: current };
      records.set(vm, next);
      return { kind: 'won' };
    },
    async close() {},
  };
}
