/**
 * The lives of a host process (FT §3.1). A life is a machine with its protocol core, under an incarnation of
 * its own. A spare that had begun to take over a machine and failed, or lost the test-and-set, ends that life
 * and begins another as a spare, in the same process, and offers what pages it still holds. Every other host
 * has one life. Nobody ever goes on with a machine that is not the primary's, or with an empty one.
 */
import { randomUUID } from 'node:crypto';
import type { Ordinal } from '../base/brands.ts';
import { limits } from '../base/limits.ts';
import type { HaltReason } from '../protocol/effects.ts';
import { LOG_PATH } from './channel/logging-connection.ts';
import { Seeker } from './channel/seeker.ts';
import type { Visitors } from './channel/visitors.ts';
import { Hypervisor } from './hypervisor/hypervisor.ts';
import type { HypervisorOptions } from './hypervisor/options.ts';
import type { PageShelf } from './hypervisor/page-shelf.ts';
import type { SupervisorMessage } from './supervisor/protocol.ts';
import { warmUp } from './vcpu/warm-up.ts';

export interface LivesOptions {
  readonly hypervisor: Omit<HypervisorOptions, 'calls' | 'shelf' | 'over'>;
  readonly token: string;
  readonly visitors: Visitors;
  /** Ends the process once what was said has left it. */
  readonly exit: (code: number) => void;
}

/** Ends of a life after which a spare may be of use again. */
const COMES_BACK: ReadonlySet<string> = new Set(['NOT_IN_SYNC', 'EPOCH_LOST', 'CHECKPOINT_BROKEN']);

const JOIN_MEND =
  'see that a primary is live at that --join and that both hosts have the same --token-file, then start this one again';

export class HostLives {
  readonly #options: LivesOptions;
  #hypervisor: Hypervisor | undefined;
  #seeker: Seeker | undefined;
  #urls: readonly string[];
  #lives = 0;
  #state: 'living' | 'stopping' = 'living';

  constructor(options: LivesOptions) {
    this.#options = options;
    this.#urls = options.hypervisor.host.join;
  }

  begin(shelf?: PageShelf): void {
    const { hypervisor: shared, token, visitors } = this.#options;
    const { host, engine, image, people } = shared;
    this.#lives += 1;
    const seeker = new Seeker(token, `${host.role}-${process.pid}-${randomUUID().slice(0, 8)}`, {
      connected: (connection) => hypervisor.adopt(connection, 'host'),
      connectedForPages: (connection) => hypervisor.adoptForPages(connection),
      noConnectionForPages: (name, reason) => hypervisor.noConnectionForPages(name, reason),
      failed: (url, reason) => {
        // A backup has one try: whoever started it waits for it.
        if (host.role === 'backup')
          hypervisor.failStop(`cannot join the primary at ${url}: ${reason}`, JOIN_MEND);
        else people.log('info', `no primary at ${url}: ${reason}`);
      },
    });
    const hypervisor: Hypervisor = new Hypervisor(
      { ...shared, calls: seeker, shelf, over: (code, reason) => this.#over(code, reason) },
      () => {
        if (host.role === 'backup') seeker.seek();
        if (image.boot !== undefined) warmUp(engine, image.kernel);
        visitors.welcome((connection, path) => {
          if (path === LOG_PATH) hypervisor.adopt(connection, 'peer');
          else hypervisor.adoptForPages(connection);
        });
      },
    );
    this.#hypervisor = hypervisor;
    this.#seeker = seeker;
    seeker.lookAt(this.#urls);
  }

  said(message: SupervisorMessage): void {
    if (message.type === 'join') {
      this.#urls = [message.loggingUrl];
      this.#seeker?.lookAt(this.#urls);
      return;
    }
    if (message.type === 'stop') this.#state = 'stopping';
    this.#hypervisor?.said(message);
  }

  printed(throughOrdinal: Ordinal): void {
    this.#hypervisor?.printed(throughOrdinal);
  }

  failStop(reason: string): void {
    if (this.#hypervisor !== undefined) this.#hypervisor.failStop(reason);
    else this.#options.exit(1);
  }

  stop(reason: string): void {
    this.#state = 'stopping';
    this.#hypervisor?.stop(reason);
  }

  #over(code: number, reason: HaltReason | undefined): void {
    this.#seeker?.stop();
    const { host, people } = this.#options.hypervisor;
    const comesBack =
      host.role === 'spare' && !host.supervised && reason !== undefined && COMES_BACK.has(reason.code);
    if (this.#state === 'stopping' || !comesBack) {
      this.#options.exit(code);
      return;
    }
    this.#options.visitors.wait();
    people.log('info', `coming back as a spare, life ${this.#lives + 1}`);
    const shelf = this.#hypervisor?.shelve();
    this.#hypervisor = undefined;
    setTimeout(() => {
      if (this.#state === 'living') this.begin(shelf);
      else this.#options.exit(0);
    }, limits.nextLifeMs);
  }
}
