/**
 * The logging channel as the replica sees it (FT §2.2): frames to and from peers that showed the token. Bytes
 * become frames here and nowhere else; what does not decode is a violation that the protocol hears of.
 */
import type { Epoch } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { PeerId } from '../../protocol/events.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { ChannelPort } from '../../replica/ports.ts';
import { decodeFramePieces, encodeFrameInPieces } from '../../wire/frames.ts';
import type { ChannelEnd, LoggingConnection } from '../channel/logging-connection.ts';
import { afterSocketsDrained } from '../channel/sockets-drained.ts';
import { PageCourier } from './page-courier.ts';

/** Normal closure: the reason is in the frames before it. */
const CLOSE_NORMAL = 1000;

export interface ChannelListener {
  peerConnected(peer: PeerId, caller: 'peer' | 'host'): void;
  frameReceived(peer: PeerId, frame: Frame): void;
  peerViolated(peer: PeerId, code: string, detail: string): void;
  peerClosed(peer: PeerId, reason: string): void;
  socketsDrained(): void;
}

/** Connections that this host makes. They come to `adopt` and `adoptForPages`. */
export interface OutgoingCalls {
  seek(): void;
  callForPages(name: string): void;
  /** The last connection led to the primary. */
  found(): void;
}

export class HostChannelPort implements ChannelPort {
  readonly #listener: ChannelListener;
  readonly #calls: OutgoingCalls;
  readonly #courier: PageCourier;
  readonly #connections = new Map<PeerId, LoggingConnection>();
  /** Peers that have said nothing yet, with the timers that end them. */
  readonly #silent = new Map<PeerId, NodeJS.Timeout>();
  #accepted = 0;
  #bytes = 0;

  /** `memory`: the kept checkpoint's bytes. */
  constructor(listener: ChannelListener, memory: () => Uint8Array, calls: OutgoingCalls) {
    this.#listener = listener;
    this.#calls = calls;
    this.#courier = new PageCourier({
      call: (name) => calls.callForPages(name),
      memory,
      received: (peer, frame) => listener.frameReceived(peer, frame),
      violated: (peer, code, detail) => listener.peerViolated(peer, code, detail),
      failed: (peer, reason) => this.#connections.get(peer)?.destroy(reason),
    });
  }

  /** Sent and received on connections of the logging channel. */
  get bytes(): number {
    let bytes = this.#bytes + this.#courier.bytes;
    for (const connection of this.#connections.values())
      bytes += connection.sentBytes + connection.receivedBytes;
    return bytes;
  }

  /** A connection whose peer has shown the token. Each gets a name that is never used again. */
  adopt(connection: LoggingConnection, caller: 'peer' | 'host'): void {
    this.#accepted += 1;
    const peer: PeerId = `${connection.peer}#${this.#accepted}`;
    this.#connections.set(peer, connection);
    this.#courier.begin(peer, connection.peer);
    connection.onMessage((...pieces) => this.#received(peer, pieces));
    connection.onClose((end) => this.#closed(peer, connection, end));
    if (caller === 'peer') this.#expect(peer, connection);
    this.#listener.peerConnected(peer, caller);
  }

  /**
   * Whoever comes says hello at once. One that died in between leaves a connection of which nobody hears
   * again, and there are only so many of them.
   */
  #expect(peer: PeerId, connection: LoggingConnection): void {
    const isLate = (): void => {
      if (this.#silent.has(peer)) connection.destroy('it has said nothing');
    };
    // This host may have slept, and the hello lie in its socket.
    const timer = setTimeout(() => afterSocketsDrained(isLate), limits.channelHandshakeMs);
    timer.unref();
    this.#silent.set(peer, timer);
  }

  #heard(peer: PeerId): void {
    clearTimeout(this.#silent.get(peer));
    this.#silent.delete(peer);
  }

  /** A connection for the pages of a transfer, beside the one of the same name. */
  adoptForPages(connection: LoggingConnection): void {
    this.#courier.adopt(connection);
  }

  /** The connection that was called for could not be made. */
  noConnectionForPages(name: string, reason: string): void {
    this.#courier.notMade(name, reason);
  }

  send(peer: PeerId, frame: Frame): void {
    if (frame.kind === 'pages-wanted' && frame.indices.length > 0) this.#courier.ask(peer, frame);
    else this.#connections.get(peer)?.send(...encodeFrameInPieces(frame));
  }

  sendPages(peer: PeerId, epoch: Epoch, indices: readonly number[]): void {
    this.#courier
      .send(peer, epoch, indices)
      .catch((error: Error) =>
        this.#connections.get(peer)?.destroy(`pages could not be packed: ${error.message}`),
      );
  }

  seek(): void {
    this.#calls.seek();
  }

  /**
   * This host's life is over: what was sent before still leaves. A peer behind a broken network never
   * answers, and its connection would keep the process alive for minutes.
   */
  closeAll(reason: string): void {
    for (const connection of this.#connections.values()) connection.close(CLOSE_NORMAL, reason);
  }

  /** From now on the peer is not heard: what it said before it knew would be out of turn by now. */
  close(peer: PeerId, reason: string): void {
    const connection = this.#connections.get(peer);
    connection?.onMessage(() => {});
    connection?.close(CLOSE_NORMAL, reason);
  }

  drainSockets(): void {
    afterSocketsDrained(() => this.#listener.socketsDrained());
  }

  #received(peer: PeerId, pieces: readonly Uint8Array[]): void {
    this.#heard(peer);
    const decoded = decodeFramePieces(pieces);
    if (decoded.ok) this.#listener.frameReceived(peer, decoded.value);
    else this.#listener.peerViolated(peer, decoded.error.code, decoded.error.detail);
  }

  #closed(peer: PeerId, connection: LoggingConnection, end: ChannelEnd): void {
    this.#connections.delete(peer);
    this.#heard(peer);
    this.#courier.end(peer);
    this.#bytes += connection.sentBytes + connection.receivedBytes;
    if (end.kind === 'violated') this.#listener.peerViolated(peer, end.code, end.reason);
    this.#listener.peerClosed(peer, end.reason);
  }
}
