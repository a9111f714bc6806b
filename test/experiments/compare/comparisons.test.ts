// Policies against the baseline: paired by replication, at the same grid point, at a confidence that holds for all.
import { describe, expect, test } from 'vitest';
import type { CellResult, ComparisonResult, MetricName } from '../../../core/index.ts';
import { comparisonsOf } from '../../../experiments/compare/comparisons.ts';
import { cellOf, replicationOf, replicationsOf } from './results.ts';

const T_2_95 = 4.302653;
const T_2_975 = 6.205347;

const compared = (cells: readonly CellResult[], ...metrics: readonly MetricName[]): ComparisonResult[] =>
  comparisonsOf(cells, { baseline: 'base', metrics, confidence: 0.95 });

const latencies = (cell: number, policy: string, values: readonly (number | null)[]): CellResult =>
  cellOf(cell, policy, replicationsOf('latency_mean_ms', values));

describe('a comparison', () => {
  test('is the interval of the paired differences', () => {
    // Differences -2, -3, -4: mean -3, standard deviation 1; the values themselves scatter by far more.
    const cells = [latencies(0, 'base', [10, 50, 90]), latencies(1, 'other', [8, 47, 86])];
    const [comparison, ...none] = compared(cells, 'latency_mean_ms');
    expect(none).toEqual([]);
    expect(comparison).toMatchObject({ metric: 'latency_mean_ms', baseline: 0, candidate: 1, verdict: 'better' });
    expect(comparison.difference).toMatchObject({ mean: -3, samples: 3, method: 'replications', confidence: 0.95 });
    expect(comparison.difference.halfWidth).toBeCloseTo(T_2_95 / Math.sqrt(3), 5);
    expect(comparison.ratio).toBeCloseTo(141 / 150, 12);
  });

  test.each([
    ['latency_mean_ms', [10, 50, 90], [14, 53, 92], 'worse'],
    ['attainment_percent', [10, 50, 90], [14, 53, 92], 'better'],
    ['attainment_percent', [90, 91, 92], [80, 82, 84], 'worse'],
    ['latency_mean_ms', [10, 50, 90], [12, 47, 91], 'inconclusive'],
    ['latency_mean_ms', [10, 50, 90], [10, 50, 90], 'inconclusive'],
  ] as const)('of %s %j with %j is %s', (metric, base, other, verdict) => {
    const cells = [cellOf(0, 'base', replicationsOf(metric, base)), cellOf(1, 'other', replicationsOf(metric, other))];
    expect(compared(cells, metric).map((each) => each.verdict)).toEqual([verdict]);
  });

  test('pairs replications by their number, and leaves out those that only one side finished', () => {
    const base = replicationsOf('latency_mean_ms', [10, 20, 30]);
    const other = replicationsOf('latency_mean_ms', [11, 21.5, 32]);
    const [comparison] = compared(
      [cellOf(0, 'base', base), cellOf(1, 'other', [other[2], other[0]])],
      'latency_mean_ms',
    );
    expect(comparison.difference).toMatchObject({ mean: 1.5, samples: 2 });
  });

  test('of one pair cannot say anything', () => {
    const [comparison] = compared([latencies(0, 'base', [10, 20]), latencies(1, 'other', [1])], 'latency_mean_ms');
    expect(comparison).toMatchObject({ verdict: 'inconclusive', ratio: 0.1 });
    expect(comparison.difference).toMatchObject({ mean: -9, halfWidth: null, samples: 1 });
  });

  test('of single runs pairs the parts of their windows', () => {
    const single = (cell: number, policy: string, parts: readonly (number | null)[]): CellResult =>
      cellOf(cell, policy, [
        replicationOf(0, { metrics: { latency_mean_ms: 5 }, windowParts: { latency_mean_ms: parts } }),
      ]);
    const of = (base: readonly (number | null)[]) =>
      compared([single(0, 'base', base), single(1, 'other', [12, 23, 34])], 'latency_mean_ms')[0];
    expect(of([10, 20, 30]).difference).toMatchObject({ mean: 3, samples: 3, method: 'jackknife' });
    expect(of([10, 20, 30]).verdict).toBe('worse');
    // The mean of the others would not be that of the run.
    expect(of([10, null, 30]).difference).toMatchObject({ mean: 0, halfWidth: null, method: 'replications' });
  });

  test('of single runs without parts is the difference of their values', () => {
    const single = (cell: number, policy: string, cost: number): CellResult =>
      cellOf(cell, policy, [replicationOf(0, { metrics: { cost_usd: cost } })]);
    const [comparison] = compared([single(0, 'base', 2), single(1, 'other', 3)], 'cost_usd');
    expect(comparison.difference).toMatchObject({ mean: 1, halfWidth: null, method: 'replications' });
    expect(comparison).toMatchObject({ verdict: 'inconclusive', ratio: 1.5 });
  });

  test('against a mean of 0 has no ratio', () => {
    expect(
      compared([latencies(0, 'base', [0, 0]), latencies(1, 'other', [1, 2])], 'latency_mean_ms')[0].ratio,
    ).toBeNull();
  });
});

test('several candidates share the confidence (Bonferroni)', () => {
  const cells = [
    latencies(0, 'base', [10, 50, 90]),
    latencies(1, 'one', [8, 47, 86]),
    latencies(2, 'two', [9, 48, 87]),
  ];
  const comparisons = compared(cells, 'latency_mean_ms');
  expect(comparisons.map(({ difference }) => difference.confidence)).toEqual([0.975, 0.975]);
  expect(comparisons[0].difference.halfWidth).toBeCloseTo(T_2_975 / Math.sqrt(3), 5);
  // Differences -2, -3, -4: certain alone, and not beside another candidate.
  expect(comparisons.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive']);
  expect(compared(cells.slice(0, 2), 'latency_mean_ms')[0].verdict).toBe('better');
});

describe('nothing is compared', () => {
  test('where the baseline has no cell, at that grid point alone', () => {
    const at = (cell: number, policy: string, rate: string): CellResult =>
      cellOf(cell, policy, replicationsOf('latency_mean_ms', [1, 2, 3]), { rate });
    const cells = [at(0, 'base', '1/s'), at(1, 'other', '1/s'), at(2, 'other', '2/s'), at(3, 'third', '2/s')];
    expect(compared(cells, 'latency_mean_ms').map(({ baseline, candidate }) => [baseline, candidate])).toEqual([
      [0, 1],
    ]);
    expect(comparisonsOf(cells, { baseline: 'nobody', metrics: ['latency_mean_ms'], confidence: 0.95 })).toEqual([]);
  });

  test('of a metric that is neither good nor bad', () => {
    const cells = [0, 1].map((cell) =>
      cellOf(cell, cell === 0 ? 'base' : 'other', replicationsOf('offered_rps', [1, 2])),
    );
    expect(compared(cells, 'offered_rps')).toEqual([]);
  });

  test.each([
    [
      [null, null],
      [1, 2],
    ],
    [
      [1, 2, 3],
      [5, null, 7],
    ],
    [
      [1, null, 3],
      [5, 6, 7],
    ],
  ])('where a replication has no value: %j with %j', (base, other) => {
    expect(compared([latencies(0, 'base', base), latencies(1, 'other', other)], 'latency_mean_ms')).toEqual([]);
  });

  test('with a cell that cannot be believed; the others share the confidence', () => {
    const invalid = (cell: CellResult): CellResult => ({ ...cell, verdict: { ...cell.verdict, valid: false } });
    const cells = ['base', 'one', 'two'].map((policy, at) => latencies(at, policy, [1 + at, 2 + at, 4 + at]));
    const [base, one, two] = cells;
    const [comparison, ...none] = compared([base, invalid(one), two], 'latency_mean_ms');
    expect(none).toEqual([]);
    expect(comparison).toMatchObject({ candidate: 2, difference: { confidence: 0.95 } });
    expect(compared([invalid(base), one, two], 'latency_mean_ms')).toEqual([]);
  });

  test('where there is one policy', () => {
    expect(compared([latencies(0, 'base', [1, 2])], 'latency_mean_ms')).toEqual([]);
  });
});

test('comparisons come by grid point, then metric, then policy', () => {
  const both = (cell: number, policy: string, rate: string): CellResult =>
    cellOf(
      cell,
      policy,
      [0, 1].map((at) => replicationOf(at, { metrics: { latency_mean_ms: cell + at, cost_usd: cell } })),
      { rate },
    );
  const cells = ['1/s', '2/s'].flatMap((rate, point) =>
    ['base', 'one', 'two'].map((policy, at) => both(point * 3 + at, policy, rate)),
  );
  const told = compared(cells, 'cost_usd', 'latency_mean_ms').map(
    ({ metric, baseline, candidate }) => `${metric} ${baseline} ${candidate}`,
  );
  expect(told).toEqual([
    'cost_usd 0 1',
    'cost_usd 0 2',
    'latency_mean_ms 0 1',
    'latency_mean_ms 0 2',
    'cost_usd 3 4',
    'cost_usd 3 5',
    'latency_mean_ms 3 4',
    'latency_mean_ms 3 5',
  ]);
});
