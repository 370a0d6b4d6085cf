/** What a section hands back: figures with all their samples, and the targets that some of them have. */

export type Unit =
  | 'ms'
  | 'µs'
  | 's'
  | 'ratio'
  | '%'
  | 'bytes'
  | 'MiB'
  | 'kbit/s'
  | 'Mbit/s'
  | 'MB/s'
  | 'req/s'
  | 'cores';

/** A bound that the project has set itself. */
export interface Target {
  readonly bound: 'at-least' | 'below' | 'at-most';
  readonly value: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly samples: number;
  readonly target?: Target;
  readonly met?: boolean;
  /** What others have measured on the same question, with their name. */
  readonly beside?: string;
}

export interface SectionResult {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** Heads the column of {@link Figure.beside}; without it there is none. */
  readonly besideTitle?: string;
  /** What the reader of the figures must know. */
  readonly notes: readonly string[];
  /** Everything that was measured, for whoever wants to look closer. */
  readonly detail: unknown;
}

export function figure(name: string, unit: Unit, samples: readonly number[], target?: Target): Figure {
  const middle = median(samples);
  const shape = {
    name,
    unit,
    median: middle,
    low: Math.min(...samples),
    high: Math.max(...samples),
    samples: samples.length,
  };
  return target === undefined ? shape : { ...shape, target, met: meets(middle, target) };
}

/** The paper's own figure, or a peer's, in the same row. */
export const beside = (row: Figure, text: string): Figure => ({ ...row, beside: text });

const meets = (value: number, { bound, value: limit }: Target): boolean =>
  bound === 'at-least' ? value >= limit : bound === 'below' ? value < limit : value <= limit;

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** By linear interpolation between the two nearest samples. NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** Of ratios. */
export const geometricMean = (samples: readonly number[]): number =>
  Math.exp(samples.reduce((sum, sample) => sum + Math.log(sample), 0) / samples.length);
