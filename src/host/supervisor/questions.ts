/**
 * Questions to one host and their answers: each has a number and a patience of its own. A supervisor asks its
 * hosts over IPC, a host's own admin port asks the same in its process; both in these words.
 */
import type { Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { MemoryLimits } from '../vcpu/messages.ts';
import type { HashPoint, HostMessage, HostStatus, SupervisorMessage } from './protocol.ts';
import type { NoLimits } from './report.ts';

export interface QuestionsPorts {
  tell(message: SupervisorMessage): void;
  /** For sentences: `the primary`. */
  name(): string;
  /** False: nobody would hear a question. */
  isReachable(): boolean;
}

export type StoppedMachine = Extract<HostMessage, { readonly type: 'stopped' }>;

export class Questions {
  readonly #ports: QuestionsPorts;
  /** Those that wait for an answer, by their number. */
  readonly #open = new Map<number, (answer: HostMessage | undefined) => void>();
  #last = 0;

  constructor(ports: QuestionsPorts) {
    this.#ports = ports;
  }

  /** The host's view of itself; undefined when it does not answer in time. */
  async status(): Promise<HostStatus | undefined> {
    const answer = await this.#ask((id) => ({ type: 'status-request', id }));
    return answer?.type === 'status' ? answer.status : undefined;
  }

  /** The state hash now, or at a position that the primary has named; a string says why there is none. */
  async hash(position?: Position): Promise<HashPoint | string> {
    const answer = await this.#ask((id) =>
      position === undefined ? { type: 'hash-request', id } : { type: 'hash-request', id, position },
    );
    if (answer?.type === 'hash') return { position: answer.position, hash: answer.hash };
    if (answer?.type === 'hash-failed') return answer.reason;
    return `${this.#ports.name()} did not answer within ${limits.hostAnswerMs} ms`;
  }

  /** Ends the machine's life in good order (FT §3.3); a string says why it was not done. */
  async powerOff(): Promise<StoppedMachine | string> {
    const answer = await this.#ask(
      (id) => ({ type: 'power-off', id }),
      limits.powerOffMs + limits.hostAnswerMs,
    );
    if (answer?.type === 'stopped') return answer;
    return answer?.type === 'refused' ? answer.reason : this.#silence();
  }

  /** The memory's limits, changed first if `memoryMaximumBytes` is more than 0. */
  async memoryLimits(memoryMaximumBytes: number): Promise<MemoryLimits | NoLimits> {
    const answer = await this.#ask(
      (id) => ({ type: 'change-limits', id, memoryMaximumBytes }),
      limits.changeLimitsMs + limits.hostAnswerMs,
    );
    if (answer?.type === 'limits') return answer.limits;
    if (answer?.type === 'refused') return { reason: answer.reason, changed: answer.mayCome ? null : false };
    return { reason: this.#silence(), changed: memoryMaximumBytes > 0 ? null : false };
  }

  /**
   * Changes roles with the backup: how long clients waited in
   * milliseconds; a string says why it was not done.
   */
  async switchOver(): Promise<number | string> {
    const answer = await this.#ask(
      (id) => ({ type: 'switch-over', id }),
      limits.switchOverMs + limits.hostAnswerMs,
    );
    if (answer?.type === 'relieved') return answer.gapMs;
    return answer?.type === 'refused' ? answer.reason : this.#silence();
  }

  /** True when the message is an answer, and that is all there is to it. */
  answered(message: HostMessage): boolean {
    if (!('id' in message)) return false;
    this.#open.get(message.id)?.(message);
    return true;
  }

  /** The host is gone: nothing more will be answered. */
  end(): void {
    for (const answer of [...this.#open.values()]) answer(undefined);
  }

  #silence(): string {
    return `${this.#ports.name()} ${this.#ports.isReachable() ? 'did not answer' : 'was lost meanwhile'}`;
  }

  #ask(
    question: (id: number) => SupervisorMessage,
    withinMs: number = limits.hostAnswerMs,
  ): Promise<HostMessage | undefined> {
    if (!this.#ports.isReachable()) return Promise.resolve(undefined);
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      const answer = (message: HostMessage | undefined) => {
        clearTimeout(timer);
        this.#open.delete(id);
        resolve(message);
      };
      const timer = setTimeout(() => answer(undefined), withinMs);
      this.#open.set(id, answer);
      this.#ports.tell(question(id));
    });
  }
}
