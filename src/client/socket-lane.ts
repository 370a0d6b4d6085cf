/**
 * What a client keeps of a WebSocket that outlives its connections: it counts what it says and hears, and
 * keeps what the machine has not acknowledged. The machine's side, and what the words mean, is in
 * src/kernel/socket-resume.ts. No connection in here, no timer.
 */
import { SocketFullError } from './errors.ts';

/** The words of `tandem.v1` (src/kernel/abi.ts has them, too). */
export const PROTOCOL = 'tandem.v1';
const OPEN = 'tandem.open.';
const RESUME = 'tandem.resume.';
const NAME_BYTES = 16;
const TEXT = 'm';
const CLOSE = 'c';
const ACKNOWLEDGE = 'a';
const HELLO = 'h';

/** What one connection carries at a time: a text, or bytes. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** What the machine says on a new connection, and what it then wants to hear. */
export interface Greeting {
  readonly kind: 'hello';
  /** The subprotocol that the program chose, or ''. */
  readonly protocol: string;
  readonly missing: readonly Frame[];
}

export type Heard =
  | Greeting
  | { readonly kind: 'message'; readonly data: string | ArrayBuffer }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  | { readonly kind: 'nothing' };

/** In bytes: a text has a character before it. */
export const MAX_MESSAGE_BYTES = 1024 * 1024 - 1;
const KEPT_MOST = 10_000;
const KEPT_MOST_BYTES = 4 * 1024 * 1024;
const NOTHING = { kind: 'nothing' } as const;

interface Kept {
  readonly frame: Frame;
  readonly bytes: number;
}

export class SocketLane {
  /**
   * The id that it asks for; a handshake that is made again, since nothing
   * was heard, asks for the same socket.
   */
  readonly name = randomName();
  #id: string | undefined;
  #kept: Kept[] = [];
  #keptBytes = 0;
  #acknowledged = 0;
  #received = 0;
  #told = 0;

  /** The machine knows it: a connection resumes it. */
  get isOpen(): boolean {
    return this.#id !== undefined;
  }

  /** Of what the machine has not acknowledged. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  get isAcknowledged(): boolean {
    return this.#kept.length === 0;
  }

  /** Subprotocols to offer with the next connection. */
  offer(others: readonly string[]): string[] {
    return this.#id === undefined
      ? [PROTOCOL, OPEN + this.name, ...others]
      : [PROTOCOL, `${RESUME}${this.#id}.${this.#received}`];
  }

  /**
   * The frame to be sent now, if there is a connection. Throws a
   * SocketFullError when there is no room to keep it.
   */
  say(data: string | Uint8Array<ArrayBuffer>, bytes: number): Frame {
    if (this.#kept.length >= KEPT_MOST || this.#keptBytes + bytes > KEPT_MOST_BYTES) {
      throw new SocketFullError(
        `${this.#kept.length} messages (${this.#keptBytes} bytes) wait for the machine's acknowledgement, and no more are kept: send on when bufferedAmount is smaller`,
        'no',
      );
    }
    return this.#keep(typeof data === 'string' ? TEXT + data : data, bytes);
  }

  close(code: number, reason: string): Frame {
    return this.#keep(`${CLOSE}${code}\n${reason}`, 0);
  }

  /** Throws a TypeError for what no machine says. */
  heard(data: string | ArrayBuffer): Heard {
    if (typeof data !== 'string') return this.#receive({ kind: 'message', data });
    const rest = data.slice(1);
    switch (data[0]) {
      case TEXT:
        return this.#receive({ kind: 'message', data: rest });
      case CLOSE: {
        const [code = '', ...lines] = rest.split('\n');
        return this.#receive({ kind: 'close', code: Number(code), reason: lines.join('\n') });
      }
      case ACKNOWLEDGE:
        this.#forget(Number(rest));
        return NOTHING;
      case HELLO: {
        const [id, received, protocol = ''] = rest.split('\n');
        this.#id = id;
        this.#told = this.#received;
        this.#forget(Number(received));
        return { kind: 'hello', protocol, missing: this.#kept.map(({ frame }) => frame) };
      }
    }
    // Signs of life, and words of later versions.
    return NOTHING;
  }

  /** Messages that the machine still keeps though they are here. */
  get untold(): number {
    return this.#received - this.#told;
  }

  /** Tells the machine that it need not keep them. */
  acknowledgement(): Frame {
    this.#told = this.#received;
    return `${ACKNOWLEDGE}${this.#received}`;
  }

  #receive<Message extends Heard>(message: Message): Message {
    this.#received += 1;
    return message;
  }

  #keep(frame: Frame, bytes: number): Frame {
    this.#kept.push({ frame, bytes });
    this.#keptBytes += bytes;
    return frame;
  }

  #forget(count: number): void {
    const more = count - this.#acknowledged;
    if (!(more >= 0 && more <= this.#kept.length))
      throw new TypeError(`the machine says that it has ${count} messages, which cannot be`);
    for (const { bytes } of this.#kept.splice(0, more)) this.#keptBytes -= bytes;
    this.#acknowledged = count;
  }
}

/** A `token` of RFC 9110. */
const TOKEN = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;

/** Throws a SyntaxError for what cannot be offered: each is a token, comes once, and is none of Tandem's. */
export function checkSubprotocols(names: readonly string[]): void {
  const wrong = names.find((name, index) => {
    const isOwn = name === PROTOCOL || name.startsWith(OPEN) || name.startsWith(RESUME);
    return isOwn || !TOKEN.test(name) || names.indexOf(name) !== index;
  });
  if (wrong === undefined) return;
  const why = 'it is no token, comes twice, or is one of Tandem';
  throw new DOMException(`the subprotocol '${wrong}' cannot be offered: ${why}`, 'SyntaxError');
}

const randomName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(NAME_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
