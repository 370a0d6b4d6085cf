/**
 * The pages of a transfer on WebSocket connections of their own (FT §3.1): log and heartbeats are never
 * behind them. To the protocol they are frames of the one conversation with the peer: a connection for pages
 * that breaks before all have come ends that conversation.
 */
import type { Epoch } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { PeerId } from '../../protocol/events.ts';
import type { Frame, PagesWantedFrame } from '../../protocol/frames.ts';
import { decodeFramePieces, encodeFrame } from '../../wire/frames.ts';
import type { LoggingConnection } from '../channel/logging-connection.ts';
import { PAGES_PER_MESSAGE, packPages, unpackPages } from '../channel/page-packing.ts';

/** RFC 6455: the joiner has every page. */
const CLOSE_NORMAL = 1000;

export interface CourierPorts {
  /** A joiner opens a connection for pages under the name that it goes by; it comes to `adopt`. */
  call(name: string): void;
  /** The kept checkpoint's bytes. */
  memory(): Uint8Array;
  received(peer: PeerId, frame: Frame): void;
  violated(peer: PeerId, code: string, detail: string): void;
  /** The pages of this conversation will not come. */
  failed(peer: PeerId, reason: string): void;
}

/** One conversation's pages. */
interface Transfer {
  readonly name: string;
  connection: LoggingConnection | undefined;
  /** Said once the connection stands. */
  wanted: PagesWantedFrame | undefined;
  missing: number;
  /** Messages are unpacked one after the other. */
  unpacking: Promise<void>;
}

export class PageCourier {
  readonly #ports: CourierPorts;
  readonly #transfers = new Map<PeerId, Transfer>();
  #bytes = 0;

  constructor(ports: CourierPorts) {
    this.#ports = ports;
  }

  /** Sent and received on connections for pages that are over. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A conversation begins; it may never have pages. */
  begin(peer: PeerId, name: string): void {
    this.#transfers.set(peer, {
      name,
      connection: undefined,
      wanted: undefined,
      missing: 0,
      unpacking: Promise.resolve(),
    });
  }

  end(peer: PeerId): void {
    this.#transfers.get(peer)?.connection?.destroy('the conversation is over');
    this.#transfers.delete(peer);
  }

  /** Joiner: asks for pages on a connection of their own. */
  ask(peer: PeerId, frame: PagesWantedFrame): void {
    const transfer = this.#transfers.get(peer);
    if (transfer === undefined) return;
    transfer.wanted = frame;
    transfer.missing = frame.indices.length;
    this.#ports.call(transfer.name);
  }

  /** The connection that was called for could not be made. */
  notMade(name: string, reason: string): void {
    const peer = this.#peerNamed(name);
    if (peer !== undefined) this.#ports.failed(peer, `no connection for pages: ${reason}`);
  }

  /** A connection for pages, from either side; whoever made it has shown the token. */
  adopt(connection: LoggingConnection): void {
    const peer = this.#peerNamed(connection.peer);
    const transfer = peer === undefined ? undefined : this.#transfers.get(peer);
    if (peer === undefined || transfer === undefined || transfer.connection !== undefined) {
      connection.close(CLOSE_NORMAL, 'no transfer is under way under this name');
      return;
    }
    transfer.connection = connection;
    connection.onMessage((...pieces) => this.#heard(peer, transfer, pieces));
    connection.onClose((end) => {
      this.#bytes += connection.sentBytes + connection.receivedBytes;
      transfer.connection = undefined;
      // The joiner knows what it has; the other side is told by an orderly close.
      const isOrderly = end.kind === 'closed' && end.code === CLOSE_NORMAL;
      const isDone = transfer.wanted === undefined ? isOrderly : transfer.missing === 0;
      if (!isDone) this.#ports.failed(peer, `the connection for pages broke: ${end.reason}`);
    });
    if (transfer.wanted !== undefined) connection.send(encodeFrame(transfer.wanted));
  }

  /** Packs and sends, a few messages at a time. */
  async send(peer: PeerId, epoch: Epoch, indices: readonly number[]): Promise<void> {
    const connection = this.#transfers.get(peer)?.connection;
    if (connection === undefined) return;
    let begun = 0;
    const sendOn = async (): Promise<void> => {
      while (begun < indices.length && !connection.over) {
        const some = indices.slice(begun, begun + PAGES_PER_MESSAGE);
        begun += some.length;
        const frame = await packPages(this.#ports.memory(), epoch, some);
        await connection.sendFlushed(encodeFrame(frame));
      }
    };
    await Promise.all(Array.from({ length: limits.pagesMessagesAtOnce }, sendOn));
  }

  #peerNamed(name: string): PeerId | undefined {
    // The latest of that name: a peer that connects again has given up its former connection.
    return [...this.#transfers].findLast(([, transfer]) => transfer.name === name)?.[0];
  }

  #heard(peer: PeerId, transfer: Transfer, pieces: readonly Uint8Array[]): void {
    const decoded = decodeFramePieces(pieces);
    if (!decoded.ok) {
      this.#ports.violated(peer, decoded.error.code, decoded.error.detail);
      return;
    }
    const frame = decoded.value;
    if (frame.kind !== 'packed-pages') {
      this.#ports.received(peer, frame);
      return;
    }
    const { connection } = transfer;
    // Nothing more is read meanwhile: what waits to be unpacked is bounded.
    connection?.pause();
    transfer.unpacking = transfer.unpacking.then(async () => {
      const unpacked = await unpackPages(frame).catch((error: Error) => error);
      connection?.resume();
      if (!this.#transfers.has(peer)) return;
      if (unpacked instanceof Error) {
        this.#ports.violated(peer, 'PAGES_BROKEN', unpacked.message);
        return;
      }
      transfer.missing -= unpacked.pages.length;
      if (transfer.missing === 0) connection?.close(CLOSE_NORMAL, 'every page has come');
      this.#ports.received(peer, unpacked);
    });
  }
}
