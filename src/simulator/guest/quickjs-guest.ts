/** Any guest program on the real machine, as the simulator's hosts run it. */
import { type Position, position as toPosition } from '../../base/brands.ts';
import { OWN_PATHS, REFUSAL_HEADER } from '../../kernel/abi.ts';
import type { Engine } from '../../machine/engine.ts';
import type { Image } from '../../machine/image.ts';
import { Machine } from '../../machine/machine.ts';
import { PAGE_BYTES } from '../../machine/pages.ts';
import { restingAt } from '../../session/turn-state.ts';
import type { Operation } from '../check/linearizability.ts';
import type {
  CallAnswer,
  Guest,
  GuestSessions,
  HttpRequest,
  Installation,
  LifeOptions,
  LogSource,
  PlannedRequest,
  SentRequest,
  SessionPlace,
} from './guest.ts';
import { QuickjsLife } from './quickjs-life.ts';

/** How a request becomes an interrupt: the front's own encoding. */
export interface RequestCodec {
  request(
    id: number,
    head: {
      readonly method: string;
      readonly target: string;
      readonly rawHeaders: readonly string[];
      readonly isHandshake?: boolean;
    },
    body: Uint8Array,
  ): Uint8Array | undefined;
  abort(id: number): Uint8Array;
  /** What a server in the simulation answers to an outbound call. */
  answerCall(id: number, head: string): CallAnswer;
  drained(id: number, bytes: number): Uint8Array;
  socketMessage(id: number, isText: boolean, bytes: Uint8Array): Uint8Array;
  socketClosed(id: number, code: number, wasClean: boolean, reason: Uint8Array): Uint8Array;
}

/** A request with this key is being processed: its first connection lives. */
const BUSY = '409';

/** The kernel's sessions (src/kernel/session-requests.ts), as the client library uses them. */
const sessionsOf = (lifetimeMs: number): GuestSessions => ({
  lifetimeMs,
  opening: { method: 'POST', target: `${OWN_PATHS}session`, body: '', account: null },
  idOf: (reply) => /^201\n(?:.*\n)*tandem-session\n(\w+)/.exec(reply)?.[1] ?? null,
  heard: (place, reply) => {
    const head = `${reply.split('\n\n', 1)[0]}\n`;
    if (head.includes(`\ntandem-request\n${numberOf(place)}\n`)) return 'run';
    if (head.includes(`\n${REFUSAL_HEADER}\nrequest-over\n`)) return 'over';
    if (head.includes(`\n${REFUSAL_HEADER}\nsession-gone\n`)) return 'gone';
    return statusOf(reply) === '503' ? 'refused' : 'lost';
  },
});

export function quickjsGuest(engine: Engine, image: Image, codec: RequestCodec): Guest {
  const booted = new Machine(engine, image);
  const bootHash = booted.stateHash();
  return {
    image: booted.digest,
    pageBytes: PAGE_BYTES,
    bootHash,
    bootMemory: booted.memory.slice(),
    bootPageHashes: booted.pages.leaves.slice(),
    sessions: sessionsOf(image.limits.replyLifetimeMs),
    record: (options) => new QuickjsLife(new Machine(engine, image), options, null),
    follow: (options, from, source, wentLive) =>
      follow(new Machine(engine, image), options, from, source, wentLive),
    request: (id, request) => encode(codec, id, request),
    abort: (id) => codec.abort(id),
    answerCall: (id, text) => codec.answerCall(id, text),
    drained: (id, bytes) => codec.drained(id, bytes),
    socketMessage: (id, data) => codec.socketMessage(id, typeof data === 'string', Buffer.from(data)),
    socketClosed: (id, code) => codec.socketClosed(id, code, true, new Uint8Array(0)),
    verdictOf: (_, reply) => (statusOf(reply) === BUSY ? 'again' : 'done'),
    operationOf,
  };
}

function follow(
  machine: Machine,
  options: LifeOptions,
  from: Installation | null,
  source: LogSource,
  wentLive: (at: Position) => void,
): QuickjsLife {
  if (from !== null) machine.restore(from.memory);
  const at = from?.position ?? toPosition(0);
  const state = restingAt(at, from?.guestMs ?? 0);
  return new QuickjsLife(machine, options, { source, state, wentLive });
}

function encode(codec: RequestCodec, id: number, sent: SentRequest): Uint8Array {
  const { tag, keyed, place, what, headers = [], isHandshake = false } = sent;
  const { method, target, body } = http(what, tag);
  const once = place !== null ? headersOf(place) : keyed ? ['idempotency-key', tag] : [];
  const rawHeaders = ['host', 'simulated', ...once, ...headers];
  const payload = codec.request(id, { method, target, rawHeaders, isHandshake }, Buffer.from(body));
  if (payload === undefined) throw new Error(`a request that is none: ${method} ${target}`);
  return payload;
}

function headersOf(place: SessionPlace): readonly string[] {
  const { session, acknowledged } = place;
  const arrived = acknowledged === null ? [] : ['tandem-acknowledged', acknowledged];
  return ['tandem-session', session, 'tandem-request', numberOf(place), ...arrived];
}

const numberOf = ({ slot, number }: SessionPlace): string => `${slot}.${number}`;

function http(what: PlannedRequest['what'], tag: string): HttpRequest {
  if (!('method' in what)) throw new Error(`no request for a program: ${tag}`);
  return what;
}

/** The head ends where the body begins (world/vcpu.ts). */
const statusOf = (reply: string): string => reply.slice(0, 3);

function operationOf({ what, tag }: PlannedRequest, reply: string | null): Operation | null {
  const { account } = http(what, tag);
  if (account === null) return null;
  const { name: partition, adds, field } = account;
  if (reply === null) return { partition, adds, result: null };
  // An account that nobody has opened is empty; any other refusal has changed nothing.
  if (statusOf(reply) === '404' && adds === 0) return { partition, adds, result: 0 };
  if (!statusOf(reply).startsWith('2')) return null;
  if (field === null) return { partition, adds, result: 'untold' };
  const body = JSON.parse(reply.slice(reply.indexOf('\n\n') + 2)) as Readonly<Record<string, unknown>>;
  const result = body[field];
  return typeof result === 'number' ? { partition, adds, result } : null;
}
