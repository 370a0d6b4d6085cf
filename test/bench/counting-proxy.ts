/**
 * Stands between a backup and its primary and counts every byte of the logging channel, as a network would
 * see it above TCP. It passes on what it gets, unchanged and at once; WebSocket frames and the log's
 * entries are taken apart beside that.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { INTERRUPT } from '../../src/kernel/abi.ts';
import type { LogEntry } from '../../src/log/entry.ts';
import { decodeEntries, encodeEntry } from '../../src/wire/entries.ts';
import { decodeFrame } from '../../src/wire/frames.ts';

/** Bytes towards the backup since {@link CountingProxy.reset}. */
export interface LogCount {
  /** Requests that entered the log. */
  requests: number;
  batches: number;
  heartbeats: number;
  /** Method, path, headers and body of the requests, as they travel. */
  contentBytes: number;
  /** The interrupt around a request: id, lengths, time. */
  interruptBytes: number;
  clockBytes: number;
  entropyBytes: number;
  hashPointBytes: number;
  /** Entries of other kinds. */
  otherBytes: number;
  /** WebSocket header, frame, epoch, chain: what a batch has around its entries. */
  batchBytes: number;
  heartbeatBytes: number;
  /** Everything, both ways, with the frames of neither kind. */
  towardsBackupBytes: number;
  towardsPrimaryBytes: number;
}

const nothing = (): LogCount => ({
  requests: 0,
  batches: 0,
  heartbeats: 0,
  contentBytes: 0,
  interruptBytes: 0,
  clockBytes: 0,
  entropyBytes: 0,
  hashPointBytes: 0,
  otherBytes: 0,
  batchBytes: 0,
  heartbeatBytes: 0,
  towardsBackupBytes: 0,
  towardsPrimaryBytes: 0,
});

export class CountingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #count = nothing();

  private constructor(target: URL) {
    this.#server = createServer({ noDelay: true }, (fromBackup) => {
      const toPrimary = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
      const frames = new ServerFrames((frameBytes, payload) => this.#countFrame(frameBytes, payload));
      toPrimary.on('data', (chunk: Buffer) => {
        fromBackup.write(chunk);
        this.#count.towardsBackupBytes += chunk.length;
        frames.take(chunk);
      });
      fromBackup.on('data', (chunk: Buffer) => {
        toPrimary.write(chunk);
        this.#count.towardsPrimaryBytes += chunk.length;
      });
      for (const [one, other] of [
        [fromBackup, toPrimary],
        [toPrimary, fromBackup],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => undefined);
        one.once('close', () => other.destroy());
      }
    });
  }

  /** `url` is the primary's; the proxy's own has the same path. */
  static async start(url: string): Promise<{ readonly proxy: CountingProxy; readonly url: string }> {
    const target = new URL(url);
    const proxy = new CountingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    const address = proxy.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return { proxy, url: `ws://127.0.0.1:${address.port}${target.pathname}` };
  }

  reset(): void {
    this.#count = nothing();
  }

  get count(): Readonly<LogCount> {
    return { ...this.#count };
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #countFrame(frameBytes: number, payload: Uint8Array): void {
    const count = this.#count;
    const decoded = decodeFrame(payload);
    if (!decoded.ok) throw new Error(`a frame that does not decode: ${decoded.error.detail}`);
    const frame = decoded.value;
    if (frame.kind === 'heartbeat') {
      count.heartbeats += 1;
      count.heartbeatBytes += frameBytes;
    }
    if (frame.kind !== 'batch') return;
    count.batches += 1;
    count.batchBytes += frameBytes - frame.bytes.length;
    const entries = decodeEntries(frame.bytes);
    if (!entries.ok) throw new Error(`entries that do not decode: ${entries.error.detail}`);
    for (const entry of entries.value) countEntry(count, entry);
  }
}

function countEntry(count: LogCount, entry: LogEntry): void {
  switch (entry.kind) {
    case 'interrupt': {
      const bytes = varintField(entry.advanceMs) + delimited(entry.payload.length);
      if (entry.payload[0] !== INTERRUPT.request) {
        count.otherBytes += bytes;
        return;
      }
      const content = requestContentBytes(entry.payload);
      count.requests += 1;
      count.contentBytes += content;
      count.interruptBytes += bytes - content;
      return;
    }
    case 'clock':
      count.clockBytes += varintField(entry.advanceMs) + 1 + varintBytes(entry.reads);
      return;
    case 'entropy':
      count.entropyBytes += delimited(entry.bytes.length);
      return;
    case 'hash-point':
      count.hashPointBytes += varintField(entry.poll) + delimited(entry.hash.length / 2);
      return;
    default:
      // Of long turns and control operations: a served request has none.
      count.otherBytes += encodeEntry(entry).length;
  }
}

// An entry's length as proto/entry.proto has it: one byte for each tag, zeros left out.
const varintField = (value: number): number => (value === 0 ? 0 : 1 + varintBytes(value));
const delimited = (length: number): number => 1 + varintBytes(length) + length;

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/**
 * Head and body of a `request` interrupt (src/kernel/abi.ts): what lies behind
 * the kind, the id and the head's length.
 */
function requestContentBytes(payload: Uint8Array): number {
  let at = 1;
  for (let numbers = 0; numbers < 2; numbers += 1) {
    while (((payload[at] ?? 0) & 0x80) !== 0) at += 1;
    at += 1;
  }
  return payload.length - at;
}

/** Cuts what a WebSocket server sends into messages: unmasked, unfragmented, behind one HTTP response. */
class ServerFrames {
  readonly #message: (frameBytes: number, payload: Uint8Array) => void;
  #rest: Buffer = Buffer.alloc(0);
  #handshaken = false;

  /** `message` gets the bytes of the whole frame, header included, and its payload. */
  constructor(message: (frameBytes: number, payload: Uint8Array) => void) {
    this.#message = message;
  }

  take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#handshaken) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#handshaken = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      this.#rest = this.#rest.subarray(frame.bytes);
      if (frame.binary) this.#message(frame.bytes, frame.payload);
    }
  }

  #next(): { readonly bytes: number; readonly payload: Uint8Array; readonly binary: boolean } | undefined {
    const rest = this.#rest;
    if (rest.length < 2) return undefined;
    const short = rest.readUInt8(1) & 0x7f;
    const header = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (rest.length < header) return undefined;
    const length =
      short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short;
    const bytes = header + length;
    if (rest.length < bytes) return undefined;
    const BINARY = 2;
    return { bytes, payload: rest.subarray(header, bytes), binary: (rest.readUInt8(0) & 0x0f) === BINARY };
  }
}
