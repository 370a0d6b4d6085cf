/**
 * Fail-stop (I9): a check that fails inside a trap unwinds the machine with its reason; the guest sees
 * nothing of it, whatever it wraps around the call.
 */
import { describe, expect, it, vi } from 'vitest';
import { InvariantViolation } from '../../src/base/assert.ts';
import { loadEngine } from '../../src/machine/engine.ts';
import { IMPORT_TABLE, trapImports } from '../../src/machine/imports.ts';
import type { Traps } from '../../src/machine/traps.ts';
import { startInterrupt } from '../../src/session/interrupts.ts';
import { imageOf, newMachine } from '../support/life.mjs';

/** The guest tries to survive in every way that the language has, and would tell. */
const survivor = (code: string): string => `
  const survive = () => { try { ${code} } catch { console.log('caught'); } finally { console.log('finally'); } };
  survive();
  console.log('went on');`;

/** Runs a guest on a machine whose traps fail where `broken` says so; what it said until then. */
function run(guest: string, broken: Partial<Traps>): { readonly said: string[]; readonly error: unknown } {
  const said: string[] = [];
  const machine = newMachine(imageOf({ guest }));
  machine.attach({
    clock: () => 1_700_000_000_000,
    entropy: () => {},
    poll: () => false,
    output: ({ head }) => {
      said.push(Buffer.from(head).toString());
    },
    ...broken,
  });
  try {
    machine.deliver(startInterrupt(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1_700_000_000_000));
    return { said, error: undefined };
  } catch (error) {
    return { said, error };
  }
}

const fail = (where: string) => (): never => {
  throw new InvariantViolation('I9', `a check failed in ${where}`);
};

describe('a failed check', () => {
  it.each([
    ['the clock', 'Date.now();', { clock: fail('the clock') }],
    ['the clock behind new Date', 'String(new Date());', { clock: fail('the clock behind new Date') }],
    ['the interrupt handler', 'for (let i = 0; i < 1e7; i++);', { poll: fail('the interrupt handler') }],
    [
      'the interrupt handler inside a sort',
      '[3, 2, 1].sort(() => { for (;;); });',
      { poll: fail('the interrupt handler inside a sort') },
    ],
    [
      'the entropy hypercall',
      'crypto.getRandomValues(new Uint8Array(8));',
      { entropy: fail('the entropy hypercall') },
    ],
    ['the output hypercall', "console.log('out');", { output: fail('the output hypercall') }],
  ] as const)(
    'in %s ends the machine with its reason, and the guest sees nothing of it',
    (where, code, broken) => {
      const { said, error } = run(survivor(code), broken);
      expect(error).toBeInstanceOf(InvariantViolation);
      expect(String(error)).toContain(`a check failed in ${where}`);
      expect(said).toEqual([]);
    },
  );

  it('in a promise job ends the machine, too', () => {
    const { said, error } = run(
      "Promise.resolve().then(() => Date.now()).catch(() => console.log('caught')).finally(() => console.log('finally'));",
      { clock: fail('a job') },
    );
    expect(String(error)).toContain('a check failed in a job');
    expect(said).toEqual([]);
  });

  it('memory that the host cannot give ends the machine; the guest does not get an out-of-memory that the other side would not have', () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('the host has no memory left');
    });
    try {
      const { said, error } = run(
        survivor('const kept = []; for (let i = 0; i < 100; i++) kept.push(new Uint8Array(1e6));'),
        {},
      );
      expect(String(error)).toMatch(/this host cannot give the machine \d+ bytes/);
      expect(said).toEqual([]);
    } finally {
      grow.mockRestore();
    }
  });

  it('every import that no guest can reach stops the host by its name when it is reached after all', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const handlers = {
      clock: () => 0,
      growMemory: () => 0 as const,
      hypercall: () => 0,
      poll: () => 0 as const,
    };
    const traps = trapImports(loadEngine().module, memory, handlers)['a'] ?? {};
    const impossible = Object.entries(IMPORT_TABLE).filter(([, row]) => row.class === 'impossible');
    expect(impossible.length).toBeGreaterThan(8);
    for (const [name, { means }] of impossible) {
      const trap = traps[name] as () => unknown;
      expect(() => trap()).toThrow(`I9: the engine called ${means}, which no guest can reach`);
    }
  });
});
