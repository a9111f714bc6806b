// What an experiment expected: how many times better, with its interval, and whether that held. Known answers.
import { describe, expect, test } from 'vitest';
import type { CellResult, ComparisonExpectation, MetricName } from '../../../core/index.ts';
import { advantageOf } from '../../../experiments/compare/advantage.ts';
import { expectationsOf } from '../../../experiments/compare/expectations.ts';
import type { ComparisonExpectationConfig } from '../../../experiments/config/experiment-config.ts';
import { cellOf, replicationOf, replicationsOf } from './results.ts';

const T_2_95 = 4.302653;

const expected = (changes: Partial<ComparisonExpectationConfig> = {}): ComparisonExpectationConfig => ({
  kind: 'comparison',
  claim: 'H4',
  says: 'a is cheaper',
  metric: 'cost_usd',
  better: 'a',
  than: ['b'],
  thanAt: {},
  direction: 'lower',
  tolerance: null,
  paper: null,
  at: {},
  application: null,
  ...changes,
});

const cells = (a: readonly (number | null)[], b: readonly (number | null)[], metric: MetricName = 'cost_usd') => [
  cellOf(0, 'a', replicationsOf(metric, a)),
  cellOf(1, 'b', replicationsOf(metric, b)),
];

const all = (of: readonly CellResult[], expectation: ComparisonExpectationConfig): ComparisonExpectation[] =>
  expectationsOf(of, [expectation], 0.95).filter((each) => each.kind === 'comparison');

const only = (of: readonly CellResult[], expectation: ComparisonExpectationConfig): ComparisonExpectation => {
  const [first, ...others] = all(of, expectation);
  expect(others).toEqual([]);
  return first;
};

const pairs = (left: readonly number[], right: readonly number[]) => ({ left, right, method: 'replications' }) as const;

describe('an advantage', () => {
  test('is the geometric mean of the ratios, with the interval of their logarithms', () => {
    // Ratios 2, 4 and 8: logarithms log 4 plus -log 2, 0 and log 2, of standard deviation log 2.
    const ratio = advantageOf(pairs([2, 8, 24], [1, 2, 3]), 0.95);
    const half = (T_2_95 * Math.LN2) / Math.sqrt(3);
    expect(ratio?.method).toBe('geometric-mean');
    expect(ratio?.mean).toBeCloseTo(4, 12);
    expect(ratio?.low).toBeCloseTo(4 * Math.exp(-half), 5);
    expect(ratio?.high).toBeCloseTo(4 * Math.exp(half), 4);
  });

  test('of b over a is one over that of a over b, interval and all', () => {
    const [there, back] = [pairs([2, 8, 20], [1, 2, 3]), pairs([1, 2, 3], [2, 8, 20])].map((each) =>
      advantageOf(each, 0.9),
    );
    expect((there?.mean ?? 0) * (back?.mean ?? 0)).toBeCloseTo(1, 12);
    expect((there?.low ?? 0) * (back?.high ?? 0)).toBeCloseTo(1, 12);
  });

  test('is a ratio of means without an interval where some value is 0, and none where the divisor is 0 throughout', () => {
    expect(advantageOf(pairs([0, 6], [1, 2]), 0.95)).toEqual({
      mean: 2,
      low: null,
      high: null,
      method: 'ratio-of-means',
    });
    expect(advantageOf(pairs([1, 2], [0, 0]), 0.95)).toBeNull();
    expect(advantageOf(pairs([0, 0], [0, 0]), 0.95)).toBeNull();
  });

  test('of one pair has no interval', () => {
    expect(advantageOf(pairs([6], [2]), 0.95)).toMatchObject({ mean: expect.closeTo(3, 12) as number, low: null });
  });

  test('of the parts of single runs is that of the runs, even where a part is negative', () => {
    const ratio = advantageOf({ left: [10, 2, -3], right: [1, 2, 3], method: 'jackknife' }, 0.95);
    expect(ratio?.mean).toBeCloseTo(1.5, 12);
    expect(ratio?.low).toBeLessThan(1.5);
    expect(ratio?.high).toBeGreaterThan(1.5);
  });
});

describe('an expectation', () => {
  test('holds where the interval of the paired difference lies on its side', () => {
    // Differences -2, -3, -4; the values scatter by far more.
    const found = only(cells([8, 47, 86], [10, 50, 90]), expected({ paper: 2 }));
    expect(found).toMatchObject({ claim: 'H4', better: 'a', than: 'b', outcome: 'held', remark: '' });
    expect(found.difference).toMatchObject({ mean: -3, samples: 3, method: 'replications', confidence: 0.95 });
    expect(found.ratio?.mean).toBeCloseTo(Math.cbrt((10 / 8) * (50 / 47) * (90 / 86)), 12);
    expect(found).toMatchObject({ paperRatio: 2, withinFactor2: true });
  });

  test.each([
    ['lower', [8, 47, 86], 'held'],
    ['higher', [8, 47, 86], 'not held'],
    ['higher', [12, 53, 94], 'held'],
    ['lower', [12, 53, 94], 'not held'],
    ['lower', [12, 47, 91], 'undecided'],
    ['lower', [10, 50, 90], 'not held'],
    ['higher', [10, 50, 90], 'not held'],
  ] as const)('that it is %s, with %j beside [10, 50, 90], is %s', (direction, values, outcome) => {
    expect(only(cells(values, [10, 50, 90]), expected({ direction })).outcome).toBe(outcome);
  });

  test('that is no difference under any seed says so, and a single run of it decides nothing', () => {
    expect(only(cells([0, 0], [0, 0]), expected())).toMatchObject({
      outcome: 'not held',
      ratio: null,
      remark: 'no difference in any replication',
    });
    expect(only(cells([10], [10]), expected()).outcome).toBe('undecided');
  });

  test.each([
    ['higher', 2],
    ['lower', 0.5],
    ['equal', 0.5],
  ] as const)('%s divides so that an advantage is above 1', (direction, mean) => {
    const ofCost = expected({ direction, tolerance: direction === 'equal' ? 0.1 : null });
    expect(only(cells([2, 4, 6], [1, 2, 3]), ofCost).ratio?.mean).toBeCloseTo(mean, 12);
  });

  test('of equality divides as the metric improves', () => {
    const expectation = expected({ metric: 'goodput_rps', direction: 'equal', tolerance: 0.1 });
    expect(only(cells([2, 4], [1, 2], 'goodput_rps'), expectation).ratio?.mean).toBeCloseTo(2, 12);
  });

  test.each([
    [[100, 101, 99], [100, 100.5, 99.5], 'held'],
    [[100, 200, 50], [100, 100, 100], 'undecided'],
    [[120, 121, 122], [100, 101, 102], 'not held'],
    [[0, 0, 0], [0, 0, 0], 'held'],
    [[0, 0, 1], [0, 0, 0], 'undecided'],
  ] as const)('that %j equals %j within 5 % is %s', (a, b, outcome) => {
    expect(only(cells(a, b), expected({ direction: 'equal', tolerance: 0.05 })).outcome).toBe(outcome);
  });

  test.each([
    [[97, 98, 99], [97.5, 98.4, 99.5], 'held'],
    [[90, 91, 92], [97, 98, 99.1], 'not held'],
    [[90, 99, 92], [97, 95, 93], 'undecided'],
  ] as const)('of percentages counts its tolerance in points: %j equals %j is %s', (a, b, outcome) => {
    const equal = expected({ metric: 'attainment_percent', direction: 'equal', tolerance: 1 });
    expect(only(cells(a, b, 'attainment_percent'), equal).outcome).toBe(outcome);
  });

  test('is decided by the difference where a value is 0, and says that there is no interval of the ratio', () => {
    const violations = { metric: 'violations_percent' } as const;
    const some = only(cells([0, 1, 0.5], [10, 11, 12], 'violations_percent'), expected(violations));
    expect(some).toMatchObject({ outcome: 'held', ratio: { mean: 22, low: null, method: 'ratio-of-means' } });
    expect(some.remark).toBe('some value is 0: ratio of the means, without an interval');
    const none = only(cells([0, 0, 0], [10, 11, 12], 'violations_percent'), expected({ ...violations, paper: 1.6 }));
    expect(none).toMatchObject({
      outcome: 'held',
      ratio: null,
      withinFactor2: null,
      remark: 'a is 0 throughout: no ratio',
    });
  });

  test.each([
    [8.5, 4, false],
    [8, 4, true],
    [2, 4, true],
    [1.9, 4, false],
  ])('of %d times in the paper and %d times here is within a factor of 2: %s', (paper, ratio, within) => {
    expect(only(cells([1, 1], [ratio, ratio]), expected({ paper })).withinFactor2).toBe(within);
  });

  test('is judged at every grid point meant, against every policy set, in the order of the file', () => {
    const at = (cell: number, policy: string, rate: number): CellResult =>
      cellOf(cell, policy, replicationsOf('cost_usd', [cell + 1, cell + 2]), { rate });
    const grid = [4, 8].flatMap((rate, point) => ['a', 'b', 'c'].map((policy, i) => at(point * 3 + i, policy, rate)));
    const told = (changes: Partial<ComparisonExpectationConfig>): string[] =>
      all(grid, expected(changes)).map(({ than, parameters }) => `${parameters['rate']} ${than}`);
    expect(told({ than: ['c', 'b'] })).toEqual(['4 c', '4 b', '8 c', '8 b']);
    expect(told({ at: { rate: [8] } })).toEqual(['8 b']);
  });

  test('may compare a policy set with itself at another grid point, and never a cell with itself', () => {
    const at = (cell: number, rate: number): CellResult =>
      cellOf(cell, 'a', replicationsOf('cost_usd', [cell + 1, cell + 1]), { 'x.rate': rate });
    const found = all([at(0, 4), at(1, 8)], expected({ than: ['a'], thanAt: { 'x.rate': 8 } }));
    expect(found.map(({ than, parameters, ratio }) => [parameters['x.rate'], than, ratio?.mean])).toEqual([
      [4, 'a, rate 8', 2],
    ]);
  });

  test('of an application takes its values', () => {
    const of = (policy: string, cell: number, values: readonly number[]): CellResult =>
      cellOf(
        cell,
        policy,
        values.map((goodput_rps, at) => replicationOf(at, { byApplication: { shop: { goodput_rps } } })),
      );
    const shop = expected({ metric: 'goodput_rps', direction: 'higher', application: 'shop' });
    const found = only([of('a', 0, [4, 6]), of('b', 1, [2, 3])], shop);
    expect(found.ratio?.mean).toBeCloseTo(2, 12);
    expect(found.application).toBe('shop');
    const other = only([of('a', 0, [4, 6]), of('b', 1, [2, 3])], { ...shop, application: 'toString' });
    expect(other).toMatchObject({ outcome: 'undecided', ratio: null, remark: 'a run has no value' });
  });

  test('of single runs rests on their parts, or on nothing', () => {
    const single = (cell: number, policy: string, parts: readonly number[]): CellResult =>
      cellOf(cell, policy, [replicationOf(0, { metrics: { cost_usd: 2 + cell }, windowParts: { cost_usd: parts } })]);
    const parted = only([single(0, 'a', [1.9, 2, 2.1]), single(1, 'b', [3, 3.1, 2.9])], expected());
    expect(parted).toMatchObject({ outcome: 'held', difference: { method: 'jackknife', mean: -1 } });
    expect(parted.ratio?.mean).toBeCloseTo(1.5, 12);
    const bare = only([single(0, 'a', []), single(1, 'b', [])], expected());
    expect(bare).toMatchObject({
      outcome: 'undecided',
      remark: 'one run without parts to compare gives no interval: add replications',
    });
    expect(bare.ratio).toMatchObject({ mean: expect.closeTo(1.5, 12) as number, low: null });
  });

  test('rests on nothing that cannot be believed or was not finished', () => {
    const [a, b] = cells([8, 47, 86], [10, 50, 90]);
    const invalid = { ...b, verdict: { ...b.verdict, valid: false } };
    const nothing = { outcome: 'undecided', ratio: null, difference: { mean: null, samples: 0 }, withinFactor2: null };
    expect(only([a, invalid], expected({ paper: 2 }))).toMatchObject({ ...nothing, remark: 'b is invalid here' });
    expect(only([a], expected())).toMatchObject({ ...nothing, remark: 'nothing of b was finished here' });
    expect(only(cells([1, null], [2, 3]), expected())).toMatchObject({ ...nothing, remark: 'a run has no value' });
    expect(expectationsOf([b], [expected()], 0.95)).toEqual([]);
  });
});
