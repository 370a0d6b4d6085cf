/**
 * What a machine is made of (FT §2.1): boot, clone, observation. src/machine/README.md names
 * the rows that these tests stand for.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startInterrupt } from '../../src/session/interrupts.ts';
import {
  bootedMachine,
  checkpointAfter,
  firstMachine,
  imageOf,
  newMachine,
  record,
  replay,
  turnBoundaries,
} from '../support/life.mjs';

const guest = `
  let turns = 0;
  const kept = new Map();
  const later = [];
  export default {
    async fetch(request) {
      turns += 1;
      kept.set(turns, { at: Date.now(), dice: Math.random(), text: 'x'.repeat(turns) });
      // Something that is still pending when the turn ends, and goes on in a later one.
      const waited = new Promise((resolve) => later.push(resolve));
      if (turns % 2 === 0) later.shift()('woken');
      setTimeout(() => kept.delete(turns - 5), 3);
      const word = turns % 3 === 0 ? await waited : 'now';
      return new Response(turns + word + [...kept.values()].map(({ dice }) => dice).join());
    },
  };`;
const image = imageOf({ guest });
const inputs = Array.from({ length: 24 }, (_, i) => [{ target: `/${i}` }, { advanceMs: 2 }]).flat();

describe('boot', () => {
  it('two machines of one image have the same memory before their first entry', () => {
    expect(bootedMachine(image).stateHash()).toBe(bootedMachine(image).stateHash());
  });

  it('a machine that begins as a copy of a booted one is that machine, whatever its guest does then', () => {
    const booted = bootedMachine(image);
    const copied = newMachine(image);
    expect(copied.pages.root).toBe(booted.pages.root);
    expect(Buffer.compare(copied.memory, booted.memory)).toBe(0);
    const lives = [booted, copied].map((machine) => {
      machine.attach({
        clock: () => 1e12,
        entropy: (into) => into.fill(7),
        poll: () => false,
        output: () => {},
      });
      machine.deliver(startInterrupt(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1e12));
      // Guards, rejections and parts of the kernel: what is made anew for each instance.
      machine.deliver(Uint8Array.of(2, 1, 7, ...Buffer.from('GET\n/?x')));
      return machine.stateHash();
    });
    expect(lives[1]).toBe(lives[0]);
  });

  it.each(['bank.js', 'likes.js', 'lottery.js', 'queue.js', 'store.js', 'ticker.js'])(
    '%s on the machine that the build has booted is %s on one that boots: every hash, to the last',
    (program) => {
      const own = imageOf({
        guestPath: fileURLToPath(new URL(`../../guest-programs/${program}`, import.meta.url)),
      });
      const asked = ['/', '/accounts/ada', '/likes', '/draw'].flatMap((target, index) => [
        { target },
        { method: 'POST', target, body: '{"amount":5}', headers: { 'idempotency-key': `"k${index}"` } },
        { advanceMs: 700 },
      ]);
      const [first, booted] = [firstMachine, bootedMachine].map((machineOf) =>
        record(own, asked, { machine: machineOf(own) }),
      );
      expect(first?.hashes.length).toBeGreaterThan(asked.length / 2);
      expect(first?.hashes).toEqual(booted?.hashes);
      expect(first?.outputs).toEqual(booted?.outputs);
      expect(
        Buffer.compare(first?.machine.memory ?? Buffer.of(1), booted?.machine.memory ?? Buffer.of(2)),
      ).toBe(0);
    },
  );

  it('another limit, guest or kernel is another image', () => {
    const digests = [
      image,
      imageOf({ guest: `${guest} ` }),
      imageOf({ guest, guestName: 'other.js' }),
      imageOf({ guest, memoryMaximumBytes: 64 * 1024 * 1024 }),
    ].map((other) => newMachine(other).digest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('the environment, the script path and the time zone of the process leave no trace in the memory', () => {
    const before = bootedMachine(image).stateHash();
    const { TZ, LANG } = process.env;
    process.env['TZ'] = 'America/New_York';
    process.env['LANG'] = 'tr_TR.UTF-8';
    process.env['TANDEM_TEST'] = 'x'.repeat(10_000);
    try {
      expect(bootedMachine(image).stateHash()).toBe(before);
    } finally {
      delete process.env['TANDEM_TEST'];
      restore('TZ', TZ);
      restore('LANG', LANG);
    }
  });

  it('Math.random is seeded by the log: another seed, other numbers; the same seed, the same', () => {
    const hashOf = (seed: number): string => {
      const machine = newMachine(image);
      machine.attach({ clock: () => 1e12, entropy: () => {}, poll: () => false, output: () => {} });
      machine.deliver(startInterrupt(Uint8Array.of(seed, 1, 2, 3, 4, 5, 6, 7), 1e12));
      return machine.stateHash();
    };
    expect(hashOf(1)).toBe(hashOf(1));
    expect(hashOf(1)).not.toBe(hashOf(2));
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

describe('clone', () => {
  it('run is clone and run, at every turn: promises pending in an await and timers go on in the copy', () => {
    const recorded = record(image, inputs);
    const boundaries = turnBoundaries(recorded.entries);
    expect(boundaries.length).toBeGreaterThan(24);
    for (const at of boundaries.filter((_, index) => index % 4 === 0)) {
      const clone = replay(image, recorded.entries.slice(at), checkpointAfter(image, recorded.entries, at));
      expect(clone.hash).toBe(recorded.hash);
    }
  });

  it('a clone of a machine that has grown grows first', () => {
    const growing = imageOf({
      guest:
        'const kept = []; export default { fetch() { kept.push(new Uint8Array(3e6).fill(kept.length)); return new Response(String(kept.length)); } };',
    });
    const recorded = record(
      growing,
      Array.from({ length: 12 }, () => ({ target: '/' })),
    );
    expect(recorded.machine.memory.length).toBeGreaterThan(30e6);
    const at = turnBoundaries(recorded.entries).at(-2) ?? 0;
    expect(
      replay(growing, recorded.entries.slice(at), checkpointAfter(growing, recorded.entries, at)).hash,
    ).toBe(recorded.hash);
  });
});

describe('observation', () => {
  it('hashing and copying at every turn changes nothing', () => {
    const often = record(image, inputs);
    const never = record(image, inputs, {
      policy: {
        hashEveryMs: Number.POSITIVE_INFINITY,
        hashEveryPolls: 0,
        markEveryMs: 1,
        turnLimitMs: Number.POSITIVE_INFINITY,
      },
    });
    // Another schedule of hash points means other looks at the scripted
    // clock; so the log decides, not the world.
    expect(
      replay(
        image,
        often.entries.filter(({ kind }) => kind !== 'hash-point'),
      ).hash,
    ).toBe(often.hash);
    expect(replay(image, never.entries).hash).toBe(never.hash);
  });

  it('the control block can be read at any time', () => {
    const { machine, hash } = record(image, inputs);
    void [
      machine.nextAlarmMs,
      machine.ordinal,
      machine.openRequests,
      machine.program,
      machine.ended,
      machine.memory.length,
    ];
    expect(machine.stateHash()).toBe(hash);
  });
});
