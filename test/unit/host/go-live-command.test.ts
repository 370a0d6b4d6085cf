/** The operator's command at going live: whatever becomes of it, the host goes on. */
import { expect, onTestFinished, test } from 'vitest';
import { GoLiveCommand } from '../../../src/host/hypervisor/go-live-command.ts';

const NOW = { vm: 'vm', epoch: 1, url: 'http://127.0.0.1:8080' };

/** A command that has been run, and its lines as they come. */
function commandOf(text: string) {
  const lines: string[] = [];
  let wake = (): void => {};
  const command = new GoLiveCommand(text, (level, line) => {
    lines.push(`${level}: ${line}`);
    wake();
  });
  onTestFinished(() => command.stop());
  const line = async (such: RegExp): Promise<string> => {
    for (;;) {
      const found = lines.find((each) => such.test(each));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { command, lines, line };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a command for which no process can be made is a line in the log', () => {
  const { command, lines } = commandOf('');
  command.live(NOW);
  expect(lines).toEqual([expect.stringMatching(/^warning: on go-live: cannot be started: /)]);
});

test('a host that is not live any more ends it with all that it has started, and without a word', async () => {
  const { command, lines, line } = commandOf('sleep 1000 & echo "child $!"; wait');
  command.live(NOW);
  const child = Number(/child (\d+)/.exec(await line(/child/))?.[1]);
  expect(isAlive(child)).toBe(true);
  command.stop();
  await expect.poll(() => isAlive(child), { timeout: 30_000 }).toBe(false);
  expect(lines).toHaveLength(1);
});

test('the next time that its host goes live the last one is over first', async () => {
  const { command, line } = commandOf('echo "epoch $TANDEM_EPOCH of $$"; sleep 1000');
  command.live(NOW);
  const first = Number(/of (\d+)/.exec(await line(/epoch 1/))?.[1]);
  command.live(NOW);
  command.live({ ...NOW, epoch: 2 });
  await line(/epoch 2/);
  await expect.poll(() => isAlive(first), { timeout: 30_000 }).toBe(false);
});
