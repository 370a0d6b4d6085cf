/**
 * What comes in wrong: programs, words of the command line, requests, peers on the logging port. Each is
 * answered by one line with its mend, or by a proper status; nothing hangs, and the pair serves on unharmed.
 * (FT assumes a private logging network, §2.2; here only a peer with the pair's token gets to speak at all.)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { digest, epoch, ordinal, position } from '../../src/base/brands.ts';
import { limits } from '../../src/base/limits.ts';
import { type Frame, type HelloFrame, PROTOCOL_VERSION } from '../../src/protocol/frames.ts';
import { type Process, program, tandem, temporaryDirectory } from '../support/processes.ts';
import { ask, Bank } from '../support/processes-client.ts';
import { loggingUrlOf, Pair, saidReady, startPair } from '../support/processes-pair.ts';
import { falsePrimary, intrude, shout } from '../support/processes-peer.ts';
import { type Run, run } from '../support/processes-run.ts';

const FREE_PORTS = ['--port', '0', '--admin-port', '0'];

function written(name: string, text: string): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, text);
  return path;
}

/** The error at the end of stderr: one line, then its mend. */
function refusal({ stderr }: Process): {
  readonly line: string;
  readonly mend: string;
  readonly rest: number;
} {
  const at = stderr.texts.findIndex((text) => text.startsWith('tandem: '));
  return {
    line: stderr.texts[at] ?? '',
    mend: stderr.texts[at + 1] ?? '',
    rest: stderr.texts.length - at - 2,
  };
}

async function expectRefusal(process: Process, code: number, line: RegExp): Promise<void> {
  expect(await process.exited).toEqual({ code, signal: null });
  const said = refusal(process);
  expect(said.line).toMatch(line);
  expect(said.mend).toMatch(/^ {2}\S/);
  expect(process.family()).toEqual([]);
}

describe('a program', () => {
  test('that is not there is named', async () => {
    const process = tandem('run', 'no/such/program.js', ...FREE_PORTS);
    await expectRefusal(process, 2, /^tandem: no such file: no\/such\/program\.js$/);
    expect(process.stderr.all).toHaveLength(2);
  });

  test('with a syntax error is refused with file, line and column, and the place is shown', async () => {
    const path = written('wrong.js', 'export default {\n  fetch( { return 1 },\n};\n');
    const process = tandem('run', path, ...FREE_PORTS);
    await expectRefusal(process, 1, /^tandem: wrong\.js:2:19: Expected/);
    expect(refusal(process).mend).toBe('  2 |   fetch( { return 1 },');
  });

  test('that imports what is not there is refused with the place of the import', async () => {
    const path = written('lonely.js', "import { x } from './nowhere.js';\nconsole.log(x);\n");
    await expectRefusal(tandem('run', path, ...FREE_PORTS), 1, /^tandem: lonely\.js:1:19: .*nowhere/);
  });

  test("that imports a module of Node's is told that a guest has none", async () => {
    const path = written('files.js', "import { readFileSync } from 'node:fs';\nreadFileSync('x');\n");
    const process = tandem('run', path, ...FREE_PORTS);
    await expectRefusal(process, 1, /^tandem: files\.js:1:\d+: Could not resolve "node:fs"/);
    expect(process.stderr.texts.at(-1)).toMatch(/^ {2}a guest has no files/);
  });

  test('without a fetch handler is called plain when it is ready, and no URL is shown where nobody would answer', async () => {
    const process = tandem('run', written('plain.js', 'setInterval(() => {}, 1000);\n'), ...FREE_PORTS);
    const { text } = await process.stderr.waitFor('ready', (line) => line.startsWith('ready'));
    expect(text).toMatch(/^ready +a plain program/);
    expect(text).not.toContain('http:');
    const events = await run(written('plain.js', 'setInterval(() => {}, 1000);\n')).ready();
    expect(events.story()[0]).toMatchObject({
      event: 'ready',
      program: 'plain',
      url: expect.stringMatching(/^http:/),
    });
  });

  test.each([
    ['a plain program', 'const a = 1;\nthrow new Error("no thanks");\n', /no thanks[\s\S]*guest\.js:2:/],
    [
      'one that would serve',
      'export default { fetch() {} };\nnull.x;\n',
      /Uncaught TypeError[\s\S]*guest\.js:2:/,
    ],
  ])(
    'that throws while loading (%s) ends the run with code 1, and says where',
    async (_kind, text, error) => {
      const pair = run(written('guest.js', text));
      expect(await pair.process.exited).toEqual({ code: 1, signal: null });
      expect(pair.printed('stderr')[0]?.event.text).toMatch(error);
      expect(pair.story().at(-1)).toEqual({ event: 'end', code: 1 });
    },
  );

  test('refused is also told as events', async () => {
    const pair = run(written('wrong.js', 'let let = 1;\n'));
    await expectRefusal(pair.process, 1, /^tandem: wrong\.js:1:/);
    expect(pair.story().at(-2)).toMatchObject({ event: 'halt', code: 'GUEST_SYNTAX' });
    expect(pair.story().at(-1)).toEqual({ event: 'end', code: 1 });
  });
});

describe('a place', () => {
  const occupied = (): Promise<{ readonly server: Server; readonly port: string }> =>
    new Promise((resolve) => {
      const server = createServer();
      onTestFinished(() => void server.close());
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve({ server, port: String(typeof address === 'object' && address !== null ? address.port : 0) });
      });
    });

  test.each(['--port', '--admin-port'])(
    'taken by another program (%s) is named, with the option that changes it',
    async (flag) => {
      const { port } = await occupied();
      const other = flag === '--port' ? '--admin-port' : '--port';
      const process = tandem('run', program('bank.js'), flag, port, other, '0');
      await expectRefusal(process, 1, new RegExp(`^tandem: port ${port} on 127\\.0\\.0\\.1 is in use`));
      expect(refusal(process).mend).toContain(flag);
    },
  );

  test('that cannot be an arbiter (a folder below a file, one that takes no files) is named', async () => {
    const below = join(written('file', ''), 'arbiter');
    for (const path of [below, '/proc/tandem']) {
      const process = tandem('run', program('bank.js'), ...FREE_PORTS, '--arbiter', `file:${path}`);
      await expectRefusal(process, 1, /^tandem: the arbiter's directory cannot be used/);
      expect(refusal(process).mend).toContain(path);
    }
  });

  test('that cannot be an arbiter any more (its record is corrupt) is named', async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'used'));
    writeFileSync(join(folder, 'used', 'epoch-0000000001.json'), 'not a record');
    const words = ['--role', 'primary', '--program', program('bank.js'), '--vm', 'used'];
    const process = tandem('host', ...words, '--arbiter', `file:${folder}`, '--port', '0');
    expect(await process.exited).toEqual({ code: 1, signal: null });
    expect(process.stderr.texts.join('\n')).toMatch(/tandem: the arbiter's record \S+ is corrupt/);
  });

  test('taken by another program does not cost a host its VM id: that is found before the first epoch is claimed', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const { port } = await occupied();
    const refused = await pair.startPrimary(['--port', `${port}`]);
    expect(await refused.process.exited).toEqual({ code: 1, signal: null });
    expect(refused.process.stderr.texts.join('\n')).toMatch(
      /tandem: port \d+ on 127\.0\.0\.1 is in use by another program\n {2}stop that program, or choose another port/,
    );
    await saidReady(await pair.startPrimary(), 'primary');
  });

  test('where no primary listens ends a backup with a mend of its own', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const backup = await pair.startBackup('ws://127.0.0.1:1');
    expect(await backup.process.exited).toEqual({ code: 1, signal: null });
    expect(backup.process.stderr.texts.join('\n')).toMatch(
      /tandem: halted: cannot join the primary at ws:\S+: .*ECONNREFUSED.*\n {2}see that a primary is live at that --join/,
    );
  });

  test('that another arbiter has been named for is not backed up by this host: it halts before it has joined', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const primary = await pair.startPrimary();
    await saidReady(primary, 'primary');
    const other = ['--arbiter', `file:${temporaryDirectory()}`];
    const backup = await pair.startBackup(await loggingUrlOf(primary), other);
    expect(await backup.process.exited).toEqual({ code: 1, signal: null });
    expect(backup.process.stderr.texts.join('\n')).toMatch(
      /tandem: halted: the primary \S+ is live in epoch 1 of VM \S+; this host's arbiter has no record of it\n {2}give both/,
    );
    expect(primary.process.stderr.texts.join('\n')).not.toContain('redundant:');
    expect(await new Bank(primary.url).deposit('ada', 10)).toBe(10);
  });

  test('where a machine of this name has been before is not used for an empty one', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const first = await pair.startPrimary();
    await saidReady(first, 'primary');
    first.process.kill('SIGKILL');
    await first.process.exited;
    const second = await pair.startPrimary();
    expect(await second.process.exited).toEqual({ code: 1, signal: null });
    expect(second.process.stderr.texts.join('\n')).toMatch(
      /tandem: halted: VM \S+ exists: epoch 1 belongs to/,
    );
  });
});

describe('wrong usage', () => {
  const host = ['host', '--program', program('bank.js'), '--vm', 'v', '--arbiter', 'memory:'];

  test.each([
    ['no program', ['run']],
    ['two programs', ['run', 'a.js', 'b.js']],
    ['a port that is none', ['run', 'a.js', '--port', '70000']],
    ['an option that is none', ['run', 'a.js', '--frob']],
    ['a command that is none', ['frobnicate']],
    ['a role that is none', ['kill', 'nobody']],
    ['an arbiter that is none', ['run', 'a.js', '--arbiter', 'gopher://x']],
    ['an arbiter in a relative directory', ['run', 'a.js', '--arbiter', 'file:somewhere']],
    ['an etcd that is no URL', ['run', 'a.js', '--arbiter', 'etcd:localhost:2379']],
    ['an etcd with a word that is none', ['run', 'a.js', '--arbiter', 'etcd:http://localhost?lease=1']],
    ['an etcd for a host that is no URL', ['host', '--arbiter', 'etcd:', '--role', 'primary']],
    [
      'a suspicion within three heartbeats',
      ['run', 'a.js', '--heartbeat-ms', '1000', '--suspect-ms', '2999'],
    ],
    ['a host that suspects within three', [...host, '--role', 'primary', '--suspect-ms', '20']],
    ['an admin port that is no URL', ['status', '--admin', 'nonsense']],
    ['a host without a role', [...host]],
    ['a primary that joins', [...host, '--role', 'primary', '--join', 'ws://127.0.0.1:1']],
    ['a backup that joins nobody', [...host, '--role', 'backup']],
    ['a backup that joins no URL', [...host, '--role', 'backup', '--join', 'nonsense']],
    ['one port for two uses', ['run', program('bank.js'), '--port', '8099', '--admin-port', '8099']],
  ])('(%s) ends with code 2, one line and a mend on stderr, nothing on stdout', async (_case, words) => {
    const process = tandem(...words);
    await expectRefusal(process, 2, /^tandem: \S/);
    expect(process.stdout.texts).toEqual([]);
    expect(process.stderr.all).toHaveLength(2);
  });

  test.each(['status', 'hash', 'logs', 'kill primary'])(
    '`tandem %s` without a run ends with code 1 and says how to start one',
    async (words) => {
      // Nobody can listen on port 1 by accident.
      const process = tandem(...words.split(' '), '--admin', 'http://127.0.0.1:1');
      await expectRefusal(process, 1, /^tandem: no run answers at/);
      expect(refusal(process).mend).toContain('tandem run');
    },
  );
});

describe('a client', () => {
  const unharmed = async (pair: Run): Promise<void> => {
    expect(await new Bank(pair.url).balance('ada')).toBe(10);
    expect(await pair.hash()).toMatchObject({ equal: true });
    expect(pair.story().map(({ event }) => event)).toEqual(['ready']);
  };

  test('that sends garbage, floods of headers or too large a body is refused, and all others are served', async () => {
    const pair = await run(program('bank.js')).ready();
    await new Bank(pair.url).deposit('ada', 10);
    expect(await shout(pair.url, '\x16\x03\x01\x02\0garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const flood = `GET / HTTP/1.1\r\nHost: h\r\n${'X-Flood: 0123456789\r\n'.repeat(50_000)}\r\n`;
    expect(await shout(pair.url, flood)).toMatch(/^HTTP\/1\.1 431 /);
    const huge = await ask(`${pair.url}/accounts/ada/deposit`, {
      method: 'POST',
      headers: { 'idempotency-key': 'huge' },
      body: Buffer.alloc(5 * 2 ** 20),
    });
    expect(huge.status).toBe(413);
    await unharmed(pair);

    // What the program itself finds wrong is its own to answer.
    const wrong = await ask(`${pair.url}/accounts/ada/deposit`, { method: 'POST', body: 'not JSON' });
    expect(wrong.status).toBe(400);
    const badKey = { 'idempotency-key': 'x'.repeat(300) };
    expect((await ask(`${pair.url}/accounts/ada`, { headers: badKey })).status).toBe(400);
    await unharmed(pair);
  });
});

describe('a peer on the logging port', () => {
  const ZERO = digest('0'.repeat(64));
  const hello: HelloFrame = {
    kind: 'hello',
    protocolVersion: PROTOCOL_VERSION,
    vm: 'another',
    image: ZERO,
    architecture: process.arch,
    bootHash: ZERO,
    incarnation: 'impostor',
    host: 'elsewhere:1',
    as: 'backup',
    times: { heartbeatMs: limits.heartbeatMs, suspectMs: limits.suspectAfterMs },
  };
  const beat = (at: number): Frame => ({
    kind: 'heartbeat',
    epoch: epoch(at),
    sentMs: 1,
    echoMs: 0,
    guestClockMs: null,
    releasedOrdinal: ordinal(0),
    printedOrdinal: ordinal(0),
  });

  test('without the token gets no further than an HTTP status', async () => {
    const { primary, backup } = await startPair({ program: program('bank.js') });
    const url = await loggingUrlOf(primary);
    const http = url.replace(/^ws/, 'http');
    expect((await ask(http)).status).toBe(426);
    expect((await ask(http.replace(/\/log$/, '/other'))).status).toBe(404);
    expect(await shout(http, '\0\x01\x02 no HTTP at all\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await intrude(url, { token: undefined, name: 'stranger' })).toMatchObject({ status: 401 });
    expect(await intrude(url, { token: 'x'.repeat(36), name: 'stranger' })).toMatchObject({ status: 401 });

    const bank = new Bank(primary.url);
    expect(await bank.deposit('ada', 10)).toBe(10);
    for (const host of [primary, backup]) {
      expect(host.process.stderr.texts.filter((text) => /suspected|halted/.test(text))).toEqual([]);
    }
  });

  test('with the token that speaks nonsense, or is of another machine, is refused by name, and the pair is unharmed', async () => {
    const { pair, primary, backup } = await startPair({ program: program('bank.js') });
    const { vm, token } = pair;
    const url = await loggingUrlOf(primary);
    const say = (...says: (string | Uint8Array | Frame)[]) => intrude(url, { token, name: 'impostor', says });
    const refusedAs = (code: string, message: RegExp) =>
      expect.objectContaining({
        frames: [expect.objectContaining({ kind: 'refusal', code, message: expect.stringMatching(message) })],
      });

    expect(await intrude(url, { token })).toMatchObject({ status: 400 });
    expect(await say('text')).toMatchObject({ code: 1003 });
    expect((await say(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]))).code).toBe(1000);
    expect((await say(Buffer.alloc(1000, 7))).code).toBe(1000);
    expect((await say(beat(999))).reason).toMatch(/OUT_OF_TURN/);
    expect(await say({ ...hello, protocolVersion: 99 })).toEqual(
      refusedAs('VERSION', /is 99, the primary's is \d/),
    );
    expect(await say(hello)).toEqual(refusedAs('VM', new RegExp(`another.*${vm}`)));
    expect(await say({ ...hello, vm })).toEqual(refusedAs('IMAGE', /00000000/));

    const bank = new Bank(primary.url);
    expect(await bank.deposit('ada', 10)).toBe(10);
    for (const host of [primary, backup]) {
      expect(host.process.stderr.texts.filter((text) => /suspected|halted/.test(text))).toEqual([]);
    }
    // The true backup is still one: it takes over with all that was acknowledged.
    primary.process.kill('SIGKILL');
    expect(await new Bank(backup.url).balance('ada')).toBe(10);
  });

  test('that passes for a backup and then lies is thrown out, and a true backup finds the place free', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const primary = await pair.startPrimary();
    await saidReady(primary, 'primary');
    const url = await loggingUrlOf(primary);
    const bank = new Bank(primary.url);
    expect(await bank.deposit('ada', 10)).toBe(10);

    // What a true one says about its machine, an impostor can repeat.
    const lure = await falsePrimary();
    const lured = await pair.startBackup(lure.url);
    const truth = await lure.hello;
    lure.close();
    expect(await lured.process.exited).toEqual({ code: 1, signal: null });

    const lie = (answers: (heard: Frame) => Frame | undefined, says: Partial<HelloFrame> = {}) =>
      intrude(url, { token: pair.token, name: 'impostor', says: [{ ...truth, ...says }], answers });
    const onWelcome = (answer: Frame) => (heard: Frame) => (heard.kind === 'welcome' ? answer : undefined);
    const onOffer = (answer: (at: Frame & { kind: 'checkpoint-offer' }) => Frame) => (heard: Frame) =>
      heard.kind === 'checkpoint-offer' ? answer(heard) : undefined;

    expect((await lie(() => undefined, { architecture: 'abacus' })).frames).toEqual([
      expect.objectContaining({ kind: 'refusal', code: 'ARCHITECTURE' }),
    ]);
    expect((await lie(() => undefined, { bootHash: ZERO })).frames).toEqual([
      expect.objectContaining({ kind: 'refusal', code: 'BOOT_HASH' }),
    ]);
    expect((await lie(onWelcome(beat(999)))).reason).toMatch(/NEWER_EPOCH: heartbeat of epoch 999/);
    const early: Frame = { kind: 'ack', epoch: epoch(1), received: position(1), replayed: position(1) };
    expect((await lie(onWelcome(early))).reason).toMatch(/OUT_OF_TURN/);
    const pages = onOffer((offer) => ({ kind: 'pages-wanted', epoch: offer.epoch, indices: [1_000_000] }));
    expect((await lie(pages)).reason).toMatch(/NO_SUCH_PAGE/);
    const joined = onOffer((offer) => ({
      kind: 'joined',
      epoch: offer.epoch,
      position: offer.position,
      stateHash: ZERO,
    }));
    expect((await lie(joined)).reason).toMatch(/WRONG_STATE/);

    expect(await bank.deposit('ada', 1)).toBe(11);
    const backup = await pair.startBackup(url);
    await saidReady(backup, 'backup');
    primary.process.kill('SIGKILL');
    expect(await new Bank(backup.url).balance('ada')).toBe(11);
  });

  test('that passes for a primary cannot harm a backup: it halts with the reason and the mend', async () => {
    const pair = new Pair({ program: program('bank.js') });
    for (const said of [new Uint8Array([0xff, 1, 2]), 'text', beat(1)] as const) {
      const lure = await falsePrimary();
      const backup = await pair.startBackup(lure.url);
      await lure.hello;
      lure.answer(said);
      expect(await backup.process.exited).toEqual({ code: 1, signal: null });
      expect(backup.process.stderr.texts.at(-2)).toMatch(/^tandem: halted: /);
      expect(backup.process.stderr.texts.at(-1)).toMatch(/^ {2}\S/);
      lure.close();
    }
  });

  test('with another token is told so', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const primary = await pair.startPrimary();
    await saidReady(primary, 'primary');
    const stranger = await new Pair({ program: program('bank.js') }).startBackup(await loggingUrlOf(primary));
    expect(await stranger.process.exited).toEqual({ code: 1, signal: null });
    expect(stranger.process.stderr.texts.at(-2)).toMatch(/^tandem: halted: .*401.*token/);
    expect((await ask(`${primary.url}/total`)).status).toBe(200);
  });

  test('with another program in hand is refused as a backup, and told how to mend it', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const primary = await pair.startPrimary();
    await saidReady(primary, 'primary');
    const wrong = new Pair({ program: program('likes.js') });
    const words = ['--program', program('likes.js'), '--token-file', pair.tokenFile, '--vm', pair.vm];
    const backup = await wrong.startBackup(await loggingUrlOf(primary), words);
    expect(await backup.process.exited).toEqual({ code: 1, signal: null });
    expect(backup.process.stderr.texts.at(-2)).toMatch(/^tandem: halted: .*image/);
    expect(backup.process.stderr.texts.at(-1)).toMatch(/same program/);
    expect((await ask(`${primary.url}/total`)).status).toBe(200);
  });
});
