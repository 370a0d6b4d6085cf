/** How a host looks for the primary. */
import { afterEach, expect, test } from 'vitest';
import { LoggingServer } from '../../../src/host/channel/logging-channel.ts';
import type { LoggingConnection } from '../../../src/host/channel/logging-connection.ts';
import { Seeker } from '../../../src/host/channel/seeker.ts';

const TOKEN = 'the-token-of-this-pair';
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

test('a host that calls again does so under another name, so the port takes it while it still has the former connection', async () => {
  const names: string[] = [];
  const made: LoggingConnection[] = [];
  const ports = { connectedForPages: () => {}, noConnectionForPages: () => {}, failed: () => {} };
  const server = new LoggingServer(
    { address: '127.0.0.1', port: 0, token: TOKEN },
    { connected: ({ peer }) => names.push(peer), log: () => {} },
  );
  undo.push(() => server.close('test ends'));
  const { port } = await server.listen();
  await new Promise<void>((resolve) => {
    const seeker = new Seeker(TOKEN, 'backup-1', {
      ...ports,
      connected: (connection) => {
        undo.push(() => connection.destroy('test ends'));
        if (made.push(connection) === 2) resolve();
        else seeker.seek();
      },
    });
    undo.push(() => seeker.stop());
    seeker.lookAt([`ws://127.0.0.1:${port}`]);
    seeker.seek();
  });
  expect(names).toEqual(['backup-1.1', 'backup-1.2']);
});
