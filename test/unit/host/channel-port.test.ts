/** Peers of a host over real sockets, and what the protocol hears of them. */
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { epoch } from '../../../src/base/brands.ts';
import { LoggingServer } from '../../../src/host/channel/logging-channel.ts';
import { HostChannelPort } from '../../../src/host/hypervisor/channel-port.ts';
import { encodeFrame } from '../../../src/wire/frames.ts';
import { withLimits } from './client-front-harness.ts';

const TOKEN = 'the-token-of-this-pair';
const farewell = encodeFrame({ kind: 'bye', epoch: epoch(1), reason: 'too late', exitCode: null });

async function listening(onFrame: (port: HostChannelPort, peer: string) => void = () => {}) {
  const heard: string[] = [];
  const port = new HostChannelPort(
    {
      peerConnected: (peer) => heard.push(`${peer} is here`),
      frameReceived: (peer, frame) => {
        heard.push(`${peer} says ${frame.kind}`);
        onFrame(port, peer);
      },
      peerViolated: (peer, code) => heard.push(`${peer} violates ${code}`),
      peerClosed: (peer, reason) => heard.push(`${peer} is gone: ${reason}`),
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
  const connect = async (name: string): Promise<WebSocket> => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'x-tandem-peer': name };
    const peer = new WebSocket(`ws://127.0.0.1:${number}/log`, { headers });
    peer.on('error', () => undefined);
    await once(peer, 'open');
    return peer;
  };
  return { heard, connect };
}

test('a peer is not heard any more once this host has closed its connection', async () => {
  const { heard, connect } = await listening((port, peer) => port.close(peer, 'enough'));
  const peer = await connect('backup');
  // All on their way before the first is answered.
  for (let count = 0; count < 5; count += 1) peer.send(farewell);
  await once(peer, 'close');
  await expect.poll(() => heard).toEqual(['backup#1 is here', 'backup#1 says bye', expect.any(String)]);
});

test('a peer that has shown the token and says nothing has its place for a while; one that speaks keeps it', async () => {
  withLimits({ channelHandshakeMs: 200 });
  const { heard, connect } = await listening();
  const speaking = await connect('speaking');
  speaking.send(farewell);
  await expect.poll(() => heard).toContain('speaking#1 says bye');
  const silent = await connect('silent');
  await once(silent, 'close');
  await expect.poll(() => heard).toContain('silent#2 is gone: it has said nothing');
  expect(speaking.readyState).toBe(WebSocket.OPEN);
  speaking.terminate();
});
