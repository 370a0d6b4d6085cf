/**
 * The hypervisor thread of one host (FT §2, figure 1): joins the replica to real sockets, the vCPU thread,
 * the arbiter and the supervisor. It is never blocked by the guest, so heartbeats, acknowledgements and the
 * clients' sockets are served whatever the guest computes.
 */
import {
  type Digest,
  digest,
  epoch,
  type Ordinal,
  ordinal,
  type Position,
  position,
} from '../../base/brands.ts';
import { messageOf, TandemError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import { PROGRAM } from '../../kernel/abi.ts';
import { imageDigest } from '../../machine/image.ts';
import { type CoreDescription, describe, isAwaitingAck } from '../../protocol/core.ts';
import type { Announcement, HaltReason } from '../../protocol/effects.ts';
import type { EventKind, ProtocolEvent } from '../../protocol/events.ts';
import { Replica } from '../../replica/replica.ts';
import type { LoggingConnection } from '../channel/logging-connection.ts';
import { encodeAbort } from '../front/request-codec.ts';
import { AllowList } from '../outbound/allow-list.ts';
import { OutboundCalls } from '../outbound/outbound-calls.ts';
import type { HostStatus, SupervisorMessage } from '../supervisor/protocol.ts';
import { urlOf } from '../supervisor/socket.ts';
import { type HeldOutput, heldBytes, type TakenCheckpoint } from '../vcpu/messages.ts';
import { profileSettings } from '../vcpu/profiler.ts';
import { Vcpu } from '../vcpu/vcpu.ts';
import { ArbiterCheck } from './arbiter-check.ts';
import { HostArbiterPort } from './arbiter-port.ts';
import { HostChannelPort } from './channel-port.ts';
import { ClientDoor } from './client-door.ts';
import { ControlDesk } from './control-desk.ts';
import { clientUrl, createCore } from './core-config.ts';
import { GoLiveCommand } from './go-live-command.ts';
import { HashDesk } from './hash-desk.ts';
import { statusOf } from './host-status.ts';
import { LiveUrl } from './live-url.ts';
import type { HypervisorOptions } from './options.ts';
import { PageShelf } from './page-shelf.ts';
import { TakeoverTimes } from './takeover-times.ts';
import { Ticker } from './ticker.ts';
import { HostVcpuPort } from './vcpu-port.ts';
import { textOf, WayOut } from './way-out.ts';

type Event<Kind extends EventKind> = Extract<ProtocolEvent, { readonly kind: Kind }>;

export class Hypervisor {
  readonly #options: HypervisorOptions;
  readonly #vcpu: Vcpu;
  readonly #door: ClientDoor;
  readonly #outbound: OutboundCalls;
  readonly #wayOut: WayOut;
  readonly #hashes = new HashDesk();
  readonly #times = new TakeoverTimes();
  readonly #control: ControlDesk;
  readonly #onGoLive: GoLiveCommand;
  #lastHash: Digest | undefined;
  #running: { readonly replica: Replica<HeldOutput>; readonly channel: HostChannelPort } | undefined;
  #ticker: Ticker | undefined;
  #checkpointBytes = 0;
  /** Said when the doors are really open: the announcement that came with the order to open them. */
  #atOpenDoor: (() => void)[] = [];
  #doorIsOpen = false;
  #saidInSync = false;
  /** What helps against the failure that stops this host. */
  #mend: string | undefined;
  #endOrdinal = ordinal(0);

  /** `booted` is called when the machine stands and the protocol runs. */
  constructor(options: HypervisorOptions, booted: () => void) {
    this.#options = options;
    const { host, engine, image, threads, bundle, people } = options;
    const liveUrl = new LiveUrl(options.arbiter, host.vm, clientUrl(host) ?? '');
    this.#onGoLive = new GoLiveCommand(host.onGoLive, (level, text) => people.log(level, text));
    this.#door = new ClientDoor(
      host,
      {
        deliver: (...payload) => !this.#vcpu.isStuck(monotonicMs()) && this.#vcpu.deliver(...payload),
        deliverMessage: (payload) => !this.#vcpu.isStuck(monotonicMs()) && this.#vcpu.deliverMessage(payload),
        aborted: (requestId) => this.#vcpu.mustDeliver(encodeAbort(requestId)),
        isLive: () => this.#isLive(),
        liveUrl: async () => (this.#hasPrimary() ? liveUrl.get() : undefined),
        tell: (payload) => this.#vcpu.mustDeliver(payload),
        log: (line) => people.log('info', line),
      },
      { open: () => this.#doorOpened(), failed: (error) => this.failStop(messageOf(error), mendOf(error)) },
      bundle.mayServe ? 'unknown' : 'plain',
      () => position(this.#vcpu.control.position),
    );
    const allowed = new AllowList(host.allowNet, (refusal) => people.log('warning', refusal));
    this.#outbound = new OutboundCalls(allowed, (payload) => this.#vcpu.deliver(payload));
    this.#wayOut = new WayOut(this.#door, this.#outbound, options);
    const policy = {
      hashEveryMs: limits.hashEveryMs,
      hashEveryPolls: 0,
      markEveryMs: limits.markEveryMs,
      turnLimitMs: bundle.mayServe ? limits.turnLimitMs : Number.POSITIVE_INFINITY,
    };
    const role = host.role === 'primary' ? 'recording' : 'replaying';
    this.#vcpu = new Vcpu(
      {
        engine,
        image,
        policy,
        role,
        wallOffsetMs: host.wallOffsetMs,
        percent: host.vcpuPercent,
        profile: profileSettings(host.profile, bundle),
        threads,
      },
      {
        booted: (bootHash, digest, pages) => {
          this.#start(bootHash, digest, pages);
          booted();
        },
        openRequests: () => this.#door.openRequests,
        isBatchUnderWay: () => this.#running !== undefined && isAwaitingAck(this.#running.replica.core),
        recorded: (entryCount, bytes) => this.#event('entries-recorded', { entryCount, bytes }),
        output: (at, after, output) => this.#outputMade(at, after, output),
        replayed: (at) => this.#event('entries-replayed', { position: at }),
        hashChecked: (at, stateHash) => {
          this.#event('hash-checked', { position: at, stateHash });
          this.#hashes.checked(at, stateHash);
          this.#lastHash = stateHash;
        },
        baseKept: (at) => this.#event('base-kept', { position: at }),
        wentLive: (at, last) => {
          this.#times.drained();
          this.#event('went-live', { position: at, ordinal: last });
        },
        checkpointTaken: (checkpoint, pageHashes) => this.#checkpointTaken(checkpoint, pageHashes),
        checkpointInstalled: (stateHash) => this.#event('checkpoint-installed', { stateHash }),
        program: (kind) => this.#programKnown(kind),
        limitsChanged: (at, now) => this.#control.limitsChanged(at, now),
        stopped: (at) => this.#machineStopped(at),
        yielded: (at, guestClockMs) => this.#event('vcpu-yielded', { position: at, guestClockMs }),
        diverged: (at, expected, actual, detail) =>
          this.#event('diverged', { position: at, expected, actual, detail }),
        failed: (reason) => this.failStop(reason),
      },
    );
    this.#control = new ControlDesk({
      describe: () => this.#describe(),
      turnMs: () => this.#vcpu.control.turnMsAt(monotonicMs()),
      drainClients: (done) => {
        this.#door.close();
        if (this.#door.front === undefined) done();
        else this.#door.front.drain(done);
      },
      admitClients: () => this.#door.front?.stopDraining(),
      powerOff: () => this.#vcpu.powerOff(),
      changeLimits: (bytes) => this.#vcpu.changeLimits(bytes),
      doorOpenings: () => this.#door.openingsLeft,
      retire: () => this.#isLive() || this.stop('this host has been live as often as it can be'),
      switchOver: () => this.#event('switch-over-asked', {}),
      reply: (message) => people.reply(message),
    });
  }

  /**
   * A connection of the logging channel, made by this host or by a peer; whoever made it has shown the token.
   */
  adopt(connection: LoggingConnection, caller: 'peer' | 'host'): void {
    if (this.#running === undefined) connection.close(TRY_LATER, 'this host is still booting');
    else this.#running.channel.adopt(connection, caller);
  }

  adoptForPages(connection: LoggingConnection): void {
    if (this.#running === undefined) connection.close(TRY_LATER, 'this host is still booting');
    else this.#running.channel.adoptForPages(connection);
  }

  noConnectionForPages(name: string, reason: string): void {
    this.#running?.channel.noConnectionForPages(name, reason);
  }

  /** What this life leaves to the next one. */
  shelve(): PageShelf {
    return new PageShelf(this.#vcpu.keptBytes);
  }

  /**
   * Something is wrong with this host: it says so and executes nothing more (I9). `mend` when
   * there is a better one than a new start.
   */
  failStop(reason: string, mend?: string): void {
    this.#mend ??= mend;
    if (this.#running !== undefined) this.#event('vcpu-failed', { reason });
    else this.#halt({ code: 'HOST_FAILED', message: reason, mend: 'start this host again' }, []);
  }

  said(message: SupervisorMessage): void {
    switch (message.type) {
      case 'printed':
        this.printed(message.ordinal);
        return;
      case 'status-request':
        // After what has come from the backup meanwhile: it may tell of progress.
        setImmediate(() =>
          this.#options.people.reply({ type: 'status', id: message.id, status: this.status() }),
        );
        return;
      case 'hash-request':
        this.#hashAsked(message.id, message.position);
        return;
      case 'power-off':
        this.#control.powerOff(message.id);
        return;
      case 'change-limits':
        this.#control.changeLimits(message.id, message.memoryMaximumBytes);
        return;
      case 'switch-over':
        this.#control.switchOver(message.id);
        return;
      case 'stop':
        this.stop('asked to stop');
    }
  }

  /** The console's end has everything up to here. */
  printed(throughOrdinal: Ordinal): void {
    this.#event('outputs-printed', { throughOrdinal });
  }

  stop(reason: string): void {
    if (this.#running === undefined || this.#running.replica.core.status === 'ended') this.#end(0);
    else this.#event('stop-asked', { reason });
  }

  status(): HostStatus {
    const { control } = this.#vcpu;
    return {
      ...statusOf(this.#describe(), control, this.#options.host.role),
      live: this.#isLive(),
      clientConnections: this.#door.front?.connections ?? 0,
      requests: this.#door.front?.delivered ?? 0,
      openCalls: this.#outbound.open,
      calls: this.#outbound.made,
      sockets: this.#door.front?.sockets.open ?? 0,
      kept: { ...control.kept, maximumBytes: this.#options.image.limits.replyMaximumBytes },
      memory: control.memory,
      logBytes: this.#running?.channel.bytes ?? 0,
      image: imageDigest(this.#options.image),
    };
  }

  /** Heard of lately; of one that may be dead nobody is told. */
  #hasPrimary(): boolean {
    const core = this.#describe();
    return core !== undefined && core.role !== 'primary' && core.peer !== null;
  }

  #isLive(): boolean {
    return !this.#vcpu.isStuck(monotonicMs()) && (this.#describe()?.live ?? false);
  }

  /** What the protocol says of itself; undefined before the machine stands. */
  #describe(): CoreDescription | undefined {
    return this.#running && describe(this.#running.replica.core, monotonicMs());
  }

  /** The machine stands: from here on the protocol decides. */
  #start(bootHash: Digest, image: Digest, bootPages: Uint8Array): void {
    const { host, arbiter, people } = this.#options;
    const core = createCore(host, image, bootHash);
    const check = new ArbiterCheck(arbiter, host.vm, (reason) => this.#leave(reason));
    const channel = new HostChannelPort(
      {
        peerConnected: (peer, caller) =>
          this.#event('peer-connected', caller === 'peer' ? { peer, caller } : { peer }),
        frameReceived: (peer, frame) => {
          const { role } = replica.core;
          check.received(frame, role.kind === 'backup' && role.peer === peer, () => {
            if (frame.kind === 'batch') this.#hearProgress(replica.core.replayed);
            this.#event('frame-received', { peer, frame });
            if (frame.kind === 'ack') this.#vcpu.acknowledged();
            this.#ticker?.awake();
          });
        },
        peerViolated: (peer, code, detail) => this.#event('peer-violated', { peer, code, detail }),
        peerClosed: (peer, reason) => this.#event('peer-closed', { peer, reason }),
        socketsDrained: () => this.#event('sockets-drained', {}),
      },
      () => this.#vcpu.checkpointBytes(this.#checkpointBytes),
      this.#options.calls,
    );
    const arbiterAnswers = {
      read: (answer: Event<'arbiter-read'>['answer']) => this.#event('arbiter-read', { answer }),
      claimed: (claimId: string, answer: Event<'claim-answered'>['answer']) =>
        this.#event('claim-answered', { claimId, answer }),
    };
    const compared = (wanted: readonly number[]) => this.#event('pages-compared', { wanted });
    const replica = new Replica<HeldOutput>(
      core,
      {
        channel,
        vcpu: new HostVcpuPort(this.#vcpu, bootPages, this.#times, compared, this.#options.shelf),
        arbiter: new HostArbiterPort(arbiter, host.vm, this.#times, arbiterAnswers),
        outputs: {
          release: (at, output) => this.#wayOut.release(at, output),
          arrived: (output) => this.#wayOut.answer(output),
        },
        doors: {
          open: () => this.#door.open(),
          close: () => {
            this.#doorIsOpen = false;
            this.#door.close();
          },
          keepRequests: () => this.#door.keepRequests(),
          deliverRequests: () => this.#door.deliverRequests(),
          relayRequests: (url) => this.#door.relayRequests(url),
        },
        people: {
          statusLine: (line) => people.statusLine(line),
          announce: (announcement) => this.#announce(announcement),
          halt: (reason, lines) => this.#halt(reason, lines),
          endRun: (exitCode) => this.#endRun(exitCode),
        },
      },
      monotonicMs,
    );
    this.#running = { replica, channel };
    this.#event('host-started', {});
    this.#ticker = new Ticker(() => {
      this.#vcpu.look();
      const { role, outputs } = replica.core;
      this.#vcpu.control.setOutputs(outputs, role.kind === 'primary' || this.#door.openRequests > 0);
      this.#event('tick-elapsed', { guestClockMs: this.#vcpu.control.guestMsAt(monotonicMs()) });
    });
    this.#ticker.start();
  }

  #event<Kind extends EventKind>(kind: Kind, fields: Omit<Event<Kind>, 'kind' | 'nowMs'>): void {
    // The union's member is known by its kind; the compiler cannot put the two halves together again.
    if (this.#running === undefined) return;
    const { replica } = this.#running;
    replica.handle({ kind, nowMs: monotonicMs(), ...fields } as unknown as ProtocolEvent);
    this.#control.check();
    const { status } = replica.core;
    if (status === 'waiting' || status === 'receiving') this.#options.calls.found();
    if (status === 'following' && !this.#saidInSync) {
      this.#saidInSync = true;
      this.#sayReady('backup');
      this.#door.rehearse();
    }
  }

  /**
   * The machine's life has ended in good order: on a backup that is the end of the run,
   * a primary still sees to its outputs.
   */
  #machineStopped(at: Position): void {
    this.#event('machine-stopped', { position: at });
    if (this.#lastHash !== undefined) this.#control.stopped(at, this.#lastHash);
  }

  /** An acknowledgement also says what was executed: up to this moment, not up to the vCPU's last report. */
  #hearProgress(known: Position): void {
    this.#vcpu.look();
    const { position: at } = this.#vcpu.control;
    if (at > known) this.#event('entries-replayed', { position: position(at) });
  }

  #outputMade(at: Ordinal, after: Position, output: HeldOutput): void {
    if (output.kind === 'end') {
      this.#endOrdinal = at;
      this.#event('guest-ended', { ordinal: at, position: after, exitCode: output.subject });
      return;
    }
    // Word for this host's own sockets: nothing leaves, so it waits for nobody.
    if (output.kind === 'taken')
      this.#door.front?.part(output.subject, 'taken', textOf(output.head), output.body);
    const route = output.kind === 'console' ? 'console' : 'client';
    this.#running?.replica.hold(at, after, route, heldBytes(output), output);
  }

  #checkpointTaken(checkpoint: TakenCheckpoint, pageHashes: Uint8Array): void {
    this.#checkpointBytes = checkpoint.sizeBytes;
    this.#event('checkpoint-taken', {
      ...checkpoint,
      stateHash: digest(checkpoint.stateHash),
      position: position(checkpoint.position),
      ordinal: ordinal(checkpoint.ordinal),
      pageBytes: limits.pageBytes,
      pageHashes,
    });
  }

  #programKnown(kind: number): void {
    if (kind !== PROGRAM.unknown) this.#door.programKnown(kind === PROGRAM.serving ? 'serving' : 'plain');
  }

  #announce(announcement: Announcement): void {
    const { people, loggingUrl } = this.#options;
    if (announcement.event === 'switch-over-failed') this.#control.switchOverFailed(announcement.reason);
    if (announcement.event === 'go-live') this.#outbound.tookOver(announcement.epoch);
    if (announcement.event === 'relieved') this.#relieved();
    const say = (): void => {
      people.announce(announcement, this.#vcpu.control.position, loggingUrl, this.#times);
      this.#door.heard(announcement.event);
    };
    // A take-over is done when clients can come in, not when it was decided.
    const opensDoor = announcement.event === 'go-live' || announcement.event === 'switch-over';
    if (opensDoor && !this.#doorIsOpen) this.#atOpenDoor.push(say);
    else say();
  }

  #relieved(): void {
    this.#outbound.drop();
    this.#onGoLive.stop();
    this.#control.relieved();
  }

  #doorOpened(): void {
    this.#doorIsOpen = true;
    for (const say of this.#atOpenDoor.splice(0)) say();
    this.#sayReady('primary');
    const { host } = this.#options;
    const { address } = this.#door;
    // A plain program has no clients.
    if (address === undefined) return;
    const url = clientUrl(host) ?? urlOf(address.address, address.port);
    this.#onGoLive.live({ vm: host.vm, epoch: this.#running?.replica.core.epoch ?? 0, url });
  }

  #sayReady(role: 'primary' | 'backup'): void {
    // A backup's machine has not always told yet; a module with a default export is
    // then taken for what it most likely is.
    const program = this.#door.program === 'plain' ? 'plain' : 'serving';
    const at = epoch(this.#running?.replica.core.epoch ?? 0);
    this.#options.people.tell({ type: 'ready', role, epoch: at, program }, `ready as ${role} in epoch ${at}`);
  }

  #hashAsked(id: number, at: Position | undefined): void {
    const answer = (where: Position, hash: Digest): void =>
      this.#options.people.reply({ type: 'hash', id, position: where, hash });
    const asked = at === undefined ? this.#hashes.askNext(answer) : this.#hashes.askAt(at, answer);
    if (!asked) this.#options.people.reply({ type: 'hash-failed', id, reason: 'too many questions wait' });
    else if (at === undefined) this.#vcpu.hashPoint();
  }

  /**
   * The guest's own end has left the machine. A supervisor stops both hosts when it has printed everything; a
   * host on its own waits for its stdout, lets its backup go, and ends.
   */
  #endRun(exitCode: number): void {
    const { people, host, console } = this.#options;
    people.tell({ type: 'end', code: exitCode }, `the program has ended with code ${exitCode}`);
    if (host.supervised) return;
    void console.idle().then(() => {
      this.printed(this.#endOrdinal);
      this.#end(exitCode);
    });
  }

  #halt(halted: HaltReason, lastLines: readonly string[]): void {
    const reason = halted.code === 'VCPU_FAILED' ? { ...halted, mend: this.#mend ?? halted.mend } : halted;
    if (reason.code !== 'STOPPED') this.#options.people.halt(reason, lastLines);
    this.#end(reason.code === 'STOPPED' ? 0 : 1, reason);
  }

  /** Halts for a reason that the protocol does not know of; it is not asked for anything any more. */
  #leave(reason: HaltReason): void {
    if (this.#running === undefined || this.#running.replica.core.status === 'halted') return;
    const { channel } = this.#running;
    this.#running = undefined;
    channel.closeAll(reason.message);
    this.#halt(reason, []);
  }

  #end(code: number, reason?: HaltReason): void {
    this.#ticker?.stop();
    this.#door.destroy();
    this.#outbound.destroy();
    this.#onGoLive.stop();
    this.#running?.channel.closeAll(reason?.message ?? 'this host has ended');
    void this.#vcpu.stop().then(() => this.#options.over(code, reason));
  }
}

/** WebSocket close code 1013. */
const TRY_LATER = 1013;

const mendOf = (error: unknown): string | undefined =>
  error instanceof TandemError ? error.mend : undefined;
