/** Peers of a host over real sockets, and what the protocol hears of them. */
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { epoch } from '../../../src/base/brands.ts';
import { LoggingServer } from '../../../src/host/channel/logging-channel.ts';
import { HostChannelPort } from '../../../src/host/hypervisor/channel-port.ts';
import { encodeFrame } from '../../../src/wire/frames.ts';

const TOKEN = 'the-token-of-this-pair';
const farewell = encodeFrame({ kind: 'bye', epoch: epoch(1), reason: 'too late', exitCode: null });

test('a peer is not heard any more once this host has closed its connection', async () => {
  const heard: string[] = [];
  const port = new HostChannelPort(
    {
      peerConnected: (peer) => heard.push(`${peer} is here`),
      frameReceived: (peer, frame) => {
        heard.push(`${peer} says ${frame.kind}`);
        port.close(peer, 'enough');
      },
      peerViolated: (peer, code) => heard.push(`${peer} violates ${code}`),
      peerClosed: (peer) => heard.push(`${peer} is gone`),
      socketsDrained: () => undefined,
    },
    () => new Uint8Array(0),
    { seek: () => undefined, found: () => undefined, callForPages: () => undefined },
  );
  const server = new LoggingServer(
    { address: '127.0.0.1', port: 0, token: TOKEN },
    { connected: (connection) => port.adopt(connection, 'peer'), log: () => undefined },
  );
  onTestFinished(() => server.close('the test ends'));
  const { port: number } = await server.listen();
  const headers = { authorization: `Bearer ${TOKEN}`, 'x-tandem-peer': 'backup' };
  const peer = new WebSocket(`ws://127.0.0.1:${number}/log`, { headers });
  await once(peer, 'open');
  // All on their way before the first is answered.
  for (let count = 0; count < 5; count += 1) peer.send(farewell);
  await once(peer, 'close');
  await expect.poll(() => heard).toEqual(['backup#1 is here', 'backup#1 says bye', 'backup#1 is gone']);
});
