/** The supervisor with real processes and real signals; the hosts are fixtures that have no machine. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { limits } from '../../../../src/base/limits.ts';
import { describe as describeEvent } from '../../../../src/cli/run-output.ts';
import { styleFor } from '../../../../src/cli/style.ts';
import { createRunDirectory, runtimePlace } from '../../../../src/host/supervisor/run-directory.ts';
import { hostCommand, startRun } from './run.ts';

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const whoServes = async (url: string) => Number(await (await fetch(url)).text());
const names = (events: readonly { event: string }[]) =>
  events.map((event) => event.event).filter((name) => name !== 'host-log');

describe('a pair', () => {
  test('comes up: ready names both ports and both processes, and the primary alone serves', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    expect(await whoServes(ready.url)).toBe(ready.primary.pid);
    expect(isRunning(ready.backup.pid)).toBe(true);
    expect(ready.backup.pid).not.toBe(ready.primary.pid);
    // The fixture says one thing that is no message.
    expect(run.events).toContainEqual(expect.objectContaining({ event: 'host-log', level: 'warning' }));
  });

  test('is complete when the primary says so, and that is said once: a backup may know it sooner', async () => {
    const run = await startRun('late-word');
    const primary = await run.until('host-started');
    for (let nth = 1; ; nth += 1) {
      const line = await run.until('host-log', nth);
      if (line.role === 'backup' && line.text === 'listed') break;
    }
    expect(names(run.events)).not.toContain('ready');
    process.kill(primary.pid, 'SIGHUP');
    // Of the spare, which is started when the primary has said it.
    await run.until('host-started', 3);
    expect(names(run.events).filter((name) => name === 'ready' || name === 'redundant')).toEqual(['ready']);
  });

  test('survives SIGKILL of the primary: same port, other process, a new backup', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    process.kill(ready.primary.pid, 'SIGKILL');
    const live = await run.until('go-live');
    expect(live).toMatchObject({ pid: ready.backup.pid, epoch: 2, position: 42, ms: 20 });
    expect(await whoServes(ready.url)).toBe(ready.backup.pid);
    const redundant = await run.until('redundant');
    expect([ready.primary.pid, ready.backup.pid]).not.toContain(redundant.backup.pid);
    expect(names(run.events)).toEqual(expect.arrayContaining(['failure-detected', 'host-gone']));
  });

  test('survives it again and again', async () => {
    const run = await startRun();
    await run.until('ready');
    for (let round = 1; round <= 3; round += 1) {
      expect(run.supervisor.killHost('primary')).toBeGreaterThan(0);
      await run.until('redundant', round);
    }
    expect(await run.supervisor.status()).toMatchObject({ failovers: 3, redundant: true, live: true });
  });

  test('replaces a backup that is killed, and the primary goes on', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    run.supervisor.killHost('backup');
    const solo = await run.until('solo');
    expect(solo.pid).toBe(ready.primary.pid);
    const { backup } = await run.until('redundant');
    expect(backup.pid).not.toBe(ready.backup.pid);
    expect(await whoServes(ready.url)).toBe(ready.primary.pid);
  });

  test('kills the loser of a test-and-set that still runs', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    process.kill(ready.primary.pid, 'SIGSTOP');
    process.kill(ready.backup.pid, 'SIGUSR2');
    await run.until('go-live');
    const gone = await run.until('host-gone');
    expect(gone).toMatchObject({ pid: ready.primary.pid, how: 'killed by SIGKILL' });
  });

  test('kills a host that took over and said nothing of it, when the one that it relieved is live again', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    process.kill(ready.primary.pid, 'SIGUSR2');
    expect(await run.until('go-live')).toMatchObject({ pid: ready.primary.pid, epoch: 3 });
    const gone = await run.until('host-gone');
    expect(gone).toMatchObject({ pid: ready.backup.pid, how: 'killed by SIGKILL' });
    const { backup } = await run.until('redundant');
    expect([ready.primary.pid, ready.backup.pid]).not.toContain(backup.pid);
    expect(await whoServes(ready.url)).toBe(ready.primary.pid);
  });

  test('switches over once at a time; a former primary that is lost as it was relieved has been relieved', async () => {
    const run = await startRun('succeeds');
    const ready = await run.until('ready');
    const order = run.supervisor.switchOver();
    expect(await run.supervisor.switchOver()).toBe('a switch-over is under way already');
    process.kill(ready.primary.pid, 'SIGKILL');
    const report = { from: ready.primary, to: ready.backup, epoch: 2, gapMs: expect.any(Number) };
    expect(await order).toEqual(report);
    expect(run.events).toContainEqual({ event: 'switch-over', ...report });
    const { backup } = await run.until('redundant');
    expect([ready.primary.pid, ready.backup.pid]).not.toContain(backup.pid);
    expect(await run.supervisor.status()).toMatchObject({ primary: ready.backup, failovers: 0 });
  });

  test('a switch-over whose primary is lost before it is a failover, and reported as one', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    const order = run.supervisor.switchOver();
    process.kill(ready.primary.pid, 'SIGKILL');
    expect(await order).toBe('the primary was lost meanwhile');
    expect(await run.until('go-live')).toMatchObject({ pid: ready.backup.pid });
    expect(names(run.events)).not.toContain('switch-over');
  });

  test('both killed: the run ends with code 1 and says that nobody holds the machine', async () => {
    const run = await startRun('never-in-sync,deaf', {});
    await run.until('host-started', 2);
    run.supervisor.killHost('primary');
    const result = await run.supervisor.finished;
    expect(result.code).toBe(1);
    expect(result.failure?.code).toBe('START_FAILED');
    expect(run.events.at(-1)).toEqual({ event: 'end', code: 1 });
  });

  test('both killed after ready: NO_HOST_LEFT with both ends', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    process.kill(ready.backup.pid, 'SIGSTOP');
    process.kill(ready.primary.pid, 'SIGKILL');
    // Two exits in one moment come in any order; a stand-in for a new backup would
    // claim to be in sync with a dead primary.
    await run.until('host-gone');
    process.kill(ready.backup.pid, 'SIGKILL');
    const result = await run.supervisor.finished;
    expect(result).toMatchObject({ code: 1, failure: { code: 'NO_HOST_LEFT' } });
    expect(result.failure?.message).toContain(String(ready.primary.pid));
    expect(result.failure?.message).toContain(String(ready.backup.pid));
  });
});

describe('a spare', () => {
  test('is started when the pair is complete, takes the place of a lost host at once, and is replaced', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    const { pid: spare } = await run.until('host-started', 3);
    expect((await run.supervisor.status()).spares).toEqual([{ pid: spare }]);
    process.kill(ready.primary.pid, 'SIGKILL');
    expect(await run.until('spare-called')).toMatchObject({ pid: spare });
    expect(await run.until('redundant')).toMatchObject({ backup: { pid: spare } });
    const { pid: fresh, role } = await run.until('host-started', 4);
    expect(role).toBe('spare');
    expect((await run.supervisor.status()).spares).toEqual([{ pid: fresh }]);
  });

  test('that dies while nobody needs it is replaced, and the pair does not notice', async () => {
    const run = await startRun();
    await run.until('ready');
    const { pid: spare } = await run.until('host-started', 3);
    process.kill(spare, 'SIGKILL');
    expect(await run.until('host-gone')).toMatchObject({ pid: spare, role: 'spare' });
    expect(await run.until('host-started', 4)).toMatchObject({ role: 'spare' });
    expect(await run.supervisor.status()).toMatchObject({ live: true, redundant: true, failovers: 0 });
  });

  test('holds no machine: when both hosts of the pair are lost, the run ends all the same', async () => {
    const run = await startRun('deaf');
    const ready = await run.until('ready');
    await run.until('host-started', 3);
    process.kill(ready.backup.pid, 'SIGSTOP');
    process.kill(ready.primary.pid, 'SIGKILL');
    await run.until('host-gone');
    process.kill(ready.backup.pid, 'SIGKILL');
    expect(await run.supervisor.finished).toMatchObject({ code: 1, failure: { code: 'NO_HOST_LEFT' } });
  });

  test('is not kept when nobody wants one', async () => {
    const run = await startRun('', { spares: 0 });
    const ready = await run.until('ready');
    process.kill(ready.primary.pid, 'SIGKILL');
    await run.until('redundant');
    expect(run.events.filter(({ event }) => event === 'spare-called')).toEqual([]);
    expect((await run.supervisor.status()).spares).toEqual([]);
  });
});

describe('what cannot work', () => {
  test('a guest that does not parse: the host’s own code, message and mend', async () => {
    const run = await startRun('syntax-error');
    const result = await run.supervisor.finished;
    expect(result).toMatchObject({ code: 1, failure: { code: 'GUEST_SYNTAX', mend: 'mend the program' } });
    expect(run.events).toContainEqual({
      event: 'halt',
      reason: 'bank.js:3:7: unexpected token',
      code: 'GUEST_SYNTAX',
    });
  });

  test('hosts that die without a word', async () => {
    const run = await startRun('silent-death');
    const result = await run.supervisor.finished;
    expect(result.failure?.message).toMatch(/primary \(pid \d+\) ended with code 3/);
  });

  test('an executable that is not there', async () => {
    const run = await startRun('', { hostCommand: ['/nonexistent/node'] });
    const result = await run.supervisor.finished;
    expect(result.failure?.message).toMatch(/cannot be started: .*ENOENT/);
  });

  test('hosts that the system refuses to start harm nobody who runs, and are tried again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tandem-supervisor-test-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const executable = join(directory, 'env');
    const leadTo = async (target: string) => {
      await rm(executable, { force: true });
      await symlink(target, executable);
    };
    await leadTo('/usr/bin/env');
    const run = await startRun('', {
      hostCommand: [executable, ...hostCommand('').slice(1)],
      spares: 0,
    });
    const { primary, backup } = await run.until('ready');
    // Of the errors that Node throws, where it emits most.
    await leadTo(executable);
    process.kill(backup.pid, 'SIGKILL');
    const how = expect.stringMatching(/cannot be started: .*ELOOP/);
    expect(await run.until('host-gone', 2)).toMatchObject({ role: 'backup', how });
    await leadTo('/usr/bin/env');
    await run.until('redundant');
    expect(await run.supervisor.status()).toMatchObject({ primary, redundant: true, failovers: 0 });
  });

  test('backups that keep dying before the pair was complete: the run ends after five', async () => {
    const run = await startRun('backup-fails');
    const result = await run.supervisor.finished;
    expect(result.failure?.message).toMatch(/backup \(pid \d+\) ended with code 5/);
    expect(run.events.filter((event) => event.event === 'host-started')).toHaveLength(6);
    expect(run.events).toContainEqual(
      expect.objectContaining({ event: 'host-log', text: 'no machine here' }),
    );
  });

  test('a port in use: PORT_IN_USE with its mend, for clients and for the admin port', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as net.AddressInfo;
    await expect(startRun('', { port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      mend: expect.stringContaining('--port'),
    });
    await expect(startRun('', { adminPort: port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      mend: expect.stringContaining('--admin-port'),
    });
  });
});

describe('the console', () => {
  test('SIGKILL between lines: every line once, in order, stderr lines on stderr', async () => {
    const run = await startRun('plain');
    const ready = await run.until('ready');
    process.kill(ready.primary.pid, 'SIGKILL');
    const result = await run.supervisor.finished;
    expect(result.code).toBe(0);
    const numbers = (lines: string[]) => lines.map((line) => Number(line.slice('line '.length)));
    expect(numbers(run.stderr)).toEqual([5, 10, 15, 20]);
    expect(numbers(run.stdout)).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19]);
    expect(run.events.at(-1)).toEqual({ event: 'end', code: 0 });
  });

  test('the end of a plain program: all lines, then its exit code', async () => {
    const run = await startRun('ends');
    const result = await run.supervisor.finished;
    expect(result).toEqual({ code: 7, failure: undefined });
    expect(run.stdout.length + run.stderr.length).toBe(20);
  });

  test('hosts are told what was printed', async () => {
    const run = await startRun('plain');
    await run.until('ready');
    for (let nth = 1; ; nth += 1) {
      const line = await run.until('host-log', nth);
      if (line.role === 'backup' && line.text === 'printed 10') break;
    }
  });
});

describe('the end', () => {
  test('stop: hosts end by themselves, code 0, no directory and no process left', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'tandem-test-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true }));
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = parent;
    onTestFinished(() => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    });
    const run = await startRun();
    const ready = await run.until('ready');
    const [directory = ''] = await readdir(parent);
    expect((await stat(join(parent, directory))).mode & 0o777).toBe(0o700);
    expect((await stat(join(parent, directory, 'token'))).mode & 0o777).toBe(0o600);
    run.supervisor.stop();
    expect(await run.supervisor.finished).toEqual({ code: 0, failure: undefined });
    expect(isRunning(ready.primary.pid) || isRunning(ready.backup.pid)).toBe(false);
    expect(await readdir(parent)).toEqual([]);
    await expect(fetch(ready.admin)).rejects.toThrow();
  });

  test('stop: both machines are switched off at one position, and what was found there is told', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    const host = (pid: number) => ({ pid, hash: 'ab'.repeat(32) });
    const comparison = {
      equal: true,
      position: 42,
      primary: host(ready.primary.pid),
      backup: host(ready.backup.pid),
    };
    const answers = [run.supervisor.powerOff(), run.supervisor.powerOff()];
    expect(await Promise.all(answers)).toEqual([comparison, comparison]);
    expect(await run.supervisor.finished).toEqual({ code: 0, failure: undefined });
    expect(run.events.filter(({ event }) => event === 'stopped')).toEqual([
      { event: 'stopped', ...comparison },
    ]);
    expect(names(run.events).slice(-3)).toEqual(['stopping', 'stopped', 'end']);
    expect(await run.supervisor.powerOff()).toEqual(comparison);
  });

  test.each([
    ['once', 1, ''],
    ['twice', 2, 'deaf'],
  ])('a run that is stopped %s before it was ready says so, and ends with 0', async (_how, times, scenes) => {
    const run = await startRun(scenes);
    for (let time = 0; time < times; time += 1) run.supervisor.stop();
    expect(await run.supervisor.finished).toEqual({ code: 0, failure: undefined });
    expect(names(run.events).slice(-3)).toEqual(['stopping', 'stopped-early', 'end']);
    const told = run.events.flatMap((event) => describeEvent(event, styleFor({}), false));
    expect(told.at(-1)).toBe('stopped    before it was ready');
  });

  test('a machine that cannot be switched off in good order ends all the same, and why is told', async () => {
    const run = await startRun('refuses');
    await run.until('ready');
    run.supervisor.stop();
    expect(await run.until('stopped')).toMatchObject({
      equal: false,
      position: null,
      reason: 'a turn has been running',
    });
    expect(await run.supervisor.finished).toEqual({ code: 0, failure: undefined });
  });

  test('a primary that is lost while it is switched off: said so, nobody is left, no new backup is started', async () => {
    const run = await startRun('mute');
    const ready = await run.until('ready');
    const answer = run.supervisor.powerOff();
    process.kill(ready.primary.pid, 'SIGKILL');
    expect(await answer).toMatchObject({ equal: false, reason: 'the primary was lost meanwhile' });
    expect(await run.supervisor.finished).toEqual({ code: 0, failure: undefined });
    expect(isRunning(ready.backup.pid)).toBe(false);
    expect(run.events.filter(({ event }) => event === 'spare-called')).toEqual([]);
  });

  test('a program that comes to its own end while it is switched off: its code, and no comparison', async () => {
    const run = await startRun('ends-first');
    await run.until('ready');
    expect(await run.supervisor.powerOff()).toMatchObject({
      equal: false,
      reason: 'the run had ended before',
    });
    expect(await run.supervisor.finished).toEqual({ code: 7, failure: undefined });
    expect(names(run.events)).not.toContain('stopped');
  });

  test.each([
    ['a service', 'deaf', 0],
    ['a plain program', 'deaf,plain', 1],
  ])(
    '%s that is stopped twice: the second stop does not wait, its code is the same',
    async (_what, scenes, code) => {
      const run = await startRun(scenes);
      const ready = await run.until('ready');
      run.supervisor.stop();
      run.supervisor.stop();
      expect(await run.supervisor.finished).toEqual({ code, failure: undefined });
      expect(isRunning(ready.primary.pid) || isRunning(ready.backup.pid)).toBe(false);
      expect(names(run.events)).not.toContain('stopped');
    },
  );

  test('a run has its directory in memory, unless TMPDIR names a place, or a person runs it, who may log out', () => {
    const missing = '/nowhere/at/all';
    expect(runtimePlace({ TMPDIR: missing }, 0, '/')).toBe(missing);
    expect(runtimePlace({}, 0, '/')).toBe('/');
    expect(runtimePlace({ TMPDIR: '' }, 999, '/')).toBe('/');
    expect(runtimePlace({}, 1_000, '/')).toBe(tmpdir());
    expect(runtimePlace({}, 0, missing)).toBe(tmpdir());
  });

  test('a run that cannot have its directory says what mends it, and leaves nothing behind', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'tandem-test-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true }));
    const mend = expect.stringContaining('TMPDIR');
    expect(() => createRunDirectory(join(parent, 'missing'))).toThrow(
      expect.objectContaining({ code: 'NO_RUN_DIRECTORY', mend, message: expect.stringContaining('ENOENT') }),
    );
    const guest = {
      name: 'full.js',
      mayServe: false,
      map: '',
      get source(): string {
        throw new Error('ENOSPC: no space left on device');
      },
    };
    expect(() => createRunDirectory(parent, guest)).toThrow(
      expect.objectContaining({ code: 'NO_RUN_DIRECTORY', mend, message: expect.stringContaining('ENOSPC') }),
    );
    expect(await readdir(parent)).toEqual([]);
  });

  test('the directory of a run that lasts is never old enough to be cleared away', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'tandem-test-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true }));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { path, arbiterDirectory, remove } = createRunDirectory(parent);
    await mkdir(join(arbiterDirectory, 'vm'));
    await writeFile(join(arbiterDirectory, 'vm', 'epoch-0000000001.json'), '{}');
    const all = [path, ...(await readdir(path, { recursive: true })).map((name) => join(path, name))];
    expect(all).toHaveLength(6);
    const old = new Date(0);
    for (const name of all) await utimes(name, old, old);
    vi.advanceTimersByTime(limits.runDirectoryFreshMs);
    for (const name of all) {
      const { atimeMs, mtimeMs } = await stat(name);
      expect(Math.min(atimeMs, mtimeMs)).toBeGreaterThan(old.getTime());
    }
    remove();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a run whose directory cannot be removed ends like any other', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'tandem-test-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true }));
    vi.stubEnv('TMPDIR', parent);
    onTestFinished(() => void vi.unstubAllEnvs());
    const run = await startRun();
    await run.until('ready');
    // What is below a file cannot even be looked for.
    await rm(parent, { recursive: true });
    await writeFile(parent, '');
    run.supervisor.stop();
    expect(await run.supervisor.finished).toEqual({ code: 0, failure: undefined });
    expect(run.events.at(-1)).toEqual({ event: 'end', code: 0 });
  });

  test('what a killed supervisor left behind is swept by the next; what belongs to a living one stays', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'tandem-test-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true }));
    const { writeFileSync } = await import('node:fs');
    const dead = createRunDirectory(parent);
    writeFileSync(join(dead.path, 'supervisor.pid'), '4194305\n');
    const living = createRunDirectory(parent);
    const mine = createRunDirectory(parent);
    expect([dead, living, mine].map(({ path }) => existsSync(path))).toEqual([false, true, true]);
  });
});
