/** What a life of a host is made of: the machine's image, and the world that the hypervisor joins it to. */
import type { Arbiter } from '../../arbiter/port.ts';
import type { Engine } from '../../machine/engine.ts';
import type { Image } from '../../machine/image.ts';
import type { HaltReason } from '../../protocol/effects.ts';
import type { GuestBundle } from '../guest/bundle.ts';
import type { HostOptions } from '../supervisor/protocol.ts';
import type { VcpuThreads } from '../vcpu/vcpu-threads.ts';
import type { OutgoingCalls } from './channel-port.ts';
import type { HostConsole } from './console.ts';
import type { PageShelf } from './page-shelf.ts';
import type { People } from './people.ts';

export interface HypervisorOptions {
  readonly host: HostOptions;
  readonly engine: Engine;
  readonly image: Image;
  readonly threads: VcpuThreads;
  readonly bundle: GuestBundle;
  readonly arbiter: Arbiter;
  readonly people: People;
  readonly console: HostConsole;
  readonly loggingUrl: string;
  readonly calls: OutgoingCalls;
  /** Pages of this host's earlier life. */
  readonly shelf: PageShelf | undefined;
  /**
   * This life is over: a process that ends does so with this code, once what was said has left
   * it. `reason` when the host was halted.
   */
  readonly over: (code: number, reason: HaltReason | undefined) => void;
}
