/** The arithmetic behind the benchmark's tables: a figure that is computed wrongly is worse than none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostCpu } from '../../bench/cpu-time.ts';
import { beside, figure, geometricMean, quantile } from '../../bench/figures.ts';
import { parseOptions, SECTIONS } from '../../bench/options.ts';
import { type PeerRecord, resultOf } from '../../bench/peers.ts';
import { encodeHttp, requestsOf } from '../../bench/requests.ts';
import { turnsOf } from '../../bench/rounds.ts';
import { renderTable } from '../../bench/table.ts';

describe('quantiles', () => {
  it('lie between the lowest and the highest sample, whatever their order', () => {
    const samples = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const found = quantile(values, share);
        expect(found).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(found).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
        expect(quantile(values.toReversed(), share)).toBe(found);
      }),
    );
  });

  it('are interpolated between two samples', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
    expect(quantile([7], 0.999)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('targets', () => {
  const judged = (bound: 'at-least' | 'at-most' | 'below', samples: readonly number[]): boolean | undefined =>
    figure('it', 'ms', samples, { bound, value: 10 }).met;

  it('judge the median of the samples, and the bound itself is met unless it says below', () => {
    expect(judged('at-most', [1, 10, 90])).toBe(true);
    expect(judged('at-least', [1, 10, 90])).toBe(true);
    expect(judged('below', [1, 10, 90])).toBe(false);
    expect(judged('at-most', [1, 10.01, 11])).toBe(false);
    expect(judged('at-least', [9.99, 9, 90])).toBe(false);
  });

  it('that could not be measured are missed, not met', () => {
    for (const bound of ['at-least', 'at-most', 'below'] as const) {
      expect(judged(bound, [])).toBe(false);
      expect(judged(bound, [Number.NaN])).toBe(false);
    }
  });

  it('a mean of ratios does not care which way round they are', () => {
    expect(geometricMean([2, 0.5])).toBeCloseTo(1);
    expect(geometricMean([1, 8])).toBeCloseTo(Math.sqrt(8));
  });
});

describe('the table', () => {
  const section = { title: 'T', notes: [], detail: undefined };

  it('says met and MISSED, and shows the range only of several samples', () => {
    const text = renderTable([
      {
        ...section,
        figures: [
          figure('quick', 'ms', [1, 2, 3], { bound: 'at-most', value: 2 }),
          figure('slow', 'ratio', [0.5], { bound: 'at-least', value: 1 }),
        ],
      },
    ]);
    expect(text).toMatch(/\| quick +\| +2\.00 ms \| +1\.00 … 3\.00 \| +3 \| ≤ 2 ms \| met +\|/);
    expect(text).toMatch(/\| slow +\| +0\.500 \| +\| +1 \| +≥ 1 \| MISSED +\|/);
  });

  it("has the paper's column where a section names one, and all lines are equally wide", () => {
    const figures = [beside(figure('a', 'MB/s', [123.4]), '940 Mbit/s'), figure('longer name', '%', [-0.5])];
    const lines = renderTable([{ ...section, besideTitle: 'the paper', figures }])
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[0]).toContain('| the paper');
    expect(lines[2]).toContain('| 940 Mbit/s |');
    expect(renderTable([{ ...section, figures }])).not.toContain('940');
  });
});

describe('rounds', () => {
  it('let everybody have each place equally often', () => {
    const turns = [0, 1, 2].map((round) => turnsOf(['a', 'b', 'c'], round).join(''));
    expect(turns).toEqual(['abc', 'bca', 'cab']);
  });
});

describe('CPU of a host', () => {
  it('is told apart by thread: the main one, the busiest of the others, the rest, also threads that began meanwhile', () => {
    const before = new Map([
      [100, 10],
      [101, 50],
      [102, 50],
    ]);
    const after = new Map([
      [100, 15],
      [101, 51],
      [102, 90],
      [103, 2],
    ]);
    expect(hostCpu(100, before, after)).toEqual({ hypervisorMs: 5, vcpuMs: 40, othersMs: 3 });
  });
});

describe('requests', () => {
  it('are HTTP/1.1 with the length of their bodies', () => {
    const [deposit] = requestsOf('deposit', 3);
    const text = encodeHttp(deposit ?? { method: 'GET', path: '' }, 'here:1').toString();
    expect(text).toBe(
      'POST /accounts/client-3/deposit HTTP/1.1\r\nhost: here:1\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"amount":1}',
    );
  });

  it('of the mixed kind are the same for every connection, beginning at different ones', () => {
    const shape = (connection: number): string =>
      requestsOf('mixed', connection)
        .map(({ method, path }) => `${method} ${path.split('/')[1]}`)
        .sort()
        .join();
    expect(shape(7)).toBe(shape(0));
    expect(requestsOf('mixed', 1)[0]?.body).toEqual(requestsOf('mixed', 0)[1]?.body);
  });
});

describe('the command line', () => {
  it('measures everything but the peers unless told otherwise', () => {
    expect(parseOptions([])?.sections).toEqual(SECTIONS);
    expect(parseOptions(['--only', 'log,cpu'])?.sections).toEqual(['cpu', 'log']);
    expect(parseOptions(['--peers'])?.sections).toEqual(['peers']);
  });

  it('says what is wrong with a word', () => {
    expect(() => parseOptions(['--only', 'speed'])).toThrow(/--only speed: there are cpu/);
    expect(() => parseOptions(['--rounds', '0'])).toThrow(/--rounds 0/);
    expect(() => parseOptions(['--peers', '--only', 'log'])).toThrow(/--peers/);
  });
});

describe('peers', () => {
  const load = (contestant: string, connections: number, rps: number, p50: number): PeerRecord => ({
    kind: 'load',
    contestant,
    round: 1,
    connections,
    rps,
    p50,
    p99: p50 * 3,
    cpuPer1000: 0.1,
    otherCores: 0,
  });
  const records: readonly PeerRecord[] = [
    load('node-plain', 64, 20_000, 3),
    load('tandem', 1, 2_000, 0.4),
    load('redis-wait', 1, 2_000, 0.5),
    load('tandem', 64, 9_000, 7),
    load('redis-wait', 64, 18_000, 3),
    load('etcd', 64, 1_500, 40),
    { kind: 'failover', contestant: 'tandem', round: 1, recovered: true, gap: 60, missing: 0 },
    { kind: 'failed', contestant: 'nats', error: 'Error: no nats-server\n at start' },
  ];
  const verdicts = (all: readonly PeerRecord[]): readonly (readonly [string, boolean])[] =>
    resultOf(all).figures.flatMap(({ name, met }) => (met === undefined ? [] : [[name, met] as const]));

  it('are judged in the same round, and those without fault tolerance are not competed with', () => {
    expect(verdicts(records)).toEqual([
      ["p50 at 1 connection, against Redis's", true],
      ['longest gap at a kill of the primary', false],
      ["req/s at 64 connections, against Redis's", false],
      ['req/s at 64 connections, against etcd', true],
    ]);
  });

  it('that were not measured have no verdict, and one that failed is named', () => {
    const without = records.filter(({ contestant }) => contestant !== 'redis-wait');
    expect(verdicts(without).map(([name]) => name)).toEqual([
      'longest gap at a kill of the primary',
      'req/s at 64 connections, against etcd',
    ]);
    expect(resultOf(records).notes).toContain('failed: nats: Error: no nats-server');
  });
});
