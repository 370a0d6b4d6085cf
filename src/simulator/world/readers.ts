/**
 * Readers of a stream of server-sent events in virtual time: what a browser's EventSource does. One
 * that loses its connection comes back with `Last-Event-ID`, and must miss nothing, read nothing
 * twice, and read all of it in order (I5).
 */
import { invariant } from '../../base/assert.ts';
import { EventText } from '../check/event-text.ts';
import { fieldsOf, Numbers } from '../check/numbers.ts';
import type { GuestOutput, SentRequest } from '../guest/guest.ts';
import type { PlannedReader } from '../listeners.ts';
import { Listener, type ListenerSurroundings } from './listener.ts';

const GAP = 'tandem-gap';

export class Reader {
  readonly #planned: PlannedReader;
  readonly #around: ListenerSurroundings;
  readonly #listener: Listener;
  readonly #numbers: Numbers;
  #text = new EventText(undefined);
  /** The id with which it came back; undefined at first. */
  #cameBackWith: string | undefined;
  #hasRead = false;
  /** Of the event that it has read last. */
  #id: number | null = null;
  #isGapTold = false;
  /** When it was there for the first time: whoever publishes after that publishes for it, too. */
  #thereMs = Number.POSITIVE_INFINITY;
  #due = 0;
  #isOver = false;

  constructor(planned: PlannedReader, around: ListenerSurroundings) {
    this.#planned = planned;
    this.#around = around;
    this.#numbers = new Numbers(planned.name, planned.target, planned.order, around.agreement);
    this.#listener = new Listener(planned, around, {
      asks: () => this.#asks(),
      heard: (output) => this.#heard(output),
      ended: (reply) => {
        // A response in parts that has ended, or a refusal: an EventSource gives up
        // at one, and its page makes another.
        if (reply !== null) this.#listener.note('has read its stream to the end');
      },
      isOver: () => this.#isOver,
    });
  }

  /** It has read what it is known to be owed. */
  get isDone(): boolean {
    return this.#due <= (this.#numbers.last ?? 0);
  }

  get waitsFor(): string {
    return `${this.#planned.name} waits for number ${this.#due} of ${this.#planned.target} and has read ${this.#numbers.last}`;
  }

  resetFrom(...[host]: Parameters<Listener['resetFrom']>): void {
    this.#listener.resetFrom(host);
  }

  stop(): void {
    this.#isOver = true;
    this.#listener.leave();
  }

  /** Somebody who asked for the same path at `calledMs` was answered: what he published has this number. */
  published(target: string, reply: string, calledMs: number): void {
    if (target !== this.#planned.target || calledMs <= this.#thereMs) return;
    const number = fieldsOf(reply.slice(reply.indexOf('\n\n') + 2))?.[this.#planned.order];
    if (reply.startsWith('2') && typeof number === 'number') this.#due = Math.max(this.#due, number);
  }

  #asks(): SentRequest {
    const { name, target } = this.#planned;
    const { lastEventId } = this.#text;
    this.#text = new EventText(lastEventId);
    this.#cameBackWith = lastEventId;
    this.#hasRead = false;
    const cameBack = lastEventId === undefined ? [] : ['last-event-id', lastEventId];
    return {
      tag: name,
      keyed: false,
      place: null,
      what: { method: 'GET', target, body: '', account: null },
      headers: ['accept', 'text/event-stream', ...cameBack],
    };
  }

  #heard({ kind, text }: GuestOutput): void {
    if (kind !== 'chunk') return;
    for (const { type, data } of this.#text.push(text)) {
      this.#firstRead();
      if (type === GAP) this.#gap(data);
      else {
        this.#listener.note(`reads ${this.#text.lastEventId}: ${data}`);
        this.#counted(this.#text.lastEventId);
        this.#numbers.heard(data, this.#isGapTold);
        this.#isGapTold = false;
      }
    }
    this.#firstRead();
  }

  /** Ids count up by one, too. */
  #counted(id: string | undefined): void {
    const before = this.#id;
    this.#id = Number(id);
    const isNext = this.#isGapTold || before === null || this.#id === before + 1;
    invariant('I5', isNext, `${this.#planned.name} reads event ${id} after ${before}`);
  }

  /** A stream begins with the id from which on it tells: that with which its reader came back. */
  #firstRead(): void {
    if (this.#hasRead || this.#text.lastEventId === undefined) return;
    this.#hasRead = true;
    this.#thereMs = Math.min(this.#thereMs, this.#around.agenda.nowMs);
  }

  #gap(data: string): void {
    const { name, target, mayGap } = this.#planned;
    this.#listener.note(`reads that events are missing: ${data}`);
    const what = `${name} came back to ${target} with ${this.#cameBackWith} and is told of a gap: ${data}`;
    invariant('I5', mayGap, what);
    this.#isGapTold = true;
  }
}
