/**
 * The vCPU thread: runs the machine, may be busy for minutes, and never returns to its event loop. It takes
 * inputs, entries and orders from one ring and gives entries, outputs and reports to the other. Everything
 * that goes wrong here ends the thread with a reason: a machine that could not execute faithfully executes
 * nothing more (I9).
 */
import { randomFillSync } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import { PROGRAM } from '../../kernel/abi.ts';
import type { Image } from '../../machine/image.ts';
import { Machine } from '../../machine/machine.ts';
import { baseIn } from '../../machine/shared-base.ts';
import { Divergence } from '../../session/divergence.ts';
import { alarmInterrupt, startInterrupt } from '../../session/interrupts.ts';
import type { World } from '../../session/ports.ts';
import { Session } from '../../session/session.ts';
import { restingAt, type TurnState } from '../../session/turn-state.ts';
import { locatable } from '../guest/bundle.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { VcpuControl } from './control.ts';
import { LogInbox, StopOrder } from './log-inbox.ts';
import {
  encodeTakenCheckpoint,
  FROM_VCPU,
  type InstallOrder,
  type MemoryLimits,
  TO_VCPU,
} from './messages.ts';
import { Outbox } from './outbox.ts';
import { Profiler } from './profiler.ts';
import { type RingMessage, RingReader, RingWriter } from './ring.ts';
import { awaitSettings, type Doorway } from './vcpu-threads.ts';

/** The clock's anchor is published at least this often. */
const IDLE_WAIT_MS = 1000;

const settings = awaitSettings(workerData as Doorway);
const inbox = new RingReader(settings.toVcpu);
const writer = new RingWriter(settings.fromVcpu);
const control = new VcpuControl(settings.control);
const outbox = new Outbox(
  writer,
  control,
  settings.role === 'recording' ? 'live' : 'backup',
  settings.percent,
);
const text = new TextEncoder();

const { profile } = settings;
const profiler = profile === null ? null : new Profiler(profile.path, locatable(profile.guest).locate);

const world: World = {
  monotonicMs,
  wallMs: () => Date.now() + settings.wallOffsetMs,
  entropy: (into) => {
    // The machine's memory cannot be handed to the CSPRNG while it may be resized.
    into.set(randomFillSync(new Uint8Array(into.length)));
  },
};

try {
  run();
} catch (error) {
  if (!(error instanceof StopOrder)) report(error);
}

function run(): void {
  const image: Image = {
    engineSha256: settings.engine.sha256,
    kernel: settings.kernel,
    guest: settings.guest,
    guestName: settings.guestName,
    limits: settings.limits,
    boot: settings.boot,
  };
  const machine = new Machine(settings.engine, image, settings.checkpoint);
  if (profiler !== null) machine.observePolls((stack) => profiler.sample(stack));
  writer.writeBlocking(
    FROM_VCPU.booted,
    0,
    0,
    text.encode(machine.stateHash()),
    text.encode(machine.digest),
    machine.pages.leaves,
  );
  if (settings.role === 'recording') {
    const session = Session.recording({ machine, world, sink: outbox, policy: settings.policy });
    live({ machine, keeper: keeperOf(machine, session), session }, []);
  } else {
    const state = awaitFirstState(machine);
    const { session, log } = follow(machine, state ?? undefined);
    const keeper = keeperOf(machine, session);
    replay(machine, session);
    live({ machine, session, keeper }, log.leftOver());
  }
}

/** Live; after a switch-over a backup, and live again. Never returns: an order to stop unwinds it. */
function live({ machine, keeper, session: begun }: Life, first: readonly RingMessage[]): never {
  let session = begun;
  let waiting = first;
  for (;;) {
    record({ machine, keeper, session }, waiting);
    const next = follow(machine, session.state);
    session = next.session;
    attach(machine, keeper, session);
    replay(machine, session);
    waiting = next.log.leftOver();
  }
}

/** A machine with what belongs to its life on this thread. */
interface Life {
  readonly machine: Machine;
  readonly session: Session;
  readonly keeper: CheckpointKeeper;
}

/** For a machine that stands between two turns and was hashed there. */
function keeperOf(machine: Machine, session: Session): CheckpointKeeper {
  const keeper = new CheckpointKeeper(machine, session.state);
  attach(machine, keeper, session);
  return keeper;
}

function attach(machine: Machine, keeper: CheckpointKeeper, session: Session): void {
  outbox.attach(
    () => {
      control.setKept(machine.kept);
      control.setMemory(machine.memory.length, machine.memoryMaximumBytes);
      return keeper.follow(session.state);
    },
    () => giveCheckpoint(keeper),
    () => {
      if (session.mode === 'recording') writeProfile();
    },
  );
}

/** A backup's session, from where its machine stands. */
function follow(machine: Machine, state: TurnState | undefined): { session: Session; log: LogInbox } {
  const log = new LogInbox(inbox, outbox);
  outbox.follows(true);
  const session: Session = Session.replaying(
    { machine, world, sink: outbox, policy: settings.policy, ...(state === undefined ? {} : { state }) },
    log,
    (at) => {
      outbox.publishClock(session);
      outbox.follows(false);
      outbox.reportReplayed();
      reportProgram(machine);
      writer.writeBlocking(FROM_VCPU.wentLive, at, machine.ordinal);
    },
  );
  return { session, log };
}

/** A backup's life: entries until the order to go live, then a primary's. */
function replay(machine: Machine, session: Session): void {
  session.replay();
  if (session.mode === 'replaying') awaitStop();
  // A log may end before the guest's first turn: then this host begins it.
  startGuest(machine, session);
}

/** A joiner's machine becomes the primary's: the checkpoint comes before any entry. */
function awaitFirstState(machine: Machine): TurnState | null {
  for (;;) {
    const message = inbox.read(Number.POSITIVE_INFINITY);
    if (message === undefined) continue;
    if (message.kind === TO_VCPU.stop) throw new StopOrder();
    if (message.kind === TO_VCPU.installCheckpoint) {
      const order = JSON.parse(new TextDecoder().decode(message.bytes)) as InstallOrder;
      install(machine, order);
      writer.writeBlocking(FROM_VCPU.checkpointInstalled, 0, 0, text.encode(machine.stateHash()));
      return restingAt(position(order.position), order.guestClockMs);
    }
    throw new Error(`message ${message.kind} before a checkpoint`);
  }
}

function install(machine: Machine, order: InstallOrder): void {
  machine.restore(baseIn(settings.checkpoint, order.sizeBytes), order.pages);
}

/** A primary's life: inputs and alarms, one turn each, until the machine is handed over. */
function record(life: Life, first: readonly RingMessage[]): void {
  const { machine, session } = life;
  let programReported: number = PROGRAM.unknown;
  for (const message of first) handle(life, message);
  for (;;) {
    control.waitWhilePaused();
    // Before alarms, which may be due all the time: with the hash points, the checkpoint would fall behind.
    if (session.hashDueInMs <= 0) {
      // Replies need not wait for the hash.
      outbox.flush();
      session.hashPoint();
    } else if (session.alarmDueInMs <= 0) turn(session, alarmInterrupt());
    if (machine.program !== programReported) {
      programReported = machine.program;
      outbox.flush();
      reportProgram(machine);
    }
    if (!inbox.hasMessage) outbox.flush();
    outbox.publishClock(session);
    const waitMs = Math.min(session.alarmDueInMs, session.hashDueInMs, IDLE_WAIT_MS);
    const message = inbox.read(Math.max(0, waitMs));
    if (message?.kind === TO_VCPU.yield) {
      if (handOver(life) === 'follow') return;
    } else if (message !== undefined) handle(life, message);
  }
}

/** FT §3.3: what was delivered is executed; the machine stands still until it is known whose it is. */
function handOver(life: Life): 'resume' | 'follow' {
  const { session, keeper } = life;
  session.handOver();
  outbox.flush();
  outbox.publishClock(session);
  writer.writeBlocking(FROM_VCPU.yielded, session.position, session.guestMs);
  // Clients that went away meanwhile, and orders: all that would go on with the log. Whoever has
  // the machine then has no use for them.
  const waiting: RingMessage[] = [];
  for (;;) {
    const message = inbox.read(Number.POSITIVE_INFINITY);
    if (message?.kind === TO_VCPU.followLog) return 'follow';
    if (message?.kind === TO_VCPU.resume) {
      for (const order of waiting) handle(life, order);
      return 'resume';
    }
    if (message?.kind === TO_VCPU.stop || message?.kind === TO_VCPU.takeCheckpoint) handle(life, message);
    else if (message?.kind === TO_VCPU.dropCheckpoint) keeper.release();
    else if (message !== undefined) waiting.push(message);
  }
}

function handle({ machine, session, keeper }: Life, message: RingMessage): void {
  switch (message.kind) {
    case TO_VCPU.input:
      turn(session, message.bytes);
      return;
    case TO_VCPU.startGuest:
      startGuest(machine, session);
      return;
    case TO_VCPU.takeCheckpoint:
      if (control.takeCheckpointWish()) giveCheckpoint(keeper);
      return;
    case TO_VCPU.dropCheckpoint:
      keeper.release();
      // An idle machine has no hash point to come.
      if (keeper.isBehind(session.state)) session.hashPoint();
      outbox.flush();
      return;
    case TO_VCPU.hashPoint:
      if (control.takeHashWish()) session.hashPoint();
      outbox.flush();
      return;
    case TO_VCPU.changeLimits:
      if (message.first > 0) session.changeLimits(message.first);
      outbox.flush();
      reportLimits(machine, session);
      return;
    case TO_VCPU.powerOff:
      session.powerOff();
      writeProfile();
      outbox.stopped(session.position);
      awaitStop();
      return;
    case TO_VCPU.stop:
      outbox.flush();
      throw new StopOrder();
    default:
      throw new Error(`message ${message.kind} for a recording vCPU`);
  }
}

/** At the end of the guest or of its machine. */
function writeProfile(): void {
  const why = profiler?.write();
  if (why !== undefined) process.stderr.write(`tandem: the profile could not be written: ${why}\n`);
}

/** The machine is off (FT §3.3): what may still come is for nobody. */
function awaitStop(): never {
  for (;;) if (inbox.read(Number.POSITIVE_INFINITY)?.kind === TO_VCPU.stop) throw new StopOrder();
}

/** Once in a machine's life, whoever asks. */
function startGuest(machine: Machine, session: Session): void {
  if (!machine.started) turn(session, startInterrupt(randomFillSync(new Uint8Array(8)), world.wallMs()));
}

function turn(session: Session, payload: Uint8Array): void {
  const startedMs = monotonicMs();
  control.beginTurn(startedMs);
  outbox.turnBegins(startedMs);
  session.deliver(payload);
  control.endTurn();
  outbox.turnEnded();
}

/**
 * FT §3.1. All the pause that a clone costs: the copy itself is what the last
 * hash point between two turns has left.
 */
function giveCheckpoint(keeper: CheckpointKeeper): void {
  const startedMs = monotonicMs();
  outbox.flush();
  const { base, pageHashes } = keeper.handOut();
  const json = encodeTakenCheckpoint({ ...base, pauseMs: monotonicMs() - startedMs });
  writer.writeBlocking(FROM_VCPU.checkpointTaken, json.length, 0, json, pageHashes);
}

function reportLimits(machine: Machine, session: Session): void {
  const now: MemoryLimits = {
    memoryMaximumBytes: machine.memoryMaximumBytes,
    memoryBytes: machine.memory.length,
  };
  writer.writeBlocking(FROM_VCPU.limitsChanged, session.position, 0, text.encode(JSON.stringify(now)));
}

function reportProgram(machine: Machine): void {
  writer.writeBlocking(FROM_VCPU.program, machine.program, 0);
}

/** The last thing this thread says. What was produced so far goes first: it is as true as before. */
function report(error: unknown): void {
  if (error instanceof Divergence) {
    const { position: at, expected, actual } = error;
    writer.writeBlocking(
      FROM_VCPU.diverged,
      at,
      0,
      text.encode(JSON.stringify({ expected, actual, detail: error.message })),
    );
    return;
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  writer.writeBlocking(FROM_VCPU.failed, 0, 0, text.encode(reason.slice(0, limits.reasonBytes)));
}
