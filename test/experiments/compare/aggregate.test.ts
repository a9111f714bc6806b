// From replications to a cell: intervals against tabled values of Student's t, and one telling of what is wrong.
import { describe, expect, test } from 'vitest';
import { cellMetrics, cellVerdict } from '../../../experiments/compare/aggregate.ts';
import { METRICS } from '../../../core/index.ts';
import { replicationOf, replicationsOf } from './results.ts';

/** Two-sided 95 % points of Student's t by degrees of freedom, from tables. */
const T_2 = 4.302653;
const T_19 = 2.093024;

describe('the interval of a metric', () => {
  test('is that of Student’s t over replications', () => {
    const { latency_mean_ms: interval } = cellMetrics(replicationsOf('latency_mean_ms', [10, 12, 14]), 0.95);
    const halfWidth = (T_2 * 2) / Math.sqrt(3);
    expect(interval).toMatchObject({ mean: 12, samples: 3, method: 'replications', confidence: 0.95 });
    expect(interval.halfWidth).toBeCloseTo(halfWidth, 5);
    expect(interval.low).toBeCloseTo(12 - halfWidth, 5);
    expect(interval.high).toBeCloseTo(12 + halfWidth, 5);
  });

  test('of a single run comes from the parts of its window, around the run’s own mean', () => {
    // Standard deviation of ten times 9 and ten times 11: sqrt(20 / 19).
    const parts = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 9 : 11));
    const run = replicationOf(0, { metrics: { latency_mean_ms: 10.5 }, windowParts: { latency_mean_ms: parts } });
    const { latency_mean_ms: interval } = cellMetrics([run], 0.95);
    const halfWidth = (T_19 * Math.sqrt(20 / 19)) / Math.sqrt(20);
    expect(interval).toMatchObject({ mean: 10.5, samples: 20, method: 'jackknife' });
    expect(interval.halfWidth).toBeCloseTo(halfWidth, 5);
    expect(interval.low).toBeCloseTo(10.5 - halfWidth, 5);
  });

  test('of a single run counts only the parts that have a value', () => {
    const windowParts = { latency_mean_ms: [null, 9, null, 11, 10] };
    const { latency_mean_ms: interval } = cellMetrics(
      [replicationOf(0, { metrics: { latency_mean_ms: 10 }, windowParts })],
      0.95,
    );
    expect(interval).toMatchObject({ mean: 10, samples: 3, method: 'jackknife' });
    expect(interval.halfWidth).toBeCloseTo(T_2 / Math.sqrt(3), 5);
  });

  test.each([
    ['without parts', {}],
    ['with one part', { cost_usd: [3] }],
    ['with no part that has a value', { cost_usd: [null, null, null] }],
  ])('of a single run %s has no width', (_, windowParts) => {
    const { cost_usd: interval } = cellMetrics([replicationOf(0, { metrics: { cost_usd: 3 }, windowParts })], 0.95);
    expect(interval).toEqual({
      mean: 3,
      halfWidth: null,
      low: null,
      high: null,
      samples: 1,
      confidence: 0.95,
      method: 'replications',
    });
  });

  test.each([
    ['some', [10, null, 14], 2],
    ['every', [null, null, null], 3],
  ])('that %s replication lacks has no mean', (_, values, samples) => {
    const { latency_p99_ms: interval } = cellMetrics(replicationsOf('latency_p99_ms', values), 0.95);
    expect(interval).toMatchObject({ mean: null, halfWidth: null, low: null, high: null, samples });
  });

  test('is there for every metric, and narrower at a lower confidence', () => {
    const replications = replicationsOf('cost_usd', [1, 2, 4]);
    const wide = cellMetrics(replications, 0.99);
    const narrow = cellMetrics(replications, 0.8);
    expect(Object.keys(wide)).toEqual(METRICS.map(({ name }) => name));
    expect(narrow.cost_usd.halfWidth).toBeLessThan(wide.cost_usd.halfWidth ?? 0);
  });
});

describe('the verdict of a cell', () => {
  const problem = (code: string, message: string): object => ({ code, message, advice: 'do it' });
  const verdictOf = (...verdicts: readonly object[]): ReturnType<typeof cellVerdict> => {
    const replications = verdicts.map((verdict, at) => replicationOf(at, { verdict }));
    return cellVerdict(replications, cellMetrics(replications, 0.95), []);
  };

  test('is valid when all its replications are', () => {
    expect(verdictOf({}, {})).toEqual({ valid: true, problems: [], notes: [] });
  });

  test('names a problem once, with how many replications have it', () => {
    const { valid, problems } = verdictOf(
      { problems: [problem('RUN_STUCK', '3 are open')] },
      {},
      { problems: [problem('RUN_STUCK', '5 are open')] },
    );
    expect(valid).toBe(false);
    expect(problems).toEqual([problem('RUN_STUCK', '3 are open (in 2 of 3 replications)')]);
  });

  test('counts a replication once that has several findings of one kind, and tells each', () => {
    const findings = [problem('RUN_AUDIT_FAILED', 'first'), problem('RUN_AUDIT_FAILED', 'second')];
    const { problems } = verdictOf({ problems: findings }, {});
    expect(problems).toEqual([
      problem('RUN_AUDIT_FAILED', 'first (in 1 of 2 replications)'),
      problem('RUN_AUDIT_FAILED', 'second (in 1 of 2 replications)'),
    ]);
  });

  test('of a single replication has no counts', () => {
    expect(verdictOf({ problems: [problem('RUN_STUCK', 'open')], notes: ['a note'] })).toMatchObject({
      problems: [problem('RUN_STUCK', 'open')],
      notes: ['a note'],
    });
  });

  test('tells notes that differ in their numbers as one, with the range', () => {
    const note = (found: number): object => ({ notes: [`p99 needs at least 662, found ${found}`] });
    expect(verdictOf(note(112), note(95), note(101)).notes).toEqual(['p99 needs at least 662, found 95 to 112']);
  });

  test('keeps notes apart that differ in names, or that one replication has twice', () => {
    const notes = ['resnet20: above 8', 'resnet8: above 8', 'a took 1.5 ms', 'a took 2 ms'];
    expect(verdictOf({ notes }, { notes }).notes).toEqual(notes);
    expect(verdictOf({ notes }, {}).notes).toEqual(notes.map((note) => `${note} (in 1 of 2 replications)`));
  });

  test('says that a compared metric is known only roughly, in words that are the same for every cell', () => {
    const values = [1, 2, 3].map((value, at) =>
      replicationOf(at, { metrics: { latency_p99_ms: value, cost_usd: value, offered_rps: 5, energy_joules: null } }),
    );
    const metrics = cellMetrics(values, 0.95);
    const notes = (...primary: Parameters<typeof cellVerdict>[2]): readonly string[] =>
      cellVerdict(values, metrics, primary).notes;
    const rough = notes('latency_p99_ms');
    expect(rough).toEqual([expect.stringContaining('wider than 10 % of the mean: add replications')]);
    expect(notes('latency_p99_ms', 'offered_rps', 'cost_usd', 'energy_joules')).toEqual(rough);
    expect(notes('offered_rps', 'energy_joules')).toEqual([]);
  });
});
