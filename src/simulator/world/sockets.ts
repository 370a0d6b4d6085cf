/**
 * Clients with a WebSocket that outlives its connections (`tandem.v1`), in virtual time: the client library's
 * own bookkeeping (client/socket-lane.ts), driven as client/socket.ts drives it. Each says what its plan has,
 * and must hear every message of the program once and in order, its own among them (I5).
 */
import { invariant } from '../../base/assert.ts';
import { messageOf } from '../../base/errors.ts';
import { type Frame, type Heard, PROTOCOL, SocketLane } from '../../client/socket-lane.ts';
import { SOCKET } from '../../kernel/abi.ts';
import { Numbers } from '../check/numbers.ts';
import type { GuestOutput, SentRequest } from '../guest/guest.ts';
import type { PlannedSocket, SocketMessage } from '../listeners.ts';
import { Listener, type ListenerSurroundings } from './listener.ts';

/** The machine is told of so many messages at once, or after so long. */
const TELL_EVERY = 4;
const TELL_MS = 30;
const NORMAL = 1000;
/** Close codes with which a machine says that there is nothing to come back to. */
const FINAL = /^44\d\d$/;
/** The head of a message, and the line between head and body (world/vcpu.ts). */
const MESSAGE = /^(?:text|binary)(?:\n\n|$)/;

export class SocketClient {
  readonly #planned: PlannedSocket;
  readonly #around: ListenerSurroundings;
  readonly #listener: Listener;
  readonly #lane = new SocketLane();
  readonly #numbers: Numbers;
  /** What it has yet to say, and what it has said and not heard again. */
  readonly #unsaid: SocketMessage[];
  readonly #unheard: string[] = [];
  #hasGreeted = false;
  #isTelling = false;
  #state: 'open' | 'closing' | 'closed' = 'open';

  constructor(planned: PlannedSocket, around: ListenerSurroundings) {
    this.#planned = planned;
    this.#around = around;
    this.#unsaid = [...planned.says];
    this.#numbers = new Numbers(planned.name, planned.target, planned.order, around.agreement);
    this.#listener = new Listener(planned, around, {
      asks: () => this.#asks(),
      heard: (output) => this.#heard(output),
      ended: (reply) => {
        this.#hasGreeted = false;
        const isFair = reply === null || reply.startsWith('5');
        invariant(
          'I5',
          isFair,
          `${planned.name} wants a WebSocket of ${planned.target} and hears "${reply}"`,
        );
      },
      isOver: () => this.#state === 'closed',
    });
  }

  get isDone(): boolean {
    return this.#state === 'closed';
  }

  get waitsFor(): string {
    const { name } = this.#planned;
    if (!this.#lane.isOpen) return `${name} waits for its WebSocket to open`;
    const [next] = this.#unheard;
    return next === undefined
      ? `${name} waits for the end of its WebSocket`
      : `${name} waits to hear ${next} again`;
  }

  resetFrom(...[host]: Parameters<Listener['resetFrom']>): void {
    this.#listener.resetFrom(host);
  }

  #asks(): SentRequest {
    const { name, target } = this.#planned;
    this.#hasGreeted = false;
    return {
      tag: name,
      keyed: false,
      place: null,
      what: { method: 'GET', target, body: '', account: null },
      headers: ['sec-websocket-protocol', this.#lane.offer([]).join(', ')],
      isHandshake: true,
    };
  }

  #heard({ kind, text }: GuestOutput): void {
    if (kind !== 'socket') return;
    if (text.startsWith(SOCKET.accept)) {
      const isTaken = text.includes(`\nsec-websocket-protocol\n${PROTOCOL}`);
      invariant('I5', isTaken, `${this.#planned.name} offers ${PROTOCOL} and hears "${text}"`);
      return;
    }
    const body = text.replace(MESSAGE, '');
    if (body === text) this.#closed(text);
    else this.#frame(text.startsWith(SOCKET.text) ? body : bytesOf(body));
  }

  /** The machine closes the connection. */
  #closed(text: string): void {
    const [, code = '', reason] = text.split('\n');
    const { name } = this.#planned;
    invariant('I5', !FINAL.test(code), `${name} is told that its WebSocket is over: ${code} ${reason}`);
    this.#listener.note(`hears that its connection closes: ${code} ${reason}`);
    this.#hasGreeted = false;
    this.#listener.close(Number(code));
  }

  #frame(data: string | ArrayBuffer): void {
    let heard: Heard;
    try {
      heard = this.#lane.heard(data);
    } catch (error) {
      invariant('I5', false, `${this.#planned.name}: ${messageOf(error)}`);
      return;
    }
    if (heard.kind === 'hello') this.#greet(heard.missing);
    if (heard.kind === 'message') this.#message(textOf(heard.data));
    const isUnasked = heard.kind === 'close';
    invariant('I5', !isUnasked, `${this.#planned.name} hears that the program has closed its WebSocket`);
    if (this.#state === 'closing' && this.#lane.isAcknowledged) {
      this.#state = 'closed';
      this.#listener.note('is closed');
      this.#listener.close(NORMAL);
    }
  }

  #greet(missing: readonly Frame[]): void {
    this.#listener.note(`is connected, and says ${missing.length} messages again`);
    this.#hasGreeted = true;
    for (const frame of missing) this.#put(frame);
    this.#sayNext();
  }

  #message(text: string): void {
    this.#listener.note(`hears ${text}`);
    const isFirst = this.#numbers.last === null;
    const fields = this.#numbers.heard(text);
    const { echo, welcome } = this.#planned;
    const isWelcome = welcome !== null && fields[welcome] !== undefined;
    const isFair = welcome === null || isWelcome === isFirst;
    invariant(
      'I5',
      isFair,
      `${this.#planned.name} is ${isFirst ? 'not welcomed' : 'welcomed again'}: "${text}"`,
    );
    const own = fields[echo];
    if (this.#lane.untold >= TELL_EVERY) this.#tell();
    else this.#tellSoon();
    if (typeof own !== 'string' || !this.#planned.says.some(({ id }) => id === own)) return;
    const expected = this.#unheard.shift();
    const { name } = this.#planned;
    invariant('I5', own === expected, `${name} hears its message ${own}; what it waits for is ${expected}`);
    this.#closeWhenOver();
  }

  /** From when it is open on, in the order of its plan. */
  #sayNext(): void {
    const [next] = this.#unsaid;
    if (next === undefined) {
      this.#closeWhenOver();
      return;
    }
    const { agenda } = this.#around;
    agenda.after(next.atMs - agenda.nowMs, () => {
      if (this.#unsaid[0] !== next) return;
      this.#unsaid.shift();
      this.#unheard.push(next.id);
      this.#listener.note(`says ${next.text}`);
      this.#put(
        this.#lane.say(next.isBinary ? new TextEncoder().encode(next.text) : next.text, next.text.length),
      );
      this.#sayNext();
    });
  }

  #closeWhenOver(): void {
    if (this.#state !== 'open' || this.#unsaid.length + this.#unheard.length > 0) return;
    this.#state = 'closing';
    this.#listener.note('closes');
    this.#put(this.#lane.close(NORMAL, 'all is said'));
  }

  #put(frame: Frame): void {
    if (this.#hasGreeted) this.#listener.connection?.say(frame);
  }

  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#around.agenda.after(TELL_MS, () => {
      this.#isTelling = false;
      if (this.#lane.untold > 0) this.#tell();
    });
  }

  #tell(): void {
    if (this.#hasGreeted) this.#put(this.#lane.acknowledgement());
  }
}

const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;
const textOf = (data: string | ArrayBuffer): string =>
  typeof data === 'string' ? data : new TextDecoder().decode(data);
