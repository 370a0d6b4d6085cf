/** The built command line as a user has it, with real hosts behind it. Needs `npm run build`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { JSON_EVENTS } from '../../../src/cli/run-output.ts';
import { temporaryDirectory } from '../../support/processes.ts';

const TANDEM = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const BANK = fileURLToPath(new URL('../../../guest-programs/bank.js', import.meta.url));
const WORKLOAD = BANK.replace('.js', '.workload.json');
const README = fileURLToPath(new URL('../../../README.md', import.meta.url));
const HELLO = fileURLToPath(new URL('./fixtures/hello.js', import.meta.url));
const FOREVER = fileURLToPath(new URL('./fixtures/forever.js', import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Tandem {
  readonly child: ChildProcess;
  readonly #out: { stdout: string; stderr: string } = { stdout: '', stderr: '' };
  readonly finished: Promise<Finished>;
  #waiting: (() => void)[] = [];

  constructor(...words: string[]) {
    this.child = spawn(process.execPath, [TANDEM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]!.setEncoding('utf8').on('data', (text: string) => {
        this.#out[name] += text;
        for (const check of this.#waiting) check();
      });
    }
    this.finished = once(this.child, 'close').then(([code]) => ({ code, ...this.#out }));
    onTestFinished(async () => {
      this.child.kill('SIGTERM');
      await this.finished;
    });
  }

  /** The first match in what it has written so far or will write. */
  match(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = pattern.exec(this.#out[stream]);
        if (found !== null) resolve(found);
      };
      this.#waiting.push(check);
      void this.finished.then(() => reject(new Error(`ended before ${pattern}: ${this.#out.stderr}`)));
      check();
    });
  }
}

const tandem = (...words: string[]) => new Tandem(...words).finished;
const startRun = async (...words: string[]) => {
  const run = new Tandem('run', BANK, '--port', '0', '--admin-port', '0', '--json', ...words);
  const [line] = await run.match('stdout', /^\{"event":"ready".*\}$/m);
  return {
    run,
    ready: JSON.parse(line) as {
      url: string;
      admin: string;
      primary: { pid: number };
      backup: { pid: number };
    },
  };
};

describe('usage', () => {
  test.each([
    [['rum'], /unknown command 'rum'/],
    [['run'], /missing required argument/],
    [['run', BANK, '--port', '99999'], /0 to 65535/],
    [['run', BANK, '--nonsense'], /unknown option/],
    [
      ['host', BANK, '--role', 'primary', '--vm', 'x', '--wall-offset-ms', 'abc'],
      /no number of milliseconds/,
    ],
    [['kill', 'everybody'], /allowed choices are primary, backup/],
    [['status', '--admin', 'ftp://x'], /give a URL/],
    [['limits', '--memory-mib', '15'], /16 to 2048 MiB/],
    [['limits', '--memory-mib', '2049'], /16 to 2048 MiB/],
    [['limits', '--memory-mib', '17.5'], /16 to 2048 MiB/],
    [['limits', '--memory-mib', 'much'], /16 to 2048 MiB/],
    [['limits', '--memory-mib'], /argument missing/],
    [['run', 'x.js', '--idempotency-ttl', '10'], /from 1s to 30d/],
    [['run', 'x.js', '--idempotency-ttl', '999ms'], /from 1s to 30d/],
    [['run', 'x.js', '--idempotency-ttl', '31d'], /from 1s to 30d/],
    [['run', 'x.js', '--idempotency-mib', '0'], /1 to 1024 MiB/],
    [['run', 'x.js', '--memory-mib', '64', '--idempotency-mib', '33'], /more than half of --memory-mib 64/],
    [['stop', 'now'], /too many arguments/],
    [[], /Usage: tandem/],
  ])('tandem %j is wrong usage: 2', async (words, message) => {
    const { code, stdout, stderr } = await tandem(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    // What, and the mend: two lines as of every error. Without a command there is the help.
    if (words.length > 0) expect(stderr).toMatch(/^tandem: [^\n]+\n {2}[^\n]+\n$/);
  });

  test.each([
    [['rum'], "unknown command 'rum'", 'did you mean run? tandem --help lists the commands'],
    [
      ['run', 'x', '--prot', '3'],
      "unknown option '--prot'",
      'did you mean --port? tandem run --help explains it',
    ],
    [['run'], "missing required argument 'program'", 'tandem run --help explains it'],
    [
      ['run', 'x', '--port', 'a is invalid. b'],
      "option '--port <port>' argument 'a is invalid. b' is invalid",
      'a port is a whole number from 0 to 65535; tandem run --help explains it',
    ],
    [
      ['kill', 'everybody'],
      "command-argument value 'everybody' is invalid for argument 'role'",
      'allowed choices are primary, backup; tandem kill --help explains it',
    ],
    [
      ['stop', 'now'],
      "too many arguments for 'stop'",
      'expected 0 arguments but got 1; tandem stop --help explains it',
    ],
  ])(
    'tandem %j: what is wrong, then what would be right and whose help explains it',
    async (words, what, mend) => {
      const { stderr } = await tandem(...words);
      expect(stderr.startsWith(`tandem: ${what}\n  ${mend}`)).toBe(true);
    },
  );

  test.each([
    'run',
    'host',
    'status',
    'hash',
    'kill',
    'switch-over',
    'limits',
    'stop',
    'logs',
    'demo',
    'simulate',
  ])('tandem %s --help teaches by examples', async (command) => {
    const { code, stdout } = await tandem(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?[^\n]*:\n +tandem /);
    // As wide as a terminal usually is, but for commands, which are there to be copied.
    const wide = stdout.split('\n').filter((line) => line.length > 80);
    expect(wide.filter((line) => !/^ +(tandem |--)/.test(line))).toEqual([]);
  });

  test('run --help and README.md list the events of --json, all of them', async () => {
    const all = [...JSON_EVENTS.always, ...JSON_EVENTS.watch];
    expect(all).toContain('switch-over');
    const { stdout } = await tandem('run', '--help');
    const [, help = ''] = /Events of --json: ([^.]+)\./.exec(stdout) ?? [];
    expect(help.match(/\b(?!with\b|also\b|and\b)(?<!--)[a-z-]+/g)).toEqual(all);
    const [, readme = ''] = /with an `event`:\n([^.]+)\./.exec(readFileSync(README, 'utf8')) ?? [];
    expect(readme.match(/(?<=`)[a-z][a-z-]*(?=`)/g)).toEqual(all);
  });

  test('--version is that of the package', async () => {
    expect(await tandem('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each([['hash'], ['limits'], ['limits', '--memory-mib', '64'], ['stop']])(
    'nobody at the admin port (tandem %s): 1, what, why, and the mend',
    async (...words) => {
      const { code, stderr } = await tandem(...words, '--admin', 'http://127.0.0.1:1');
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^tandem: no run answers at http:\/\/127\.0\.0\.1:1 \(.*\)\n {2}start one with: tandem run/,
      );
    },
  );

  test.each([
    [['--port', '7000', '--log-listen', '0.0.0.0:7000'], '--port and --log-listen', 7000],
    [['--port', '7000', '--admin', '127.0.0.1:7000'], '--port and --admin', 7000],
    [['--log-listen', '127.0.0.1:7000', '--admin', '[::]:7000'], '--log-listen and --admin', 7000],
  ])('a host that is to open one port twice, %j: 2', async (words, flags, port) => {
    const host = ['host', '--role', 'primary', '--vm', 'x', '--arbiter', 'memory:', '--program', BANK];
    expect(await tandem(...host, ...words)).toMatchObject({
      code: 2,
      stderr: `tandem: ${flags} cannot both have port ${port}\n  choose another port with one of them\n`,
    });
  });

  test('an address that is not of this machine is mended with the option that named it', async () => {
    const host = ['host', '--role', 'primary', '--vm', 'x', '--arbiter', 'memory:', '--program', BANK];
    for (const flag of ['--log-listen', '--admin']) {
      // Of a block for documentation (RFC 5737): nobody has it.
      const { code, stderr } = await tandem(...host, '--port', '0', flag, '192.0.2.9:7000');
      expect(code).toBe(1);
      expect(stderr).toContain('tandem: cannot open 192.0.2.9, port 7000: EADDRNOTAVAIL\n');
      expect(stderr).toContain(
        `  give an address of this machine with ${flag}, for instance 127.0.0.1:7000 or`,
      );
    }
  });

  test('a program that cannot be read is wrong usage, 2, in the words of every command: run, host, simulate', async () => {
    for (const [program, words] of [
      ['nowhere.js', /^tandem: no such file: nowhere\.js\n {2}name a /m],
      [`${BANK}/x.js`, /^tandem: cannot read .*bank\.js\/x\.js: ENOTDIR/m],
      [`${'x'.repeat(300)}.js`, /^tandem: cannot read x+\.js: ENAMETOOLONG/m],
      [dirname(BANK), /^tandem: cannot read .*guest-programs: EISDIR/m],
      [WORKLOAD, /^tandem: .*bank\.workload\.json is no program: its name ends in \.json\n {2}name a /m],
    ] as const) {
      const host = [
        'host',
        '--role',
        'primary',
        '--vm',
        'x',
        '--arbiter',
        'memory:',
        '--port',
        '0',
        '--program',
      ];
      for (const command of [['run', '--port', '0', '--admin-port', '0'], host, ['simulate']]) {
        const { code, stderr } = await tandem(...command, program);
        expect([command[0], code, stderr]).toEqual([command[0], 2, expect.stringMatching(words)]);
      }
    }
  });

  test('a working directory that has been deleted is said in words', async () => {
    const folder = temporaryDirectory();
    const inIt = `rmdir "$PWD" && exec "${process.execPath}" "${TANDEM}" run "${BANK}" --port 0 --admin-port 0`;
    const { status, stderr } = spawnSync('sh', ['-c', inIt], { cwd: folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^tandem: the folder that this command is started in has been deleted\n {2}go to /,
      ),
    ]);
  });

  test('a run that does not start leaves the file of --profile as it was, and makes none', async () => {
    const folder = temporaryDirectory();
    const earlier = join(folder, 'earlier.cpuprofile');
    writeFileSync(earlier, 'earlier');
    const fresh = join(folder, 'fresh.cpuprofile');
    const noPorts = ['--port', '0', '--admin-port', '0'];
    expect((await tandem('run', '--profile', earlier)).code).toBe(2);
    expect((await tandem('run', 'nowhere.js', '--profile', earlier, ...noPorts)).code).toBe(2);
    expect((await tandem('run', 'nowhere.js', '--profile', fresh, ...noPorts)).code).toBe(2);
    expect(readFileSync(earlier, 'utf8')).toBe('earlier');
    expect(readdirSync(folder)).toEqual(['earlier.cpuprofile']);
  });

  test('--profile to the program itself, in any spelling, or to where nothing can be written: 2, and the program is whole', async () => {
    const folder = temporaryDirectory();
    const program = join(folder, 'app.js');
    writeFileSync(program, 'console.log(1);\n');
    symlinkSync(program, join(folder, 'link'));
    linkSync(program, join(folder, 'twin'));
    const host = ['host', '--role', 'primary', '--vm', 'x', '--arbiter', 'memory:', '--port', '0'];
    for (const [file, why] of [
      [program, 'that is the program itself'],
      [`${folder}/../${basename(folder)}/app.js`, 'that is the program itself'],
      [join(folder, 'link'), 'that is the program itself'],
      [join(folder, 'twin'), 'that is the program itself'],
      [join(folder, 'nowhere', 'x'), 'ENOENT: no such file or directory'],
      [folder, 'is a directory'],
    ] as const) {
      const run = ['run', program, '--port', '0', '--admin-port', '0'];
      for (const words of [run, [...host, '--program', program]]) {
        const { code, stderr } = await tandem(...words, '--profile', file);
        expect(stderr).toContain(`tandem: the profile cannot be written to ${file}: `);
        expect(stderr).toContain(why);
        expect(code).toBe(2);
      }
    }
    expect(readFileSync(program, 'utf8')).toBe('console.log(1);\n');
  });
});

describe('run', () => {
  test("a plain program: its lines on its streams, its exit code, the pair's words on stderr only", async () => {
    const { code, stdout, stderr } = await tandem('run', HELLO, '--port', '0', '--admin-port', '0');
    expect(code).toBe(1);
    expect(stdout).toBe('hello\n');
    expect(stderr).toContain('a warning\n');
    expect(stderr).toMatch(/Error: the end\n {4}at .*hello\.js:4:/);
    expect(stderr).not.toContain('\u001b');
  });

  test('--json: nothing but events of the contract, the last one is end', async () => {
    const { code, stdout } = await tandem('run', HELLO, '--port', '0', '--admin-port', '0', '--json');
    expect(code).toBe(1);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toContainEqual({ event: 'console', stream: 'stdout', text: 'hello' });
    expect(events).toContainEqual({ event: 'console', stream: 'stderr', text: 'a warning' });
    expect(events.at(-1)).toEqual({ event: 'end', code: 1 });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops a service in good order: 0', async (signal) => {
    const { run } = await startRun();
    run.child.kill(signal);
    expect(await run.finished).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\{"event":"end","code":0\}\n$/),
    });
  });

  test('SIGINT to a plain program that has not ended: 1', async () => {
    const run = new Tandem('run', FOREVER, '--port', '0', '--admin-port', '0', '--json');
    await run.match('stdout', /"event":"ready"/);
    run.child.kill('SIGINT');
    expect((await run.finished).code).toBe(1);
  });

  test('a port in use: one line, the mend, and for programs halt and end', async () => {
    const { ready } = await startRun();
    const { port } = new URL(ready.url);
    const { code, stdout, stderr } = await tandem('run', BANK, '--port', port, '--admin-port', '0', '--json');
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^tandem: port ${port} on 127.0.0.1 is in use by another program\n`));
    expect(stdout).toMatch(/"event":"halt".*"code":"PORT_IN_USE"\}\n\{"event":"end","code":1\}\n$/);
  });

  test('the reader of the console goes away: a service goes on, and ends when it is told to', async () => {
    const { run, ready } = await startRun();
    run.child.stdout!.destroy();
    process.kill(ready.primary.pid, 'SIGKILL');
    const status = () =>
      fetch(new URL('/total', ready.url)).then(
        (reply) => reply.status,
        () => 'reset',
      );
    await expect.poll(status, { timeout: 30_000 }).toBe(200);
    process.kill(run.child.pid!, 'SIGTERM');
    // The words on stderr are part of what is compared, so that a failure tells its reason.
    expect(await run.finished).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('nobody reads stdout'),
    });
  });
});

describe('status, hash, kill, logs', () => {
  test('tell of a pair, and of a kill', async () => {
    const { run, ready } = await startRun();
    const to = ['--admin', ready.admin];
    expect(await tandem('status', ...to)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/live, redundant, epoch 2/),
    });
    // ADDRESS:PORT, as a host's own option has it, means the same.
    expect(await tandem('hash', '--admin', ready.admin.replace('http://', ''))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nequal\n$/),
    });
    const killed = await tandem('kill', 'primary', '--json', ...to);
    expect(JSON.parse(killed.stdout)).toEqual({ killed: ready.primary.pid, role: 'primary' });
    await run.match('stdout', /"event":"redundant"/);
    const status = JSON.parse((await tandem('status', '--json', ...to)).stdout);
    expect(status).toMatchObject({
      live: true,
      redundant: true,
      epoch: 4,
      failovers: 1,
      primary: ready.backup,
    });
    expect((await tandem('logs', ...to)).stdout).toMatch(/supervisor .* go-live pid=\d+ epoch=3/);
  });

  test('hash without a backup: 1, and says so', async () => {
    // A stopped backup, and a primary that is patient with it.
    const { ready } = await startRun('--suspect-ms', '60000');
    process.kill(ready.backup.pid, 'SIGSTOP');
    const { code, stdout } = await tandem('hash', '--admin', ready.admin);
    process.kill(ready.backup.pid, 'SIGCONT');
    expect(code).toBe(1);
    expect(stdout).toContain('did not answer');
  });
});

describe('limits, stop', () => {
  test('limits shows and changes, in words and as JSON; stop ends the run and compares', async () => {
    const { run, ready } = await startRun('--memory-mib', '64');
    const to = ['--admin', ready.admin];
    const MIB = 2 ** 20;
    expect(JSON.parse((await tandem('limits', '--json', ...to)).stdout)).toEqual({
      memoryMaximumBytes: 64 * MIB,
      memoryBytes: expect.any(Number),
    });
    expect(await tandem('limits', '--memory-mib', '128', ...to)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^memory: \d+(\.\d+)? MiB of at most 128 MiB\n$/),
    });
    expect(JSON.parse((await tandem('limits', '--json', ...to)).stdout)).toMatchObject({
      memoryMaximumBytes: 128 * MIB,
    });
    const { code, stdout } = await tandem('stop', '--json', ...to);
    expect(code).toBe(0);
    const comparison = JSON.parse(stdout);
    expect(comparison).toMatchObject({
      equal: true,
      position: expect.any(Number),
      primary: { pid: ready.primary.pid, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      backup: { pid: ready.backup.pid, hash: comparison.primary.hash },
    });
    expect((await run.finished).code).toBe(0);
    expect((await tandem('limits', ...to)).stderr).toContain('no run answers');
  });
});

describe('demo', () => {
  test('every statement true: 0, and nothing in it needs a terminal', async () => {
    const { code, stdout, stderr } = await tandem('demo');
    expect(stderr).toBe('');
    expect(stdout).toContain('All of it is true.');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toMatch(/^ +NO /m);
    expect(code).toBe(0);
  });

  test('--json: checks and a verdict', async () => {
    const { code, stdout } = await tandem('demo', '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ name }) => name === 'check').length).toBeGreaterThan(8);
    expect(lines.at(-1)).toMatchObject({ name: 'verdict', ok: true, failed: 0 });
    expect(code).toBe(0);
  });
});
