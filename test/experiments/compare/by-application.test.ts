// Applications one by one: their intervals, and their comparisons at a confidence that holds for all of them.
import { describe, expect, test } from 'vitest';
import type { CellResult } from '../../../core/index.ts';
import { applicationMetrics, applicationsOf } from '../../../experiments/compare/aggregate.ts';
import { comparisonsOf } from '../../../experiments/compare/comparisons.ts';
import { cellOf, replicationOf } from './results.ts';

const goodput = (cell: number, policy: string, runs: readonly Readonly<Record<string, number>>[]): CellResult =>
  cellOf(
    cell,
    policy,
    runs.map((values, at) =>
      replicationOf(at, {
        metrics: { goodput_rps: 1 + at },
        byApplication: Object.fromEntries(
          Object.entries(values).map(([application, goodput_rps]) => [application, { goodput_rps }]),
        ),
      }),
    ),
  );

describe('applications', () => {
  test.each([
    [1, 0],
    [2, 2],
    [64, 64],
    [65, 0],
  ])('%d of them are told as %d', (count, told) => {
    const runs = [Object.fromEntries(Array.from({ length: count }, (_, at) => [`app-${at}`, 1]))];
    expect(applicationsOf([goodput(0, 'a', runs).replications])).toHaveLength(told);
  });

  test('have the mean and interval of each of their metrics, and none where a run has none of their requests', () => {
    const { replications } = goodput(0, 'a', [{ shop: 1, search: 5 }, { shop: 3 }]);
    const { shop, search } = applicationMetrics(replications, ['shop', 'search'], 0.95);
    expect(shop.goodput_rps).toMatchObject({ mean: 2, samples: 2 });
    expect(shop.goodput_rps?.halfWidth).toBeCloseTo(12.7062, 3);
    expect(search.goodput_rps).toMatchObject({ mean: null, halfWidth: null });
    expect(Object.keys(shop)).not.toContain('cost_usd');
  });
});

describe('comparisons of applications', () => {
  const plan = {
    baseline: 'base',
    metrics: ['goodput_rps'],
    applications: ['search', 'shop'],
    confidence: 0.9,
  } as const;
  const cells = [
    goodput(0, 'base', [
      { shop: 1, search: 5 },
      { shop: 3, search: 7 },
    ]),
    goodput(1, 'one', [
      { shop: 2, search: 4 },
      { shop: 4.1, search: 6 },
    ]),
    goodput(2, 'two', [
      { shop: 2, search: 4 },
      { shop: 4.1, search: 6 },
    ]),
  ];

  test('come after those of all requests, and pair each application with itself', () => {
    const told = comparisonsOf(cells, plan).map(
      ({ metric, application, candidate, difference }) => `${metric} ${application} ${candidate} ${difference.mean}`,
    );
    expect(told).toEqual([
      'goodput_rps null 1 0',
      'goodput_rps null 2 0',
      'goodput_rps search 1 -1',
      'goodput_rps search 2 -1',
      expect.stringMatching(/^goodput_rps shop 1 1\.0/),
      expect.stringMatching(/^goodput_rps shop 2 1\.0/),
    ]);
  });

  test('share the confidence among policies and applications; those of all requests do not', () => {
    const confidences = comparisonsOf(cells, plan).map(({ difference }) => difference.confidence);
    expect(confidences.slice(0, 2)).toEqual([0.95, 0.95]);
    for (const confidence of confidences.slice(2)) expect(confidence).toBeCloseTo(1 - 0.1 / (2 * 2), 12);
  });

  test('are made of what exists for an application, whatever else is compared', () => {
    const others = comparisonsOf(cells, { ...plan, metrics: ['cost_usd'] });
    expect(new Set(others.map(({ metric, application }) => `${metric} ${application}`))).toEqual(
      new Set(['goodput_rps search', 'goodput_rps shop']),
    );
  });
});
