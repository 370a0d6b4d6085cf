/** What becomes of console lines whose descriptor takes none. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ordinal } from '../../../src/base/brands.ts';
import { LineWriter } from '../../../src/host/console/line-writer.ts';
import { ownConsole } from '../../../src/host/hypervisor/console.ts';
import { withLimits } from './client-front-harness.ts';

function sinkOf(fd: number) {
  const [told, warned]: [string[], string[]] = [[], []];
  const ports = { gone: (reason: string) => told.push(reason), warn: (text: string) => warned.push(text) };
  let written = 0;
  const writer = new LineWriter(fd, ports);
  const line = (text: string): void => writer.line(text, () => (written += 1));
  return { writer, line, told, warned, written: () => written };
}

describe('a console', () => {
  test('whose reader has gone: it is said once, lines are dropped, and their callbacks run', async () => {
    // A descriptor that cannot be written answers as a closed pipe does: with an error that does not pass.
    const fd = openSync('/dev/null', 'r');
    const { writer, line, told, written } = sinkOf(fd);
    line('one');
    await writer.idle();
    line('two');
    await writer.idle();
    closeSync(fd);
    expect(told).toHaveLength(1);
    expect(written()).toBe(2);
  });

  test.skipIf(!existsSync('/dev/full'))(
    'on a full disk: lines wait as long as the bound allows, and are dropped then; each is said once, and how many',
    async () => {
      withLimits({ consoleHeldMs: 250 });
      const fd = openSync('/dev/full', 'w');
      const { writer, line, told, warned, written } = sinkOf(fd);
      line('one');
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(written()).toBe(0);
      line('two');
      await writer.idle();
      closeSync(fd);
      expect(written()).toBe(2);
      expect(told).toEqual([]);
      expect(warned).toEqual([
        expect.stringMatching(/wait for room: ENOSPC/),
        expect.stringMatching(/lines are lost from now on/),
        expect.stringMatching(/^2 lines .* were lost: its disk is full/),
      ]);
    },
  );

  test.skipIf(!existsSync('/dev/full'))('on a full disk holds no more than the bound allows', async () => {
    withLimits({ consoleHeldBytes: 1_000 });
    const fd = openSync('/dev/full', 'w');
    const { writer, line, written } = sinkOf(fd);
    for (let i = 0; i < 20; i += 1) line('x'.repeat(100));
    const before = performance.now();
    await writer.idle();
    closeSync(fd);
    expect(written()).toBe(20);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  test.skipIf(!existsSync('/dev/full'))(
    'has printed a line of stdout only when those of stderr before it are: the backup forgets all up to it',
    async () => {
      withLimits({ consoleHeldMs: 50 });
      const descriptors = { stdout: openSync('/dev/null', 'w'), stderr: openSync('/dev/full', 'w') };
      const told: number[] = [];
      const console = ownConsole(
        (through) => told.push(through),
        () => {},
        descriptors,
      );
      console.print(ordinal(1), 'stdout', 'first');
      console.print(ordinal(3), 'stderr', 'waits for room, and is given up in the end');
      console.print(ordinal(4), 'stdout', 'behind it');
      console.print(ordinal(7), 'stdout', 'and more');
      await console.idle();
      for (const fd of Object.values(descriptors)) closeSync(fd);
      expect(told).toEqual([1, 7]);
    },
  );
});
