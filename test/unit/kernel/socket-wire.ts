/**
 * A client of `tandem.v1` before a machine with nothing between them: the client library's own lane, and
 * connections that a test cuts where it likes.
 */
import { type Frame, SocketLane } from '../../../src/client/socket-lane.ts';
import { encodeSocketMessage } from '../../../src/host/sockets/socket-codec.ts';
import type { Guest } from './harness.ts';

/** One client, and connections that carry what both say until they are cut. */
export class Wire {
  readonly guest: Guest;
  readonly lane: SocketLane;
  readonly heard: unknown[] = [];
  /** Closes of the connection, and of the socket in it. */
  readonly closes: string[] = [];
  id = 0;
  #up: Frame[] = [];
  #read = 0;
  #isGreeted = false;
  readonly #headers: Readonly<Record<string, string>>;

  /** Its first handshake is under way: the machine has it, the client has heard nothing. */
  constructor(guest: Guest, headers: Readonly<Record<string, string>> = {}, lane = new SocketLane()) {
    this.guest = guest;
    this.lane = lane;
    this.#headers = headers;
    this.connect();
  }

  /** One whose handshake is through. */
  static open(guest: Guest, headers: Readonly<Record<string, string>> = {}): Wire {
    const wire = new Wire(guest, headers);
    wire.down();
    return wire;
  }

  connect(): void {
    this.#up = [];
    this.#isGreeted = false;
    this.#read = this.guest.sockets.length;
    const headers = {
      upgrade: 'websocket',
      'sec-websocket-protocol': this.lane.offer(['chat']).join(', '),
      ...this.#headers,
    };
    this.id = this.guest.request('/', { headers });
  }

  say(frame: Frame): void {
    if (this.#isGreeted) this.#up.push(frame);
  }

  up(count = Number.POSITIVE_INFINITY): void {
    for (const frame of this.#up.splice(0, count))
      this.guest.interrupt(encodeSocketMessage(this.id, typeof frame === 'string', Buffer.from(frame)));
  }

  down(count = Number.POSITIVE_INFINITY): void {
    for (let taken = 0; taken < count && this.#read < this.guest.sockets.length; this.#read += 1) {
      const { id, head, body } = this.guest.sockets[this.#read]!;
      if (id !== this.id || head.startsWith('accept')) continue;
      taken += 1;
      if (head.startsWith('close')) this.closes.push(head);
      else this.#hear(head === 'text' ? body.toString() : new Uint8Array(body).buffer);
    }
  }

  #hear(data: string | ArrayBuffer): void {
    const heard = this.lane.heard(data);
    if (heard.kind === 'hello') {
      this.#isGreeted = true;
      this.#up.push(...heard.missing);
    } else if (heard.kind === 'close') this.closes.push(`${heard.code} ${heard.reason}`);
    else if (heard.kind === 'message')
      this.heard.push(typeof heard.data === 'string' ? heard.data : [...new Uint8Array(heard.data)]);
  }

  /** Everything that is under way arrives. */
  settle(): void {
    for (let round = 0; round < 3; round += 1) {
      this.down();
      this.up();
    }
  }
}
