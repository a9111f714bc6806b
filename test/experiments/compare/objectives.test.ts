// Objectives judged over replications: at the limit and on both sides of it, and what cannot be decided.
import { describe, expect, test } from 'vitest';
import type { Metrics, ObjectiveResult, ReplicationResult } from '../../../core/index.ts';
import { isAcceptable, objectivesOf } from '../../../experiments/compare/objectives.ts';
import type { ObjectiveConfig } from '../../../experiments/config/experiment-config.ts';
import { replicationOf } from './results.ts';

const VARIANTS = [
  { name: 'small', accuracyPercent: 70 },
  { name: 'large', accuracyPercent: 80 },
];
const VALID = { valid: true, problems: [], notes: [] };

function judged(
  replications: readonly ReplicationResult[],
  objective: Partial<ObjectiveConfig>,
  verdict = VALID,
): ObjectiveResult {
  const whole: ObjectiveConfig = {
    name: 'budget',
    application: null,
    measure: { kind: 'metric', metric: 'cost_usd' },
    bound: 'at most',
    limit: 10,
    ...objective,
  };
  const point = { objectives: [whole], scenario: { variants: VARIANTS } };
  return objectivesOf({ replications, verdict }, point, 0.95)[0];
}

const costing = (...values: readonly (number | null)[]): ReplicationResult[] => withMetric('cost_usd', values);

function withMetric(metric: keyof Metrics, values: readonly (number | null)[]): ReplicationResult[] {
  return values.map((value, index) => replicationOf(index, { metrics: { [metric]: value } }));
}

/** Differences of decimal fractions carry digits of their own. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(9));
}

describe('a limit from above', () => {
  test.each([
    ['met', 'below it', [9.5, 9.6, 9.4], 0, null],
    ['met', 'at it', [10, 10, 10], 0, null],
    ['missed', 'above it', [10.5, 10.4, 10.6], 3, 0.6],
    ['undecided', 'with the limit in the interval', [9.9, 10, 10.2], 1, 0.2],
  ] as const)('is %s by values %s', (outcome, _, values, violations, worst) => {
    const found = judged(costing(...values), {});
    expect(found).toMatchObject({ outcome, violations, measure: 'cost', unit: 'USD', limit: 10, remark: '' });
    expect(rounded(found.worstBy)).toBe(worst);
  });

  test('is met where the interval ends at the limit, and undecided where it begins there', () => {
    const { value } = judged(costing(1, 2, 3), {});
    expect(judged(costing(1, 2, 3), { limit: value.high ?? 0 }).outcome).toBe('met');
    expect(judged(costing(1, 2, 3), { limit: value.low ?? 0 }).outcome).toBe('undecided');
  });
});

describe('a limit from below', () => {
  const attained = (...values: readonly number[]) => withMetric('attainment_percent', values);
  const objective = {
    name: 'attainment',
    measure: { kind: 'metric', metric: 'attainment_percent' },
    bound: 'at least',
    limit: 99,
  } as const;
  test.each([
    ['met', [99.5, 99.4, 99.6], 0, null],
    ['met', [99, 99, 99], 0, null],
    ['missed', [98.5, 98.4, 98.6], 3, 0.6],
    ['undecided', [98.9, 99, 99.2], 1, 0.1],
  ] as const)('is %s by %j', (outcome, values, violations, worst) => {
    const found = judged(attained(...values), objective);
    expect(found).toMatchObject({ outcome, violations });
    expect(rounded(found.worstBy)).toBe(worst);
  });
});

describe('nothing is decided', () => {
  test('by a single run without parts, though its own value misses', () => {
    const found = judged(costing(11), {});
    expect(found).toMatchObject({
      outcome: 'undecided',
      violations: 1,
      remark: 'one run without parts gives no interval: add replications',
    });
  });

  test('by runs of which one has no value, or that cannot be believed', () => {
    expect(judged(costing(1, null, 1), {})).toMatchObject({ outcome: 'undecided', remark: 'a run has no value' });
    const invalid = judged(costing(1, 1, 1), {}, { ...VALID, valid: false });
    expect(invalid).toMatchObject({ outcome: 'undecided', remark: 'the runs are invalid' });
  });

  test('but a single run with parts has an interval', () => {
    const run = replicationOf(0, {
      metrics: { latency_p99_ms: 50 },
      windowParts: { latency_p99_ms: [49, 50, 51] },
    });
    const measure = { kind: 'metric', metric: 'latency_p99_ms' } as const;
    expect(judged([run], { name: 'p99_latency', measure, limit: 100 }).outcome).toBe('met');
    expect(judged([run], { name: 'p99_latency', measure, limit: 50 }).outcome).toBe('undecided');
  });
});

test('a budget by the hour divides by the length of each run', () => {
  const runs = costing(1, 1.5).map((run, index) => ({ ...run, durationS: 1800 * (1 + index / 2) }));
  const found = judged(runs, { measure: { kind: 'per-hour', metric: 'cost_usd' }, limit: 2 });
  expect(found).toMatchObject({ outcome: 'met', measure: 'cost, per hour', unit: 'USD/h', value: { mean: 2 } });
});

describe('an accuracy floor', () => {
  const answered = (small: number, large: number, application = 'a'): ReplicationResult => ({
    ...replicationOf(0),
    servedBy: [
      { application, variant: 'small', requests: small },
      { application: 'b', variant: 'large', requests: large },
    ],
  });
  const floor = (accuracyPercent: number) =>
    ({ name: 'accuracy_floor', measure: { kind: 'answers-below', accuracyPercent }, limit: 0 }) as const;

  test('is met by variants at it, and missed by a single answer below it in any run', () => {
    expect(judged([answered(10, 0), answered(10, 5)], floor(70)).outcome).toBe('met');
    const found = judged([answered(0, 10), answered(1, 3)], floor(70.1));
    expect(found).toMatchObject({ outcome: 'missed', violations: 1, worstBy: 25, unit: '%' });
    expect(found.measure).toBe('answers below 70.1 %');
  });

  test('needs no interval: an answer is an answer', () => {
    expect(judged([answered(1, 3)], floor(75)).outcome).toBe('missed');
    expect(judged([answered(0, 3)], floor(75)).outcome).toBe('met');
    expect(judged([answered(0, 0)], floor(75))).toMatchObject({ outcome: 'undecided', remark: 'a run has no value' });
  });

  test('of an application counts its answers only', () => {
    expect(judged([answered(1, 3)], { ...floor(75), application: 'b' }).outcome).toBe('met');
    expect(judged([answered(1, 3)], { ...floor(75), application: 'a' })).toMatchObject({
      outcome: 'missed',
      worstBy: 100,
    });
  });
});

test('a battery of a machine type is that of its hungriest machine, and 0 where there is none', () => {
  const runs = [4, 5, 6].map((joules, index) => ({
    ...replicationOf(index),
    batteryJoules: { edge: joules, big: 99 },
  }));
  const battery = (machine: string, limit: number) =>
    judged(runs, { name: 'battery', measure: { kind: 'battery', machine }, limit });
  expect(battery('edge', 8)).toMatchObject({ outcome: 'met', measure: 'hungriest edge', unit: 'J' });
  expect(battery('edge', 5)).toMatchObject({ outcome: 'undecided', violations: 1, worstBy: 1 });
  expect(battery('big', 8)).toMatchObject({ outcome: 'missed', value: { mean: 99 } });
  expect(battery('none', 8)).toMatchObject({ outcome: 'met', value: { mean: 0 } });
});

test('an objective of an application is judged by its own metrics', () => {
  const runs = [1, 2].map((_, index) =>
    replicationOf(index, { byApplication: { news: { goodput_rps: 5 }, shop: { goodput_rps: 50 } } }),
  );
  const throughput = (application: string) =>
    judged(runs, {
      name: 'throughput',
      application,
      measure: { kind: 'metric', metric: 'goodput_rps' },
      bound: 'at least',
      limit: 20,
    });
  expect(throughput('shop').outcome).toBe('met');
  expect(throughput('news').outcome).toBe('missed');
  expect(throughput('nobody')).toMatchObject({ outcome: 'undecided', remark: 'a run has no value' });
});

describe('a cell', () => {
  const [met, missed, undecided] = [costing(1, 1), costing(20, 20), costing(9, 11)].map((runs) => judged(runs, {}));
  test.each([
    ['acceptable when all are met', [met, met], true],
    ['not when one is missed, whatever is undecided', [met, undecided, missed], false],
    ['unknown while one is undecided', [met, undecided], null],
    ['unknown without objectives', [], null],
  ])('is %s', (_, objectives, acceptable) => {
    expect(isAcceptable(objectives)).toBe(acceptable);
  });
});

describe('a latency of the answered requests', () => {
  const P99 = { name: 'p99_latency', measure: { kind: 'metric', metric: 'latency_p99_ms' } } as const;
  const base: ObjectiveConfig = { ...P99, application: null, bound: 'at most', limit: 10 };
  const attainment = {
    ...base,
    name: 'attainment',
    measure: { kind: 'metric', metric: 'attainment_percent' },
  } as const;
  const run = (served: number, rejected: number): ReplicationResult =>
    replicationOf(0, {
      metrics: { latency_p99_ms: 5, offered_rps: 100 },
      byApplication: { shop: { offered_rps: 40, latency_p99_ms: 5 } },
      outcomes: { served, rejected },
      servedBy: [{ application: 'shop', variant: 'small', requests: 20 }],
    });
  const remark = (replication: ReplicationResult, objectives: readonly ObjectiveConfig[] = [base]): string =>
    objectivesOf(
      { replications: [replication, replication], verdict: VALID },
      { objectives, scenario: { variants: VARIANTS } },
      0.95,
    )[0].remark;

  test('says so where less than nine in ten were answered', () => {
    expect(remark(run(90, 10))).toBe('');
    expect(remark(run(89, 11))).toBe('only 89.0 % of the requests were answered: set an attainment beside the latency');
  });

  test('is of an application by what that offered', () => {
    // 40 of 100 requests came from the shop, and 20 of them were answered.
    expect(remark(run(95, 5), [{ ...base, application: 'shop' }])).toMatch(/only 50\.0 %/);
  });

  test('says nothing beside an attainment of the same requests', () => {
    expect(remark(run(50, 50), [base, attainment])).toBe('');
    expect(remark(run(50, 50), [{ ...base, application: 'shop' }, attainment])).toBe('');
    expect(remark(run(50, 50), [base, { ...attainment, application: 'shop' }])).not.toBe('');
  });
});
