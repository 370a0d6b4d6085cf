/**
 * Pages on a connection of their own, over real sockets (FT §3.1): asked for, packed, sent,
 * unpacked; what breaks ends the conversation.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { epoch } from '../../../src/base/brands.ts';
import { LoggingServer } from '../../../src/host/channel/logging-channel.ts';
import type { LoggingConnection } from '../../../src/host/channel/logging-connection.ts';
import { LOG_PATH } from '../../../src/host/channel/logging-connection.ts';
import { Seeker } from '../../../src/host/channel/seeker.ts';
import { HostChannelPort } from '../../../src/host/hypervisor/channel-port.ts';
import { PAGE_BYTES } from '../../../src/machine/pages.ts';
import type { Frame } from '../../../src/protocol/frames.ts';

const TOKEN = 'the-token-of-this-pair';
const PAGES = 200;
const memory = Buffer.concat(Array.from({ length: PAGES }, (_, i) => Buffer.alloc(PAGE_BYTES, `page ${i} `)));
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

type Heard =
  | { readonly kind: 'connected' | 'closed'; readonly peer: string; readonly reason?: string }
  | { readonly kind: 'frame'; readonly peer: string; readonly frame: Frame };

/** One host's channel: what it hears, and a way to wait for it. */
class End {
  readonly heard: Heard[] = [];
  #look = (): void => {};
  readonly port: HostChannelPort;

  constructor(seeker: () => Seeker | undefined, kept: Uint8Array = memory) {
    const put = (heard: Heard): void => {
      this.heard.push(heard);
      this.#look();
    };
    this.port = new HostChannelPort(
      {
        peerConnected: (peer) => put({ kind: 'connected', peer }),
        frameReceived: (peer, frame) => put({ kind: 'frame', peer, frame }),
        peerViolated: (peer, code, detail) => put({ kind: 'closed', peer, reason: `${code}: ${detail}` }),
        peerClosed: (peer, reason) => put({ kind: 'closed', peer, reason }),
        socketsDrained: () => {},
      },
      () => kept,
      {
        seek: () => seeker()?.seek(),
        callForPages: (name) => seeker()?.callForPages(name),
        found: () => {},
      },
    );
  }

  until<Found>(find: (heard: readonly Heard[]) => Found | undefined): Promise<Found> {
    return new Promise((resolve) => {
      this.#look = () => {
        const found = find(this.heard);
        if (found !== undefined) resolve(found);
      };
      this.#look();
    });
  }

  connected(): Promise<string> {
    return this.until((heard) => heard.find(({ kind }) => kind === 'connected')?.peer);
  }

  pages(count: number): Promise<readonly { readonly index: number; readonly bytes: Uint8Array }[]> {
    return this.until((heard) => {
      const pages = heard.flatMap((one) =>
        one.kind === 'frame' && one.frame.kind === 'pages' ? one.frame.pages : [],
      );
      return pages.length >= count ? pages : undefined;
    });
  }
}

async function pair(kept: Uint8Array = memory) {
  const primary = new End(() => undefined, kept);
  const forPages: LoggingConnection[] = [];
  const server = new LoggingServer(
    { address: '127.0.0.1', port: 0, token: TOKEN },
    {
      connected: (connection, path) => {
        if (path === LOG_PATH) primary.port.adopt(connection, 'peer');
        else {
          forPages.push(connection);
          primary.port.adoptForPages(connection);
        }
      },
      log: () => {},
    },
  );
  undo.push(() => server.close('the test ends'));
  const { port } = await server.listen();
  const joiner: End = new End(() => seeker);
  const seeker: Seeker = new Seeker(TOKEN, 'joiner-1', {
    connected: (connection) => joiner.port.adopt(connection, 'host'),
    connectedForPages: (connection) => joiner.port.adoptForPages(connection),
    noConnectionForPages: (name, reason) => joiner.port.noConnectionForPages(name, reason),
    failed: () => {},
  });
  undo.push(() => seeker.stop());
  // Nobody listens at the first address: the search goes on to the second.
  seeker.lookAt(['ws://127.0.0.1:9', `ws://127.0.0.1:${port}`]);
  seeker.seek();
  return { primary, joiner, forPages, there: await primary.connected(), here: await joiner.connected() };
}

const all = Array.from({ length: PAGES }, (_, index) => index);

describe('the pages of a transfer', () => {
  test('are asked for and come on a second connection, each as it is in the memory', async () => {
    const { primary, joiner, forPages, there, here } = await pair();
    joiner.port.send(here, { kind: 'pages-wanted', epoch: epoch(1), indices: all });
    const wanted = await primary.until((heard) =>
      heard.find((one) => one.kind === 'frame' && one.frame.kind === 'pages-wanted'),
    );
    // To the protocol it is one conversation.
    expect(wanted.peer).toBe(there);
    expect(forPages).toHaveLength(1);
    primary.port.sendPages(there, epoch(1), all);
    const pages = await joiner.pages(PAGES);
    // They are packed by several threads, and come as they are ready.
    expect(pages.map(({ index }) => index).sort((left, right) => left - right)).toEqual(all);
    const isRight = ({ index, bytes }: (typeof pages)[number]): boolean =>
      memory.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES).equals(bytes);
    expect(pages.every(isRight)).toBe(true);
    // The log's connection outlives theirs.
    joiner.port.send(here, { kind: 'ack', epoch: epoch(1), received: 0 as never, replayed: 0 as never });
    await primary.until((heard) => heard.find((one) => one.kind === 'frame' && one.frame.kind === 'ack'));
    expect([...primary.heard, ...joiner.heard].filter(({ kind }) => kind === 'closed')).toEqual([]);
  });

  test('whose connection breaks in the middle end the conversation on both sides', async () => {
    const { primary, joiner, forPages, here } = await pair();
    joiner.port.send(here, { kind: 'pages-wanted', epoch: epoch(1), indices: all });
    await primary.until((heard) => heard.find(({ kind }) => kind === 'frame'));
    forPages[0]?.destroy('a broken cable');
    const closed = (end: End): Promise<Heard> =>
      end.until((heard) => heard.find(({ kind }) => kind === 'closed'));
    expect(await closed(primary)).toMatchObject({ reason: expect.stringContaining('connection for pages') });
    await closed(joiner);
  });

  test('that cannot be packed end the conversation, and nothing else: several messages are under way at a time', async () => {
    class NoMemory extends Uint8Array {
      override subarray(): never {
        throw new Error('no memory');
      }
    }
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    undo.push(() => process.off('unhandledRejection', note));
    const { primary, joiner, there, here } = await pair(new NoMemory());
    joiner.port.send(here, { kind: 'pages-wanted', epoch: epoch(1), indices: all });
    await primary.until((heard) => heard.find(({ kind }) => kind === 'frame'));
    primary.port.sendPages(there, epoch(1), all);
    const closed = await primary.until((heard) => heard.find(({ kind }) => kind === 'closed'));
    expect(closed).toMatchObject({ reason: 'pages could not be packed: no memory' });
    await joiner.until((heard) => heard.find(({ kind }) => kind === 'closed'));
    expect(unhandled).toEqual([]);
  });

  test('of nobody who is joining are not listened to', async () => {
    const { primary, joiner, here } = await pair();
    joiner.port.close(here, 'goes');
    await primary.until((heard) => heard.find(({ kind }) => kind === 'closed'));
    joiner.port.send(here, { kind: 'pages-wanted', epoch: epoch(1), indices: all });
    expect(primary.heard.filter(({ kind }) => kind === 'frame')).toEqual([]);
  });
});
