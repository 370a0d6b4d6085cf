/**
 * From the vCPU thread to the hypervisor's event loop in virtual time: what ring and host/vcpu/round.ts are
 * to a real host. Reports are taken in rounds: all entries of a round as one event, then the outputs that
 * wait for them; while a batch is on its way the next one gathers, for a while.
 */
import { limits } from '../../base/limits.ts';
import type { GuestOutput } from '../guest/guest.ts';
import type { VcpuReport } from './vcpu.ts';

/** From one thread to the other: what the core orders is never answered before its step is over. */
const RING_MS = 0.02;

type Gathered = Extract<VcpuReport, { kind: 'recorded' | 'output' }>;

export interface RoundPorts {
  after(delayMs: number, run: () => void): void;
  /** A batch was sent, and nobody has acknowledged it. */
  isBatchUnderWay(): boolean;
  record(entryCount: number, bytes: Uint8Array): void;
  hold(output: GuestOutput): void;
  heard(report: Exclude<VcpuReport, Gathered>): void;
}

const isGathered = (report: VcpuReport): report is Gathered =>
  report.kind === 'recorded' || report.kind === 'output';

export class VirtualRound {
  readonly #ports: RoundPorts;
  #reports: VcpuReport[] = [];
  #isGathering = false;

  constructor(ports: RoundPorts) {
    this.#ports = ports;
  }

  put(report: VcpuReport): void {
    this.#reports.push(report);
    if (this.#reports.length === 1) this.#ports.after(RING_MS, () => this.#ended());
    else if (this.#isGathering && !isGathered(report)) this.#takeAfter(RING_MS);
  }

  /** The backup has acknowledged something. */
  acknowledged(): void {
    if (this.#isGathering && !this.#ports.isBatchUnderWay()) this.#take();
  }

  #ended(): void {
    if (!this.#ports.isBatchUnderWay() || !this.#reports.every(isGathered)) {
      this.#take();
      return;
    }
    this.#isGathering = true;
    this.#takeAfter(limits.gatherMs);
  }

  /** Unless they are taken before. */
  #takeAfter(delayMs: number): void {
    const reports = this.#reports;
    this.#ports.after(delayMs, () => {
      if (this.#reports === reports) this.#take();
    });
  }

  #take(): void {
    const reports = this.#reports;
    this.#reports = [];
    this.#isGathering = false;
    let entryCount = 0;
    let chunks: Uint8Array[] = [];
    let outputs: GuestOutput[] = [];
    const hand = (): void => {
      if (entryCount > 0) this.#ports.record(entryCount, Buffer.concat(chunks));
      for (const output of outputs) this.#ports.hold(output);
      entryCount = 0;
      chunks = [];
      outputs = [];
    };
    for (const report of reports) {
      if (report.kind === 'recorded') {
        entryCount += report.entryCount;
        chunks.push(report.bytes);
      } else if (report.kind === 'output') {
        outputs.push(report.output);
      } else {
        hand();
        this.#ports.heard(report);
      }
    }
    hand();
  }
}
