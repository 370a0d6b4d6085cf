/**
 * A request that is alone passes through four threads of two hosts, and each of them would have to be
 * woken for it, which takes longer than what it does then. So while few requests are open the
 * hypervisor does not lie down: it looks at its vCPU and its sockets in turn, as Linux's busy polling
 * has it for network cards. Where that is in vain again and again, since the guest or the network takes
 * longer, it is not tried for a while.
 */
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';

export class BusyPoll {
  readonly #openRequests: () => number;
  readonly #look: () => void;
  readonly #nowMs: () => number;
  #untilMs: number | undefined;
  #vainPolls = 0;
  #restRequests = 0;

  /** `look` takes what the vCPU has said; sockets are looked at by the event loop, between two looks. */
  constructor(openRequests: () => number, look: () => void, nowMs = monotonicMs) {
    this.#openRequests = openRequests;
    this.#look = look;
    this.#nowMs = nowMs;
  }

  /** A request has been delivered. */
  delivered(): void {
    if (this.#untilMs !== undefined) return;
    if (this.#restRequests > 0) {
      this.#restRequests -= 1;
      return;
    }
    this.#untilMs = this.#nowMs() + limits.busyPollMs;
    setImmediate(this.#again);
  }

  readonly #again = (): void => {
    this.#look();
    const open = this.#openRequests();
    const isInTime = this.#nowMs() < (this.#untilMs ?? 0);
    if (open > 0 && open <= limits.busyPollRequests && isInTime) {
      setImmediate(this.#again);
      return;
    }
    this.#untilMs = undefined;
    this.#vainPolls = open === 0 ? 0 : this.#vainPolls + 1;
    if (this.#vainPolls < limits.busyPollVain) return;
    this.#vainPolls = 0;
    this.#restRequests = limits.busyPollRestRequests;
  };
}
