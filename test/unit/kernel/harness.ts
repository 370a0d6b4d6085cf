/**
 * Boots a machine with a guest, delivers interrupts, collects outputs. The clock and the
 * entropy are scripted, so runs are equal.
 */
import { readFileSync } from 'node:fs';
import { type CallOrder, decodeCall } from '../../../src/host/outbound/call-codec.ts';
import { HEAD_SEPARATOR, INTERRUPT, SHORT_HEADER_NAMES } from '../../../src/kernel/abi.ts';
import { type Engine, loadEngine } from '../../../src/machine/engine.ts';
import { Machine, type TurnResult } from '../../../src/machine/machine.ts';
import type { PartKind } from '../../../src/machine/traps.ts';

const MIB = 1024 * 1024;
export const START_MS = 1_700_000_000_000;

let engine: Engine | undefined;
const kernel = readFileSync(new URL('../../../dist/kernel.js', import.meta.url), 'utf8');

export interface Reply {
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly text: string;
}

/** A response that left in parts, or is leaving. */
export interface Streamed extends Reply {
  readonly chunks: Buffer[];
  /** How it ended. */
  ended: 'no' | 'finish' | 'fail';
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** More of the body will come (`Guest.send`). */
  readonly open?: true;
}

export interface Options {
  readonly memoryMaximumBytes?: number;
  readonly replyMaximumBytes?: number;
  readonly replyLifetimeMs?: number;
}

/** One machine with one guest. */
export class Guest {
  readonly machine: Machine;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly replies: Reply[] = [];
  /** What the kernel said about outbound calls. */
  readonly calls: CallOrder[] = [];
  /** What the kernel said to clients' WebSockets. */
  readonly sockets: { readonly id: number; readonly head: string; readonly body: Buffer }[] = [];
  /** Responses in parts, by request. */
  readonly streams = new Map<number, Streamed>();
  /** Bytes of requests' bodies that the guest has taken in, by request. */
  readonly taken = new Map<number, number>();
  readonly ordinals: number[] = [];
  exitCode: number | undefined;
  /** What the guest's clock says; each read may move it by `clockStepMs`. */
  nowMs = START_MS;
  clockStepMs = 0;
  clockReads = 0;
  entropyReads: number[] = [];
  /** Kills the running code from this poll of a turn on. */
  killAtPoll = Number.POSITIVE_INFINITY;
  polls = 0;
  maskedPolls = 0;
  #lastId = 0;

  constructor(source: string, options: Options = {}) {
    engine ??= loadEngine();
    this.machine = new Machine(engine, {
      engineSha256: engine.sha256,
      kernel,
      guest: source,
      guestName: 'guest.js',
      limits: {
        memoryInitialBytes: 16 * MIB,
        memoryMaximumBytes: options.memoryMaximumBytes ?? 64 * MIB,
        guestStackBytes: 64 * 1024,
        firstInterruptiblePoll: 16,
        shortTurnOutputBytes: MIB,
        replyMaximumBytes: options.replyMaximumBytes ?? 32 * MIB,
        replyLifetimeMs: options.replyLifetimeMs ?? 24 * 60 * 60 * 1000,
      },
    });
    this.machine.attach({
      clock: () => {
        this.clockReads += 1;
        this.nowMs += this.clockStepMs;
        return this.nowMs;
      },
      entropy: (into) => {
        this.entropyReads.push(into.length);
        for (const index of into.keys()) into[index] = (index * 37 + this.entropyReads.length * 11) & 0xff;
      },
      poll: (poll, masked) => {
        this.polls += 1;
        if (masked) this.maskedPolls += 1;
        return poll >= this.killAtPoll;
      },
      output: (output) => this.#take(output),
    });
  }

  /** Delivers `start`. */
  start(): this {
    const payload = Buffer.alloc(17);
    payload[0] = INTERRUPT.start;
    payload[1] = 7;
    payload.writeDoubleLE(this.nowMs, 9);
    this.#deliver(payload);
    return this;
  }

  /** Delivers a request and gives its id. */
  request(target: string, options: RequestOptions = {}): number {
    this.#lastId += 1;
    this.#deliver(requestPayload(this.#lastId, target, options));
    return this.#lastId;
  }

  /** Delivers a request and expects the reply within the turn. */
  fetch(target: string, options: RequestOptions = {}): Reply {
    const id = this.request(target, options);
    const reply = this.reply(id);
    if (reply === undefined) throw new Error(`no reply to request ${id}; stderr: ${this.stderr.join('\n')}`);
    return reply;
  }

  reply(id: number): Reply | undefined {
    return this.replies.find((reply) => reply.id === id);
  }

  /** A piece of a request's body. */
  send(id: number, body: string | Uint8Array, isLast = false): void {
    const bytes = Buffer.from(body as string);
    this.#deliver(Buffer.concat([Buffer.from([INTERRUPT.bodyChunk, ...leb128(id), isLast ? 1 : 0]), bytes]));
  }

  /** The client has taken in so much of a response in parts. */
  drain(id: number, bytes: number): void {
    this.#deliver(Buffer.from([INTERRUPT.drained, ...leb128(id), ...leb128(bytes)]));
  }

  stream(id: number): Streamed {
    const stream = this.streams.get(id);
    if (stream === undefined) throw new Error(`nothing streams for request ${id}; ${this.stderr.join('\n')}`);
    return stream;
  }

  abort(id: number): void {
    this.#deliver(Buffer.from([INTERRUPT.abort, ...leb128(id)]));
  }

  live(epoch = 2): void {
    this.#deliver(Buffer.from([INTERRUPT.live, ...leb128(epoch)]));
  }

  alarm(): void {
    this.#deliver(Buffer.from([INTERRUPT.alarm]));
  }

  /** Any other interrupt. */
  interrupt(payload: Uint8Array): void {
    this.#deliver(payload);
  }

  recover(): void {
    this.#deliver(Buffer.from([INTERRUPT.recover]));
  }

  /** Lets guest time pass: each alarm rings when it is due, until `ms` have gone by or no timer is left. */
  sleep(ms: number): void {
    const end = this.nowMs + ms;
    while (this.machine.nextAlarmMs <= end && !this.machine.ended) {
      this.nowMs = Math.max(this.nowMs, this.machine.nextAlarmMs);
      this.alarm();
    }
    this.nowMs = Math.max(this.nowMs, end);
  }

  last: TurnResult | undefined;

  #deliver(payload: Uint8Array): void {
    this.last = this.machine.deliver(payload);
  }

  #take(output: Parameters<Parameters<Machine['attach']>[0]['output']>[0]): void {
    this.ordinals.push(output.ordinal);
    const head = Buffer.from(output.head).toString();
    if (output.kind === 'end') this.exitCode = output.subject;
    else if (output.kind === 'console') (output.subject === 1 ? this.stdout : this.stderr).push(head);
    else if (output.kind === 'call')
      this.calls.push(decodeCall(output.subject, head, Buffer.from(output.body)));
    else if (output.kind === 'socket')
      this.sockets.push({ id: output.subject, head, body: Buffer.from(output.body) });
    else if (output.kind === 'response')
      this.replies.push(replyOf(output.subject, head, Buffer.from(output.body)));
    else this.#takePart(output.kind, output.subject, head, Buffer.from(output.body));
  }

  #takePart(kind: PartKind, id: number, head: string, body: Buffer): void {
    if (kind === 'taken') this.taken.set(id, (this.taken.get(id) ?? 0) + Number(head));
    else if (kind === 'begin') this.streams.set(id, { ...replyOf(id, head, body), chunks: [], ended: 'no' });
    else if (kind === 'chunk') this.stream(id).chunks.push(body);
    else this.stream(id).ended = kind;
  }
}

/** Boots and starts. */
export const run = (source: string, options?: Options): Guest => new Guest(source, options).start();

/** Evaluates `expression` in a plain program and gives what JSON makes of it. */
export function evaluate<T = unknown>(expression: string, prelude = ''): T {
  const guest = run(`${prelude}\nconsole.log(JSON.stringify(await (async () => (${expression}))()))`);
  const line = guest.stdout.at(-1);
  if (line === undefined) throw new Error(guest.stderr.join('\n') || 'the guest said nothing');
  return JSON.parse(line) as T;
}

function replyOf(id: number, head: string, bytes: Buffer): Reply {
  const [status, ...fields] = head.split(HEAD_SEPARATOR);
  const headers: Record<string, string> = {};
  for (let index = 0; index < fields.length; index += 2) headers[fields[index]!] = fields[index + 1]!;
  return { id, status: Number(status), headers, bytes, text: bytes.toString() };
}

export function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

export function requestPayload(id: number, target: string, options: RequestOptions): Uint8Array {
  const fields = Object.entries({ host: 'localhost:8080', ...options.headers }).flatMap(([name, value]) => [
    shortName(name),
    value,
  ]);
  const body = Buffer.from(options.body ?? '');
  const method = options.method ?? (body.length > 0 ? 'POST' : 'GET');
  const head = Buffer.from([method, target, ...fields].join(HEAD_SEPARATOR));
  return Buffer.concat([
    Buffer.from([
      options.open === true ? INTERRUPT.openRequest : INTERRUPT.request,
      ...leb128(id),
      ...leb128(head.length),
    ]),
    head,
    body,
  ]);
}

function shortName(name: string): string {
  const index = (SHORT_HEADER_NAMES as readonly string[]).indexOf(name.toLowerCase());
  if (index < 0) return name.toLowerCase();
  return String.fromCharCode(index < 9 ? index + 1 : index + 2);
}
