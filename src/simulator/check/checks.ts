/**
 * The invariants (src/README.md), looked at after every step of every host and at everything that leaves one.
 * A broken one is thrown where it breaks. What needs the end of a run is in verdict.ts.
 */
import { invariant } from '../../base/assert.ts';
import type { Digest } from '../../base/brands.ts';
import type { HaltReason } from '../../protocol/effects.ts';
import type { ArbiterRecord } from '../../protocol/record.ts';
import { isOver, type Status } from '../../protocol/status.ts';
import type { GuestOutput } from '../guest/guest.ts';
import type { DeskAnswer } from '../world/desk.ts';
import type { VirtualHost } from '../world/host.ts';
import type { ClockCheck } from './clock-check.ts';
import { History } from './history.ts';

/** A host that halts for one of these is a bug of ours, not of the world's. */
const NEVER: ReadonlySet<string> = new Set(['DIVERGED', 'VCPU_FAILED', 'CHECKPOINT_BROKEN']);
/** A correct host never gives another cause for these. */
const NEVER_SAID =
  /CHAIN_BROKEN|WRONG_POSITION|WRONG_STATE|NO_SUCH_PAGE|NOT_PROTOBUF|OUT_OF_TURN|NEWER_EPOCH/;
const SEALED: ReadonlySet<Status> = new Set(['sealed', 'claiming-epoch', 'going-live']);
/** What the vCPU had made before it was told to stop is above a bound by no more than this. */
const OVERSHOOT_BYTES = 1024;

export class Checks {
  readonly history = new History();
  readonly clock: ClockCheck;
  readonly #hosts: readonly VirtualHost[];
  /** Claims that list a backup and have left their host: the arbiter may grant them at any time. */
  #listings: { readonly by: string; readonly next: ArbiterRecord }[] = [];
  #record: ArbiterRecord | null = null;
  /** Who is live in which epoch, by its own belief. */
  readonly #owners = new Map<number, VirtualHost>();
  readonly #wentLive = new Set<VirtualHost>();
  readonly #sealedAt = new Map<VirtualHost, number>();
  /** The state in which machines ended, by the log that ended them. */
  readonly #ends = new Map<Digest, Digest>();

  constructor(hosts: readonly VirtualHost[], clock: ClockCheck) {
    this.#hosts = hosts;
    this.clock = clock;
  }

  get record(): ArbiterRecord | null {
    return this.#record;
  }

  stepped(host: VirtualHost): void {
    const { core } = host;
    if (core.role.kind === 'primary' && core.epoch > 0) this.#oneLive(host);
    else this.#sealHolds(host);
    this.#bounded(host);
    this.#staysOff(host);
  }

  /** I1: whom the record lists, or a claim on its way, must hold what leaves. */
  releasing(host: VirtualHost, output: GuestOutput): void {
    for (const incarnation of this.#countedOn(host)) {
      const holds = this.#holdingOf(incarnation);
      invariant(
        'I1',
        holds >= output.position,
        `output ${output.ordinal} at ${output.position} leaves ${host.name}; ${incarnation} holds ${holds}`,
      );
    }
    this.history.released(host.name, host.core.epoch, output);
  }

  /** I1: after a switch-over clients that stayed get what the new primary has let out, and no more. */
  arrived({ name }: VirtualHost, { ordinal, text }: GuestOutput): void {
    const left = this.history.outputs.get(ordinal);
    invariant('I1', left?.text === text, `${name} hands out output ${ordinal}, which nobody has let out`);
  }

  /** Whoever is proposed may be live in the next moment (I4): it must hold everything that has left. */
  claiming(host: VirtualHost, next: ArbiterRecord): void {
    for (const incarnation of next.inSync) {
      const holds = this.#holdingOf(incarnation);
      const promised = this.history.promisedBefore(next.epoch);
      const isFit = holds >= promised;
      invariant('I4', isFit, `${host.name} proposes ${incarnation}, which holds ${holds} of ${promised}`);
      this.#listings.push({ by: host.name, next });
      if (host.status === 'listing') this.#knowsClock(host, incarnation);
    }
  }

  /** I6: nor may its idea of the guest's clock be far off. */
  #knowsClock(live: VirtualHost, incarnation: string): void {
    const guestMs = live.vcpu.guestMs();
    const joiner = this.#hosts.find(({ name }) => name === incarnation);
    if (guestMs === null || joiner?.isAlive !== true || joiner.core.role.kind !== 'backup') return;
    const { clock } = joiner.core.role;
    invariant('I6', clock !== null, `${live.name} proposes ${incarnation}, which has heard no clock`);
    this.clock.known(incarnation, guestMs, clock.guestMs, joiner.clock.monotonicMs() - clock.heardAtMs);
  }

  granted(next: ArbiterRecord): void {
    const { epoch } = next;
    invariant('I2', epoch > (this.#record?.epoch ?? 0), `epoch ${epoch} is granted a second time`);
    this.#record = next;
    // Every claim on an epoch up to this one can only be lost now.
    this.#listings = this.#listings.filter((listing) => listing.next.epoch > epoch);
  }

  halted(host: VirtualHost, { code, message }: HaltReason): void {
    invariant(code === 'DIVERGED' ? 'I3' : 'I9', !NEVER.has(code), `${host.name} halts: ${message}`);
    const isWanted = code === 'STOPPED';
    const isOwner = this.#record?.incarnation === host.name;
    invariant('I8', isWanted || !isOwner, `${host.name} halts in an epoch of its own: ${message}`);
  }

  /** A suspicion must have a cause outside the host that has it. */
  suspected(host: VirtualHost, cause: string): void {
    invariant('I7', !NEVER_SAID.test(cause), `${host.name} suspects its peer: ${cause}`);
    const { role } = host.core;
    const peer = role.kind === 'backup' ? role.peer : (role.successor?.peer ?? null);
    const unread = peer === null ? 0 : host.unreadOf(peer);
    const isHeard = unread > 0 && cause.startsWith('silent');
    invariant(
      'I8',
      !isHeard,
      `${host.name} suspects its peer, of which ${unread} messages lie unread: ${cause}`,
    );
  }

  /** I3: one log, one end, one state. */
  switchedOff({ name, core, off }: VirtualHost): void {
    if (off === null) return;
    const { position, chain } = core.head;
    invariant('I7', off.position === position, `${name} is off at ${off.position} of ${position}`);
    const expected = this.#ends.get(chain) ?? off.stateHash;
    this.#ends.set(chain, expected);
    invariant(
      'I3',
      off.stateHash === expected,
      `${name} ended as ${off.stateHash}, another host as ${expected}`,
    );
  }

  /**
   * What somebody was told to be done is a promise like an output (I4); both hashes of an end
   * were compared, if there were two (I3).
   */
  answered({ name, core }: VirtualHost, answer: DeskAnswer): void {
    this.history.promised(core.epoch, answer.position);
    const isCompared = answer.kind !== 'stopped' || answer.isAlone || answer.isEqual;
    invariant(
      'I3',
      isCompared,
      `${name} is off at ${answer.position}, and its backup has no equal hash there`,
    );
  }

  /** Behind the end nothing is executed, and nobody goes live (I9). */
  #staysOff({ name, core, off }: VirtualHost): void {
    if (off === null) return;
    const { position } = core.head;
    invariant('I9', position === off.position, `${name} was off at ${off.position} and is at ${position}`);
    const isQuiet = core.role.kind === 'primary' || isOver(core.status);
    invariant('I9', isQuiet, `${name} is off and ${core.status}`);
  }

  #holdingOf(incarnation: string): number {
    return this.#hosts.find(({ name }) => name === incarnation)?.core.head.position ?? 0;
  }

  #countedOn(host: VirtualHost): readonly string[] {
    const listed = this.#record?.incarnation === host.name ? this.#record.inSync : [];
    const coming = this.#listings.filter(({ by }) => by === host.name).flatMap(({ next }) => next.inSync);
    return [...listed, ...coming];
  }

  /** I2: one host to an epoch, and it is the one that the arbiter has named. */
  #oneLive(host: VirtualHost): void {
    const { epoch } = host.core;
    const owner = this.#owners.get(epoch);
    if (owner === host) return;
    invariant('I2', owner === undefined, `epoch ${epoch} has ${owner?.name} and ${host.name}`);
    const isGranted = this.#record !== null && this.#record.epoch >= epoch;
    invariant('I2', isGranted, `${host.name} is live in epoch ${epoch}, which nobody has granted`);
    this.#owners.set(epoch, host);
    if (this.#wentLive.has(host)) return;
    this.#wentLive.add(host);
    if (epoch > 1) this.history.tookOver(host.name, epoch, host.core.head);
  }

  /** I2: from its suspicion until a withdrawal a backup takes in nothing more. */
  #sealHolds(host: VirtualHost): void {
    const { head } = host.core;
    if (!SEALED.has(host.status)) {
      this.#sealedAt.delete(host);
      return;
    }
    const sealedAt = this.#sealedAt.get(host) ?? head.position;
    this.#sealedAt.set(host, sealedAt);
    invariant(
      'I2',
      head.position === sealedAt,
      `${host.name} sealed at ${sealedAt} and is at ${head.position}`,
    );
  }

  /** I10. */
  #bounded(host: VirtualHost): void {
    const { outputs, config, role } = host.core;
    const held = outputs.heldBytes + outputs.unprintedBytes;
    const heldMost = config.heldOutputBytes + OVERSHOOT_BYTES;
    if (role.kind !== 'primary') return;
    invariant('I10', held <= heldMost, `${host.name} holds ${held} bytes of outputs`);
    const logMost = config.logBufferBytes + OVERSHOOT_BYTES;
    invariant('I10', role.buffer.bytes <= logMost, `${host.name} keeps ${role.buffer.bytes} bytes of log`);
    const lagMost = config.lagBoundBytes + OVERSHOOT_BYTES;
    invariant('I10', role.lagBytes <= lagMost, `${host.name}'s backup lags by ${role.lagBytes} bytes`);
  }
}
