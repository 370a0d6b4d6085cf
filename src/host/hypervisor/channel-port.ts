/**
 * The logging channel as the replica sees it (FT §2.2): frames to and from peers that showed the token. Bytes become frames here and nowhere else; what
 * does not decode is a violation that the protocol hears of.
 */
import type { Epoch } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../machine/page-tree.ts';
import type { PeerId } from '../../protocol/events.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { ChannelPort } from '../../replica/ports.ts';
import { decodeFrame, encodeFrame } from '../../wire/frames.ts';
import type { ChannelEnd, LoggingConnection } from '../channel/logging-connection.ts';
import { afterSocketsDrained } from '../channel/sockets-drained.ts';

/** Normal closure: the reason is in the frames before it. */
const CLOSE_NORMAL = 1000;
const GOING_AWAY = 1001;

export interface ChannelListener {
  peerConnected(peer: PeerId): void;
  frameReceived(peer: PeerId, frame: Frame): void;
  peerViolated(peer: PeerId, code: string, detail: string): void;
  peerClosed(peer: PeerId, reason: string): void;
  socketsDrained(): void;
}

export class HostChannelPort implements ChannelPort {
  readonly #listener: ChannelListener;
  /** The kept checkpoint's bytes. */
  readonly #checkpoint: () => Uint8Array;
  readonly #connections = new Map<PeerId, LoggingConnection>();
  #accepted = 0;
  #bytes = 0;

  constructor(listener: ChannelListener, checkpoint: () => Uint8Array) {
    this.#listener = listener;
    this.#checkpoint = checkpoint;
  }

  /** Sent and received on connections of the logging channel. */
  get bytes(): number {
    let bytes = this.#bytes;
    for (const connection of this.#connections.values())
      bytes += connection.sentBytes + connection.receivedBytes;
    return bytes;
  }

  /** A connection whose peer has shown the token. Each gets a name that is never used again. */
  adopt(connection: LoggingConnection): void {
    this.#accepted += 1;
    const peer: PeerId = `${connection.peer}#${this.#accepted}`;
    this.#connections.set(peer, connection);
    connection.onMessage((bytes) => this.#received(peer, bytes));
    connection.onClose((end) => this.#closed(peer, connection, end));
    this.#listener.peerConnected(peer);
  }

  send(peer: PeerId, frame: Frame): void {
    this.#connections.get(peer)?.send(encodeFrame(frame));
  }

  sendPages(peer: PeerId, epoch: Epoch, indices: readonly number[]): void {
    const connection = this.#connections.get(peer);
    if (connection === undefined || indices.length === 0) return;
    // Half of what the connection may hold back, so that log and heartbeats always find room.
    if (connection.bufferedBytes > limits.channelSendBytes / 2) {
      setImmediate(() => this.sendPages(peer, epoch, indices));
      return;
    }
    const now = indices.slice(0, PAGES_PER_FRAME);
    const memory = this.#checkpoint();
    const pages = now.map((index) => ({
      index,
      bytes: memory.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES),
    }));
    connection.send(encodeFrame({ kind: 'pages', epoch, pages }));
    // Sockets have their turn between two frames: clients are served meanwhile.
    if (indices.length > now.length)
      setImmediate(() => this.sendPages(peer, epoch, indices.slice(now.length)));
  }

  /** From now on the peer is not heard: what it said before it knew would be out of turn by now. */
  close(peer: PeerId, reason: string): void {
    const connection = this.#connections.get(peer);
    connection?.onMessage(() => {});
    connection?.close(CLOSE_NORMAL, reason);
  }

  /** The end of this host. A peer behind a broken network never answers, and its connection would keep the process alive for minutes. */
  closeAll(reason: string): void {
    for (const connection of this.#connections.values()) connection.close(GOING_AWAY, reason);
  }

  drainSockets(): void {
    afterSocketsDrained(() => this.#listener.socketsDrained());
  }

  #received(peer: PeerId, bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (decoded.ok) this.#listener.frameReceived(peer, decoded.value);
    else this.#listener.peerViolated(peer, decoded.error.code, decoded.error.detail);
  }

  #closed(peer: PeerId, connection: LoggingConnection, end: ChannelEnd): void {
    this.#connections.delete(peer);
    this.#bytes += connection.sentBytes + connection.receivedBytes;
    if (end.kind === 'violated') this.#listener.peerViolated(peer, end.code, end.reason);
    this.#listener.peerClosed(peer, end.reason);
  }
}

const PAGES_PER_FRAME = Math.floor(limits.pagesMessageBytes / PAGE_BYTES) - 1;
