/**
 * A vCPU thread that is ready before anybody knows what it will run. Of the built
 * code: the thread is a file of its own.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { loadEngine } from '../../../src/machine/engine.ts';
import { firstMachine, imageOf } from '../../support/life.mjs';

const run = promisify(execFile);
const built = (name: string): string => new URL(`../../../dist/host/vcpu/${name}.js`, import.meta.url).href;

it('a thread that is ready keeps no process alive that has no use for it', async () => {
  const script = `import { VcpuThreads } from './dist/host/vcpu/vcpu-threads.js';
    new VcpuThreads().prepare();
    console.log('prepared');`;
  const cwd = new URL('../../..', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd });
  expect(stdout).toBe('prepared\n');
});

it('a thread starts in a process whose working directory was removed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tandem-threads-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const [cwd, script] = [join(directory, 'work'), join(directory, 'begin.mjs')];
  await mkdir(cwd);
  await writeFile(
    script,
    `import { rmdirSync } from 'node:fs';
    import { VcpuThreads } from '${built('vcpu-threads')}';
    rmdirSync(process.cwd());
    const thread = new VcpuThreads().begin({});
    thread.on('error', (error) => console.log(error.code ?? 'it began, and missed its settings'));`,
  );
  const { stdout } = await run(process.execPath, [script], { cwd });
  expect(stdout).toBe('it began, and missed its settings\n');
});

it('the thread that is ready, and each one after it, boots the machine of the image that it is given then', async () => {
  const { Vcpu } = (await import(built('vcpu'))) as typeof import('../../../src/host/vcpu/vcpu.ts');
  const { VcpuThreads } = (await import(
    built('vcpu-threads')
  )) as typeof import('../../../src/host/vcpu/vcpu-threads.ts');
  const threads = new VcpuThreads();
  threads.prepare();
  for (const guest of ['let first;', 'let second;']) {
    const image = imageOf({ guest });
    const nothing = (): void => {};
    const booted = await new Promise<readonly string[]>((resolve, reject) => {
      const vcpu = new Vcpu(
        {
          engine: loadEngine(),
          image,
          policy: { hashEveryMs: 100, hashEveryPolls: 0, markEveryMs: 4, turnLimitMs: 1000 },
          role: 'recording',
          wallOffsetMs: 0,
          percent: 100,
          profile: null,
          threads,
        },
        {
          booted: (bootHash, digest) => void vcpu.stop().then(() => resolve([bootHash, digest])),
          failed: reject,
          diverged: nothing,
          replayed: nothing,
          hashChecked: nothing,
          wentLive: nothing,
          baseKept: nothing,
          checkpointTaken: nothing,
          checkpointInstalled: nothing,
          limitsChanged: nothing,
          stopped: nothing,
          yielded: nothing,
          program: nothing,
          recorded: nothing,
          output: nothing,
          openRequests: () => 0,
          isBatchUnderWay: () => false,
        },
      );
    });
    const machine = firstMachine(image);
    expect(booted).toEqual([machine.stateHash(), machine.digest]);
  }
});
