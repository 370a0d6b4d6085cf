/** The admin port over real HTTP, on a real pair of fixture hosts. */
import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AdminClient } from '../../../../src/cli/admin-client.ts';
import { describeStatus } from '../../../../src/cli/status.ts';
import { styleFor } from '../../../../src/cli/style.ts';
import type { RunStatus } from '../../../../src/host/supervisor/report.ts';
import { type Run, startRun } from './run.ts';

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** fetch does not let a test set Host or Origin. */
function ask(url: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    request.once('error', reject);
    request.end();
  });
}

/** Until a host has said a word it is starting, and is asked nothing. */
async function firstWordOf(run: Run, role: string): Promise<void> {
  for (let nth = 1; (await run.until('host-log', nth)).role !== role; nth += 1);
}

async function firstFree(ports: readonly number[]): Promise<number> {
  for (const port of ports) {
    const server = http.createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true));
      server.once('error', () => resolve(false));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`none of the ports ${ports.join(', ')} is free`);
}

describe('the admin port', () => {
  test('GET /status: the pair, its positions and lag', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    await firstWordOf(run, 'spare');
    const status = JSON.parse((await ask(`${ready.admin}/status`)).body);
    expect(status).toMatchObject({
      live: true,
      redundant: true,
      epoch: 1,
      primary: ready.primary,
      backup: ready.backup,
    });
    expect(status.spares).toEqual([{ pid: expect.any(Number) }]);
    expect(status.hosts.map(({ role }: { role: string }) => role)).toEqual(['primary', 'backup', 'spare']);
    expect(status.hosts[1]).toMatchObject({
      role: 'backup',
      pid: ready.backup.pid,
      replayed: 40,
      lag: { positions: 2 },
    });
    expect(status.lastEqualHash.position).toBe(40);
  });

  test('GET /status: a host that is stopped is named as silent', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    await firstWordOf(run, 'spare');
    process.kill(ready.backup.pid, 'SIGSTOP');
    const status = JSON.parse((await ask(`${ready.admin}/status`)).body);
    expect(status.silent).toEqual([{ pid: ready.backup.pid, role: 'backup' }]);
    expect(status.live).toBe(true);
  });

  test('GET /status: a host that has not said a word yet is starting, and is not waited for', async () => {
    const run = await startRun('silent-spare');
    const ready = await run.until('ready');
    const status: RunStatus = JSON.parse((await ask(`${ready.admin}/status`)).body);
    const [spare] = status.spares;
    expect(status.silent).toEqual([{ pid: spare?.pid, role: 'spare', starting: true }]);
    expect(status.live).toBe(true);
    const told = describeStatus(status, { ...styleFor({}), bad: (text) => `red ${text}` });
    expect(told).toContain(`\nspare ${spare?.pid} is starting\n`);
  });

  test('GET /live: 200 with a primary', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    expect((await ask(`${ready.admin}/live`)).status).toBe(200);
    expect(await ask(`${ready.admin}/live`, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  test('GET /metrics: every line is a comment or a sample', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    const { body, headers } = await ask(`${ready.admin}/metrics`);
    expect(headers['content-type']).toContain('version=0.0.4');
    for (const line of body.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{role="\w+"\})? \d+(\.\d+)?)$/);
    }
    expect(body).toContain('tandem_lag_seconds{role="backup"} 0.0015');
    expect(body).toContain('tandem_idempotency_keys{role="primary"} 3');
    expect(body).toContain('tandem_sessions{role="primary"} 2');
    expect(body).toContain('tandem_memory_bytes{role="primary"} 16777216');
    expect(body).toContain('tandem_memory_maximum_bytes{role="primary"} 268435456');
    expect(body).toContain('tandem_kept_reply_bytes{role="primary"} 1000');
    expect(body).toContain('tandem_kept_reply_bytes_maximum{role="primary"} 4194304');
    expect(body).toContain('tandem_refused_for_room_total{role="primary"} 1');
  });

  test('POST /hash: equal', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    const answer = JSON.parse((await ask(`${ready.admin}/hash`, 'POST')).body);
    expect(answer).toMatchObject({ equal: true, position: 42, primary: ready.primary, backup: ready.backup });
    expect(answer.primary.hash).toBe(answer.backup.hash);
  });

  test('POST /hash: different hashes are shown both', async () => {
    const run = await startRun('diverged');
    const ready = await run.until('ready');
    const answer = JSON.parse((await ask(`${ready.admin}/hash`, 'POST')).body);
    expect(answer).toMatchObject({ equal: false, reason: 'the state hashes differ' });
    expect(answer.primary.hash).not.toBe(answer.backup.hash);
  });

  test('POST /kill/primary and GET /logs: the story is in the log', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    const answer = await ask(`${ready.admin}/kill/primary`, 'POST');
    expect(JSON.parse(answer.body)).toEqual({
      killed: ready.primary.pid,
      role: 'primary',
      signal: 'SIGKILL',
    });
    await run.until('redundant');
    const all = (await ask(`${ready.admin}/logs`)).body;
    const lines = all
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.some((line) => line.text.startsWith(`go-live pid=${ready.backup.pid} epoch=2`))).toBe(true);
    const last = lines.at(-1).number;
    expect((await ask(`${ready.admin}/logs?after=${last}`)).body).toBe('');
    expect((await ask(`${ready.admin}/logs?after=x`)).status).toBe(400);
  });

  test('POST /stop: the comparison is answered before the run and its port end', async () => {
    const run = await startRun();
    const ready = await run.until('ready');
    const [one, other] = await Promise.all([
      ask(`${ready.admin}/stop`, 'POST'),
      ask(`${ready.admin}/stop`, 'POST'),
    ]);
    expect(JSON.parse(one.body)).toMatchObject({ equal: true, position: 42, primary: ready.primary });
    expect(other.body).toBe(one.body);
    await run.supervisor.finished;
    await expect(ask(`${ready.admin}/status`)).rejects.toThrow();
  });

  test('POST /stop: answered, too, when somebody else would not wait and every host is killed', async () => {
    const run = await startRun('mute');
    const ready = await run.until('ready');
    const answer = ask(`${ready.admin}/stop`, 'POST');
    await run.until('stopping');
    run.supervisor.stop();
    expect(JSON.parse((await answer).body)).toMatchObject({ equal: false, position: null });
    await run.supervisor.finished;
  });

  test('POST /limits: told without a number, changed with one', async () => {
    const run = await startRun();
    const { admin } = await run.until('ready');
    const limits = async (query: string) => JSON.parse((await ask(`${admin}/limits${query}`, 'POST')).body);
    const before = { memoryMaximumBytes: 2 ** 28, memoryBytes: 2 ** 24 };
    expect(await limits('')).toEqual(before);
    expect(await limits('?memory-bytes=536870912')).toEqual({ ...before, memoryMaximumBytes: 2 ** 29 });
    expect(await limits('')).toEqual({ ...before, memoryMaximumBytes: 2 ** 29 });
  });

  test.each(['16777215', '2147483649', '-1', '16777216.5', 'NaN', 'x'])(
    'POST /limits?memory-bytes=%s: 400, and no host hears of it',
    async (bytes) => {
      const run = await startRun();
      const { admin } = await run.until('ready');
      expect((await ask(`${admin}/limits?memory-bytes=${bytes}`, 'POST')).status).toBe(400);
      const { body } = await ask(`${admin}/limits`, 'POST');
      expect(JSON.parse(body)).toMatchObject({ memoryMaximumBytes: 2 ** 28 });
    },
  );

  test('POST /limits: a limit that there is not changes nothing, and is refused', async () => {
    const { admin } = await (await startRun()).until('ready');
    const { status, body } = await ask(`${admin}/limits?memory-mib=300`, 'POST');
    expect([status, body]).toEqual([400, expect.stringContaining('memory-mib is no limit; memory-bytes is')]);
  });

  test('POST /limits: what was refused is told apart from what may still come', async () => {
    const run = await startRun('refuses');
    const { admin } = await run.until('ready');
    const reason = 'a turn takes long';
    const asked = await ask(`${admin}/limits`, 'POST');
    expect([asked.status, JSON.parse(asked.body)]).toEqual([409, { reason, changed: false }]);
    const ordered = await ask(`${admin}/limits?memory-bytes=33554432`, 'POST');
    expect([ordered.status, JSON.parse(ordered.body)]).toEqual([409, { reason, changed: null }]);
  });

  test('POST /limits: a primary that is lost before it answers leaves it open whether they were changed', async () => {
    const run = await startRun('mute');
    const ready = await run.until('ready');
    const answer = ask(`${ready.admin}/limits?memory-bytes=33554432`, 'POST');
    for (let nth = 1; (await run.until('host-log', nth)).text !== 'asked for limits'; nth += 1);
    process.kill(ready.primary.pid, 'SIGKILL');
    expect(JSON.parse((await answer).body)).toEqual({
      reason: 'the primary was lost meanwhile',
      changed: null,
    });
  });

  test('is asked by the commands on any port, also on one that fetch refuses', async () => {
    const adminPort = await firstFree([6666, 6667, 6668, 6669, 6697, 10080]);
    const run = await startRun('', { adminPort });
    const { admin, primary } = await run.until('ready');
    await expect(fetch(admin)).rejects.toMatchObject({ cause: { message: 'bad port' } });
    const client = new AdminClient(admin);
    expect(await client.status()).toMatchObject({ live: true, primary });
    expect(await client.hash()).toMatchObject({ equal: true, position: 42 });
    await expect(new AdminClient(`${admin}/no`).status()).rejects.toMatchObject({
      code: 'NOT_AN_ADMIN_PORT',
    });
    run.supervisor.kill();
    await run.supervisor.finished;
    await expect(client.status()).rejects.toMatchObject({
      code: 'ADMIN_UNREACHABLE',
      message: `no run answers at ${admin} (ECONNREFUSED)`,
    });
  });

  test('one that accepts and does not answer is told apart from one where nobody is', async () => {
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void mute.close());
    await once(mute, 'listening');
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    await expect(new AdminClient(url, undefined, 50).status()).rejects.toMatchObject({
      code: 'ADMIN_SILENT',
      message: `${url} accepts connections and does not answer (no answer within 50 ms)`,
      mend: expect.stringContaining('stopped or hangs'),
    });
  });

  test('unknown paths and methods', async () => {
    const run = await startRun();
    const { admin } = await run.until('ready');
    expect((await ask(`${admin}/nothing`)).status).toBe(404);
    expect((await ask(`${admin}/__proto__`)).status).toBe(404);
    expect(await ask(`${admin}/kill/primary`)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await ask(`${admin}/status`, 'POST')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    expect((await ask(admin)).body).toContain('/kill/primary');
  });

  test.each([
    ['a rebound name', { host: 'evil.example:8081' }],
    ['a name that only begins like ours', { host: '127.0.0.1.evil.example' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['the guest of a host', { 'tandem-guest': '1' }],
    ['a request that the browser marks as cross-site', { 'sec-fetch-site': 'cross-site' }],
  ])('a browser page cannot kill: %s', async (_case, headers) => {
    const run = await startRun();
    const ready = await run.until('ready');
    expect((await ask(`${ready.admin}/kill/primary`, 'POST', headers as Record<string, string>)).status).toBe(
      403,
    );
    expect((await ask(`${ready.admin}/status`, 'GET', headers as Record<string, string>)).status).toBe(403);
    expect(run.events.some((event) => event.event === 'host-gone')).toBe(false);
  });

  test('the page of the port itself may', async () => {
    const run = await startRun();
    const { admin } = await run.until('ready');
    const headers = { origin: admin, 'sec-fetch-site': 'same-origin' };
    expect((await ask(`${admin}/kill/backup`, 'POST', headers)).status).toBe(200);
  });
});
