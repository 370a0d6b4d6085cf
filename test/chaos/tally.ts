/**
 * What a run has done, in figures: faults by their name, how often a backup went
 * live, how long the pair was without one.
 */
import type { HostStory } from './lives.ts';
import { FAULTS, type FaultName } from './plan.ts';

export class Tally {
  readonly #faults = new Map<FaultName, number>();
  readonly #met = new Map<string, number>();
  hashesEqual = 0;

  add(fault: FaultName, met: string | undefined): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
    if (met !== undefined) this.#met.set(met, (this.#met.get(met) ?? 0) + 1);
  }

  lines(hosts: readonly HostStory[]): string[] {
    const numbers = (what: RegExp): number[] =>
      hosts.flatMap(({ lines }) =>
        lines.flatMap((line) => {
          const found = what.exec(line);
          return found === null ? [] : [Number(found[1] ?? 0)];
        }),
      );
    const names = (Object.keys(FAULTS) as FaultName[]).filter((name) => this.#faults.has(name));
    return [
      ...names.map((name) => `${`${this.#faults.get(name)}`.padStart(5)}  ${name}`),
      ...[...this.#met].map(([what, count]) => `${`${count}`.padStart(5)}  times ${what}`),
      `${numbers(/^tandem: live in epoch \d+ at position \d+, ([\d.]+) ms/).length} times a backup went live, ${spread(numbers(/^tandem: live in epoch \d+ at position \d+, ([\d.]+) ms/))} after its suspicion`,
      `${numbers(/^tandem: going on without a backup/).length} times a primary went on alone`,
      `${numbers(/^tandem: redundant: /).length} times a backup came into sync, ${spread(numbers(/^tandem: redundant: .* after (\d+) ms/))} after its primary was alone`,
      `${numbers(/^coming back as a spare, life (\d+)/).length} times a host that had lost came back as a spare`,
      `${this.hashesEqual} comparisons of state hashes, all equal`,
    ];
  }
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): string =>
    `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)} ms`;
  return sorted.length === 0
    ? 'never'
    : `${at(0.5)} (half of them), ${at(0.95)} (of 20 all but one), ${at(1)} (all)`;
}
