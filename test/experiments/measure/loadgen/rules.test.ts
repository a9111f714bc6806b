/** LoadGen's rules as numbers: its percentile, its early stopping, the verdict, and what it does not look at. */
import { describe, expect, test } from 'vitest';
import { NEVER, milliseconds, seconds } from '../../../../core/index.ts';
import { earlyStoppingOf } from '../../../../experiments/measure/loadgen/early-stopping.ts';
import { percentileIndex, spreadOf } from '../../../../experiments/measure/loadgen/percentiles.ts';
import { QueryLog } from '../../../../experiments/measure/loadgen/query-log.ts';
import type { EndedQuery } from '../../../../experiments/measure/loadgen/query-log.ts';
import { sampleOrder } from '../../../../experiments/measure/loadgen/sample-order.ts';
import { scoreOf } from '../../../../experiments/measure/loadgen/score.ts';
import type { AnswerAccuracy } from '../../../../experiments/measure/loadgen/score.ts';
import { defaultSettings } from '../../../../experiments/measure/loadgen/settings.ts';
import type { LoadSettings, Scenario } from '../../../../experiments/measure/loadgen/settings.ts';
import { issueDelayLimit, verdictOf } from '../../../../experiments/measure/loadgen/verdict.ts';
import type { Constraint, ConstraintName } from '../../../../experiments/measure/loadgen/verdict.ts';

function settingsOf(scenario: Scenario, parts: Partial<LoadSettings> = {}): LoadSettings {
  return { ...defaultSettings(scenario), minDurationNs: seconds(1), ...parts };
}

/** Queries every 10 ms that take 5 ms, but for what is given of each. */
function logOf(count: number, change: (at: number) => Partial<EndedQuery> = () => ({})): QueryLog {
  const log = new QueryLog();
  for (let at = 0; at < count; at += 1) {
    const scheduledNs = at * milliseconds(10);
    const times = { scheduledNs, issuedNs: scheduledNs, endNs: scheduledNs + milliseconds(5) };
    log.add({ ...times, samples: 1, status: 'answered', detail: '', ...change(at) });
  }
  return log;
}

interface JudgedParts {
  readonly accuracy?: AnswerAccuracy;
  readonly broken?: string;
}

function unmet(log: QueryLog, settings: LoadSettings, { accuracy, broken }: JudgedParts = {}): Constraint[] {
  const score = scoreOf(log, settings, accuracy ?? null);
  const { valid, constraints } = verdictOf({ score, log, settings, broken: broken ?? null });
  const failed = constraints.filter(({ met }) => !met);
  expect(valid).toBe(failed.length === 0);
  return failed;
}

function namesOf(constraints: readonly Constraint[]): ConstraintName[] {
  return constraints.map(({ name }) => name);
}

describe('the percentile', () => {
  test('is the sample at floor(n * p), from 0', () => {
    expect([1, 10, 64, 100, 101, 1000].map((count) => percentileIndex(count, 0.9))).toEqual([0, 9, 57, 90, 90, 900]);
    expect(percentileIndex(1000, 0.999)).toBe(999);
    expect(() => percentileIndex(0, 0.5)).toThrow('a percentile of nothing');
    expect(() => percentileIndex(5, 1)).toThrow('below 1; found 1');
  });

  test('is never where too many queries went without an answer, and the mean leaves them out', () => {
    const spread = spreadOf([...Array.from({ length: 95 }, () => 10), ...Array.from({ length: 5 }, () => NEVER)]);
    expect(spread.meanNs).toBe(10);
    expect(spread.percentiles.map(({ valueNs }) => valueNs)).toEqual([10, 10, NEVER, NEVER, NEVER, NEVER]);
  });
});

describe('early stopping', () => {
  const ascending = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

  // Largest t with n >= h_min(t) + t, for LoadGen's h_min: 63, 79 and 122 at p90 for 1, 2 and 5; 661 and 836 at p99.
  test.each([
    [63, 0.9, null],
    [64, 0.9, 63],
    [80, 0.9, 79],
    [81, 0.9, 79],
    [127, 0.9, 122],
    [661, 0.99, null],
    [662, 0.99, 661],
    [838, 0.99, 836],
    // From summaries that LoadGen wrote, which say how many of the highest latencies they discard: t - 1.
    [2048, 0.9, 2048 - 173],
    [2116, 0.9, 2116 - 179],
    [2145, 0.9, 2145 - 182],
    [7469, 0.9, 7469 - 686],
  ])('of %d queries in a stream estimates p%d by the sample at n - t', (count, percentile, expected) => {
    const settings = settingsOf('single-stream', { targetLatencyPercentile: percentile });
    const { estimates, satisfied } = earlyStoppingOf(ascending(count), settings);
    expect(estimates[0].latencyNs).toBe(expected);
    expect(satisfied).toBe(expected !== null);
  });

  // h_min(t) of p99: 459 for none over the limit, 661 for 1, 1302 for 5.
  test.each([
    [458, 0, false],
    [459, 0, true],
    [661, 1, false],
    [662, 1, true],
    [1306, 5, false],
    [1307, 5, true],
  ])('of Server passes %d queries with %d over the limit: %s', (count, over, satisfied) => {
    const settings = settingsOf('server', { targetLatencyNs: 100 });
    const sorted = [...Array.from({ length: count - over }, () => 100), ...Array.from({ length: over }, () => 101)];
    expect(earlyStoppingOf(sorted, settings)).toMatchObject({ satisfied, server: { overLatency: over } });
  });

  test('of SingleStream also estimates p99, for MultiStream', () => {
    const { estimates } = earlyStoppingOf(ascending(662), settingsOf('single-stream'));
    expect(estimates.map(({ percentile }) => percentile)).toEqual([0.9, 0.99]);
    expect(estimates[1].latencyNs).toBe(661);
    const [, none] = earlyStoppingOf(ascending(661), settingsOf('single-stream')).estimates;
    expect(none).toEqual({ percentile: 0.99, latencyNs: null, needed: 662 });
  });

  test('does not concern Offline', () => {
    expect(earlyStoppingOf([1], settingsOf('offline'))).toMatchObject({ satisfied: true, estimates: [], server: null });
  });
});

describe('the verdict', () => {
  const server = settingsOf('server', { targetQps: 100, targetLatencyNs: milliseconds(5) });

  test('is VALID when everything holds', () => {
    expect(unmet(logOf(459), server)).toEqual([]);
    expect(unmet(logOf(200), settingsOf('single-stream'))).toEqual([]);
  });

  test('of Server counts latency from the scheduled time, in the streams from the time of issue', () => {
    const late = logOf(700, (at) => ({ issuedNs: at * milliseconds(10) + milliseconds(1) }));
    const score = (scenario: Scenario): number | undefined => scoreOf(late, settingsOf(scenario), null).latency?.maxNs;
    expect([score('server'), score('single-stream')]).toEqual([milliseconds(5), milliseconds(4)]);
  });

  test('names each constraint that fails, with what was found and what to change', () => {
    const slow = logOf(50, () => ({ endNs: seconds(9) }));
    const failed = unmet(slow, server);
    expect(namesOf(failed)).toEqual(['performance', 'min-duration', 'min-queries', 'early-stopping']);
    expect(failed[0].found).toBe('p99 9000.000 ms, limit 5.000 ms');
    expect(failed[1].found).toBe('the last query was scheduled at 0.49 s of 1 s');
    expect(failed[2].found).toBe('50 of 100 queries');
    expect(failed[3].advice).toContain('lower target_qps');
  });

  test('of Server asks for a number of queries that makes up for those over the limit', () => {
    const one = logOf(600, (at) => (at === 7 ? { endNs: seconds(1) } : {}));
    expect(unmet(one, server)).toMatchObject([
      {
        name: 'early-stopping',
        found: '600 queries with 1 over the limit, 662 needed',
        advice: 'at least 62 queries more are needed: raise min_query_count to 662',
      },
    ]);
  });

  test('of Offline is about the time the samples took, and names the rate that fills it', () => {
    const log = logOf(100, (at) => ({ scheduledNs: 0, issuedNs: 0, endNs: at * milliseconds(5) }));
    const [constraint] = unmet(log, settingsOf('offline'));
    expect(constraint.found).toBe('the last sample was done at 0.49 s of 1 s');
    expect(constraint.advice).toContain('raise target_qps to what was reached, 202');
    expect(scoreOf(log, settingsOf('offline'), null).rates.offlineRps).toBeCloseTo(100 / 0.495);
  });

  test.each(['rejected', 'failed', 'wrong', 'missing'] as const)('takes no %s query for a completion', (status) => {
    const log = logOf(1000, (at) => (at % 200 === 7 ? { status, detail: 'the fault', endNs: 1 } : {}));
    const failed = unmet(log, { ...server, targetLatencyNs: seconds(1) });
    expect(failed[0]).toMatchObject({
      name: 'early-stopping',
      found: '1000 queries with 5 over the limit, 1307 needed',
    });
    expect(failed[1]).toMatchObject({
      name: 'errors',
      found: '5 of 1000 queries without a right answer: the fault 5',
    });
    expect(scoreOf(log, server, null).samples).toBe(995);
  });

  test('tolerates as many errors as it was told to, and not one more', () => {
    const log = logOf(2000, (at) => (at === 7 || at === 8 ? { status: 'failed', detail: 'HTTP 500' } : {}));
    expect(namesOf(unmet(log, { ...server, allowErrors: 0.001 }))).toEqual([]);
    expect(namesOf(unmet(log, { ...server, allowErrors: 0.0009 }))).toEqual(['errors']);
  });

  test('of a run that issued nothing is INVALID', () => {
    const failed = unmet(new QueryLog(), server, { broken: 'it was interrupted after 0.1 s' });
    expect(namesOf(failed)).toContain('errors');
    expect(failed.at(-1)).toMatchObject({ name: 'completeness', found: 'it was interrupted after 0.1 s' });
  });

  test('demands an accuracy only where it was told to', () => {
    const accuracy = { percent: 89.5, inputs: 200, source: 'labels' } as const;
    const demanding = { ...server, minAccuracyPercent: 90 };
    expect(unmet(logOf(700), server, { accuracy })).toEqual([]);
    expect(unmet(logOf(700), demanding, { accuracy })[0].found).toBe('89.50 %, 90 % asked');
    expect(unmet(logOf(700), demanding)[0].found).toBe('no answer has a label');
  });

  test('of a generator that fell behind is INVALID, however quick the answers', () => {
    const late = logOf(700, (at) => ({ issuedNs: at * milliseconds(10) + (at % 50 === 0 ? milliseconds(3) : 0) }));
    const [constraint] = unmet(late, { ...server, targetLatencyNs: milliseconds(20) });
    expect(constraint.name).toBe('punctuality');
    expect(constraint.found).toBe('1 % of the queries were issued 3.000 ms or more too late, limit 2.000 ms');
    expect(unmet(late, settingsOf('single-stream'))).toEqual([]);
  });

  test('allows a delay of a tenth of the latency limit, from 1 ms to 10 ms', () => {
    const limits = [1, 50, 5000].map((ms) => issueDelayLimit({ targetLatencyNs: milliseconds(ms) }));
    expect(limits).toEqual([1, 5, 10].map(milliseconds));
  });
});

describe('the samples that queries carry', () => {
  test('are the same for a seed whenever they are asked, and are all of them in the end', () => {
    const [first, second] = [sampleOrder('7', 20), sampleOrder('7', 20)];
    const forward = Array.from({ length: 500 }, (_, ordinal) => first(ordinal));
    const backward = Array.from({ length: 500 }, (_, at) => second(499 - at)).reverse();
    expect(backward).toEqual(forward);
    expect(new Set(forward).size).toBe(20);
    expect(Math.max(...forward)).toBe(19);
  });
});
