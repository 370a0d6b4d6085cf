/**
 * One machine's life in memory: a guest is recorded under a scripted world, and what was recorded is
 * replayed, cut, cloned and gone live with. Runs the built code, so that it can be called inside a worker
 * whose stack is as large as a vCPU thread's.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { epoch, position } from '../../dist/base/brands.js';
import { encodeAbort, encodeRequest } from '../../dist/host/front/request-codec.js';
import { loadEngine } from '../../dist/machine/engine.js';
import { loadKernel } from '../../dist/machine/kernel-source.js';
import { Machine } from '../../dist/machine/machine.js';
import { PageTree } from '../../dist/machine/page-tree.js';
import { standardImage } from '../../dist/machine/standard-image.js';
import { alarmInterrupt, startInterrupt } from '../../dist/session/interrupts.js';
import { Session } from '../../dist/session/session.js';
import { restingAt } from '../../dist/session/turn-state.js';

const WALL_START_MS = Date.UTC(2026, 0, 1);
const MAXIMUM_ALARMS = 200;

/** Thrown by a log that has ended and goes on nowhere. */
export class EndOfLog extends Error {}

let engine;
let kernel;

export function imageOf({ guest, guestName = 'guest.js', guestPath, memoryMaximumBytes }) {
  engine ??= loadEngine();
  kernel ??= loadKernel();
  return standardImage(
    engine,
    kernel,
    {
      source: guest ?? readFileSync(guestPath, 'utf8'),
      name: guestPath === undefined ? guestName : basename(guestPath),
    },
    memoryMaximumBytes === undefined ? {} : { memoryMaximumBytes },
  );
}

/** A world of its own: each look at the clock moves it, so that time passes while the guest computes. */
export function scriptedWorld(stepMs = 0.02, seed = 1) {
  let nowMs = 1000;
  let state = seed >>> 0 || 1;
  return {
    monotonicMs: () => (nowMs += stepMs),
    wallMs: () => WALL_START_MS + nowMs,
    entropy(into) {
      for (let i = 0; i < into.length; i += 1) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        into[i] = state >>> 24;
      }
    },
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

/** Everything is a hash point: the end of each turn, and every n-th poll. */
export const watchful = {
  hashEveryMs: 0,
  hashEveryPolls: 100,
  markEveryMs: 1,
  turnLimitMs: Number.POSITIVE_INFINITY,
};

class Collector {
  entries = [];
  outputs = [];
  hashes = [];
  /** Position of the machine's end in good order. */
  stoppedAt = null;
  recorded(_position, entry) {
    this.entries.push(structuredClone(entry));
  }
  output(_position, { kind, ordinal, subject, head, body }) {
    this.outputs.push({ kind, ordinal, subject, head: text(head), body: text(body) });
  }
  replayed() {}
  stopped(at) {
    this.stoppedAt = at;
  }
  hashChecked(at, hash) {
    this.hashes.push([at, hash]);
  }
  hashWanted() {
    return false;
  }
  yieldPoint() {}
}

const text = (bytes) => Buffer.from(bytes).toString('utf8');

function drive(session, machine, world, inputs, sink) {
  let nextId = 1;
  // What a browser would send back.
  const cookie = () =>
    sink.outputs.flatMap(({ head }) => /^set-cookie\n([^;\n]*)/m.exec(head)?.[1] ?? []).at(-1) ?? 'none=1';
  const settle = () => {
    for (let i = 0; i < MAXIMUM_ALARMS && session.alarmDueInMs <= 0; i += 1)
      session.deliver(alarmInterrupt());
    if (session.hashDueInMs <= 0) session.hashPoint();
  };
  for (const input of inputs) {
    if (machine.ended) break;
    if (input.advanceMs !== undefined) world.advance(input.advanceMs);
    else if (input.memoryMaximumBytes !== undefined) session.changeLimits(input.memoryMaximumBytes);
    else if (input.powerOff === true) {
      session.powerOff();
      return;
    } else if (input.payload !== undefined) session.deliver(input.payload);
    else if (input.abort !== undefined) session.deliver(encodeAbort(input.abort));
    else session.deliver(requestPayload(input.cookie ? withCookie(input, cookie()) : input, nextId++));
    settle();
  }
}

const withCookie = (input, cookie) => ({ ...input, headers: { ...input.headers, cookie } });

function requestPayload({ method = 'GET', target, headers = {}, body = '' }, id) {
  const rawHeaders = ['Host', 'localhost:8080', ...Object.entries(headers).flat()];
  const payload = encodeRequest(id, { method, target, rawHeaders }, Buffer.from(body));
  if (payload === undefined) throw new Error('a request that cannot be encoded');
  return payload;
}

/** Records the guest through `inputs`, on a fresh machine or on `machine`. */
export function record(
  image,
  inputs,
  { policy = watchful, world = scriptedWorld(), watch, machine: own } = {},
) {
  const machine = own ?? new Machine(engine, image);
  const sink = new Collector();
  const session = Session.recording({ machine, world, sink, policy });
  watch?.(machine, session, sink);
  session.hashPoint();
  const seed = new Uint8Array(8);
  world.entropy(seed);
  session.deliver(startInterrupt(seed, world.wallMs()));
  drive(session, machine, world, inputs, sink);
  // Behind the end of a machine stands its hash already.
  if (inputs.at(-1)?.powerOff !== true) session.hashPoint();
  const hash = machine.stateHash();
  // What was followed from update to update, and only as far as the heap reaches,
  // must be what the whole memory says.
  const whole = new PageTree(machine.memory).root;
  if (whole !== hash) throw new Error(`the page tree says ${hash}, the memory ${whole}`);
  return { ...sink, machine, session, hash };
}

/** A log in memory that ends, or ends in going live. */
function source(entries, order) {
  let at = 0;
  const current = () => {
    if (at < entries.length) return entries[at];
    if (order === undefined) throw new EndOfLog();
    return order;
  };
  return {
    peek: current,
    next() {
      const entry = current();
      at += 1;
      return entry;
    },
    get consumed() {
      return Math.min(at, entries.length);
    },
  };
}

/**
 * Replays `entries` on a fresh machine, or on `from` (a checkpoint).
 * Throws a Divergence when they do not fit.
 */
export function replay(image, entries, from) {
  const machine = new Machine(engine, image);
  if (from !== undefined) machine.restore(from.memory);
  const sink = new Collector();
  const options = { machine, world: scriptedWorld(), sink, policy: watchful };
  const session = Session.replaying(
    from === undefined ? options : { ...options, state: { ...from.state } },
    source(entries),
  );
  try {
    session.replay();
  } catch (error) {
    if (!(error instanceof EndOfLog)) throw error;
  }
  return { ...sink, machine, mode: session.mode, hash: machine.stateHash(), position: session.position };
}

/** Replays `entries`, goes live behind the last one, and goes on with `inputs` in a world of its own. */
export function goLiveAfter(
  image,
  entries,
  inputs,
  {
    policy = watchful,
    world = scriptedWorld(0.02, 99),
    guestMs = Number.NEGATIVE_INFINITY,
    connections = 'kept',
  } = {},
) {
  const machine = new Machine(engine, image);
  const sink = new Collector();
  const session = Session.replaying(
    { machine, world, sink, policy },
    source(entries, { kind: 'go-live', epoch: epoch(2), connections, guestMs }),
  );
  session.replay();
  if (session.mode === 'recording') {
    drive(session, machine, world, inputs, sink);
    session.hashPoint();
  }
  return { ...sink, entries: [...entries, ...sink.entries], machine, session, hash: machine.stateHash() };
}

/** Positions between turns: behind an entry that the next turn's interrupt follows. */
export function turnBoundaries(entries) {
  const found = [];
  for (let i = 1; i < entries.length; i += 1) if (entries[i].kind === 'interrupt') found.push(i);
  return found;
}

/** A machine that stands behind the first `count` entries (a turn boundary), as a checkpoint. */
export function checkpointAfter(image, entries, count) {
  const { machine } = replay(image, entries.slice(0, count));
  const guestMs = entries.slice(0, count).reduce((sum, entry) => sum + (entry.advanceMs ?? 0), 0);
  return { memory: machine.memory.slice(), state: restingAt(position(count), guestMs) };
}

/** `shared`: where the base of its page tree lies. */
export const newMachine = (image, shared) => new Machine(engine, image, shared);

/** One that boots: without the stored boot, and with an engine of its own, of which nothing is remembered. */
export const bootedMachine = (image) => new Machine(loadEngine(), { ...image, boot: undefined });

/** The first machine of a process: only what the build has stored is there. */
export const firstMachine = (image) => new Machine(loadEngine(), image);
