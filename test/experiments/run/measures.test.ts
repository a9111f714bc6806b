// What a replication's result says in several ways must agree: metrics, parts of the window, the time series and the
// latency distribution are worked out again from the request rows.
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReplicationResult } from '../../../core/index.ts';
import { REQUEST_COLUMNS, seconds } from '../../../core/index.ts';
import { arrivingAtRandom, simulated } from '../../fixtures/echo.ts';
import type { EchoRun, RequestLine } from '../../fixtures/echo.ts';

const WARM_UP_S = 0.513;
const COOL_DOWN_S = 0.207;
const DURATION_S = 20;

let run: EchoRun;
let result: ReplicationResult;
let rows: readonly RequestLine[];
let measured: readonly RequestLine[];

beforeAll(async () => {
  run = await simulated({
    duration: `${DURATION_S} s`,
    warm_up: `${WARM_UP_S} s`,
    cool_down: `${COOL_DOWN_S} s`,
    workload: arrivingAtRandom('85/s', { latency: '40 ms' }),
    policies: [{ name: 'bounded', admission: { policy: 'queue-bound', max: 6 } }],
  });
  ({ result, rows } = run);
  measured = rows.filter((row) => isBetween(row, WARM_UP_S, DURATION_S - COOL_DOWN_S));
});

const isBetween = (row: RequestLine, fromS: number, untilS: number): boolean =>
  Number(row.scheduled_s) >= fromS && Number(row.scheduled_s) < untilS;
const isAnswered = ({ outcome }: RequestLine): boolean => outcome === 'served' || outcome === 'late';
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const latencies = (lines: readonly RequestLine[]): number[] =>
  lines.filter(isAnswered).map((row) => Number(row.latency_ms));

/** The smallest value with at least the share of the values at or below it. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
}

describe('request rows', () => {
  test('have the columns of the schema and one line for each request, answered or not', () => {
    expect(Object.keys(rows[0])).toEqual([...REQUEST_COLUMNS]);
    expect(rows.map((row) => Number(row.ordinal))).toEqual(rows.map((_, index) => index));
    expect(new Set(rows.map((row) => row.outcome))).toEqual(new Set(['served', 'late', 'rejected']));
  });

  test('add up to the outcomes and reasons', () => {
    for (const [outcome, count] of Object.entries(result.outcomes)) {
      expect(measured.filter((row) => row.outcome === outcome)).toHaveLength(count);
    }
    for (const [reason, count] of Object.entries(result.reasons)) {
      expect(measured.filter((row) => row.reason === reason)).toHaveLength(count);
    }
    expect(measured.every((row) => (row.outcome === 'served') === (row.reason === ''))).toBe(true);
  });

  test('split a latency into what it was spent on', () => {
    for (const row of rows.filter(isAnswered)) {
      const parts = [row.queue_ms, row.load_wait_ms, row.preprocess_ms, row.infer_ms, row.postprocess_ms].map(Number);
      expect(sum(parts)).toBeCloseTo(Number(row.latency_ms), 9);
    }
  });
});

describe('metrics', () => {
  test('are the means and rates of the rows', () => {
    const { metrics } = result;
    const windowS = DURATION_S - WARM_UP_S - COOL_DOWN_S;
    const answered = measured.filter(isAnswered);
    const served = measured.filter((row) => row.outcome === 'served');
    expect(metrics.latency_mean_ms).toBeCloseTo(mean(latencies(measured)), 9);
    expect(metrics.latency_max_ms).toBe(Math.max(...latencies(measured)));
    expect(metrics.queue_mean_ms).toBeCloseTo(mean(answered.map((row) => Number(row.queue_ms))), 9);
    expect(metrics.infer_mean_ms).toBeCloseTo(mean(answered.map((row) => Number(row.infer_ms))), 9);
    expect(metrics.attainment_percent).toBeCloseTo((served.length / measured.length) * 100, 9);
    expect(metrics.offered_rps).toBeCloseTo(measured.length / windowS, 9);
    expect(metrics.goodput_rps).toBeCloseTo(served.length / windowS, 9);
    expect(metrics.throughput_inputs_per_s).toBeCloseTo(answered.length / windowS, 9);
  });

  test.each([
    ['latency_p50_ms', 0.5],
    ['latency_p90_ms', 0.9],
    ['latency_p95_ms', 0.95],
    ['latency_p99_ms', 0.99],
    ['latency_p999_ms', 0.999],
  ] as const)('%s is the quantile of the rows', (name, share) => {
    const exact = quantile(latencies(measured), share);
    expect(Math.abs((result.metrics[name] ?? 0) / exact - 1)).toBeLessThan(5e-5);
  });
});

test('the latency distribution rises to all of the answers, through their quantiles', () => {
  const { latencyMs, share } = result.cdf;
  expect(latencyMs).toHaveLength(share.length);
  expect(share).toEqual([...share].sort((a, b) => a - b));
  expect(latencyMs).toEqual([...latencyMs].sort((a, b) => a - b));
  expect(share[0]).toBeGreaterThan(0);
  expect(share.at(-1)).toBe(1);
  expect(latencyMs.at(-1)).toBe(result.metrics.latency_max_ms);
  const exact = share.map((each) => quantile(latencies(measured), each));
  const worst = Math.max(...latencyMs.map((value, at) => Math.abs(value / exact[at] - 1)));
  expect(worst).toBeLessThan(5e-5);
});

describe('the parts of the window of a single run', () => {
  const PARTS = 20;

  /** The measured window in equal parts of whole bins. */
  const partsOf = (): { readonly lines: readonly RequestLine[]; readonly lengthS: number }[] => {
    const { binS } = result.series;
    const first = Math.ceil(WARM_UP_S / binS);
    const bins = Math.floor((Math.floor((DURATION_S - COOL_DOWN_S) / binS) - first) / PARTS);
    return Array.from({ length: PARTS }, (_, part) => {
      const startS = (first + part * bins) * binS;
      return { lines: rows.filter((row) => isBetween(row, startS, startS + bins * binS)), lengthS: bins * binS };
    });
  };

  /** What the run without a part, against the whole, says of the part; the mean is the run's own value. */
  function pseudoValues(estimate: (lines: readonly RequestLine[], lengthS: number) => number, own: number): number[] {
    const parts = partsOf();
    const without = parts.map((part) => {
      const others = parts.filter((other) => other !== part);
      return estimate(
        others.flatMap(({ lines }) => lines),
        sum(others.map(({ lengthS }) => lengthS)),
      );
    });
    const whole = estimate(
      parts.flatMap(({ lines }) => lines),
      sum(parts.map(({ lengthS }) => lengthS)),
    );
    const values = without.map((value) => PARTS * whole - (PARTS - 1) * value);
    return values.map((value) => value - mean(values) + own);
  }

  const served = (lines: readonly RequestLine[]): number => lines.filter((row) => row.outcome === 'served').length;

  test.each([
    ['offered_rps', (lines: readonly RequestLine[], lengthS: number): number => lines.length / lengthS],
    ['goodput_rps', (lines: readonly RequestLine[], lengthS: number): number => served(lines) / lengthS],
    ['attainment_percent', (lines: readonly RequestLine[]): number => (served(lines) / lines.length) * 100],
    ['latency_mean_ms', (lines: readonly RequestLine[]): number => mean(latencies(lines))],
  ] as const)('give the jackknife values of %s', (name, estimate) => {
    const values = result.windowParts[name] ?? [];
    const expected = pseudoValues(estimate, result.metrics[name] ?? Number.NaN);
    expect(values).toHaveLength(PARTS);
    const worst = Math.max(...values.map((value, at) => Math.abs((value ?? Number.NaN) - expected[at])));
    expect(worst).toBeLessThan(1e-6);
    expect(mean(expected)).toBeCloseTo(result.metrics[name] ?? Number.NaN, 9);
  });

  test('are left out, with a note, when there are fewer bins than parts', async () => {
    // 15 bins of a millisecond.
    const short = await simulated({ duration: '15 ms', workload: arrivingAtRandom('400/s') });
    expect(short.result.windowParts).toEqual({});
    expect(short.result.verdict.notes).toContain('the run is too short to be cut into parts: no intervals');
  });

  test('are not needed where there are several replications', async () => {
    const { result: first } = await simulated({ replications: 2, workload: arrivingAtRandom('85/s') });
    expect(first.windowParts).toEqual({});
    expect(first.verdict.notes.some((note) => note.includes('parts'))).toBe(false);
  });
});

describe('the time series', () => {
  test('adds up to all requests of the run, warm-up and all', () => {
    const { binS, startS, offeredRps, answeredRps, lostRps } = result.series;
    expect(sum(offeredRps) * binS).toBeCloseTo(rows.length, 6);
    expect(sum(answeredRps) * binS).toBeCloseTo(rows.filter(isAnswered).length, 6);
    expect(sum(lostRps) * binS).toBeCloseTo(rows.filter((row) => !isAnswered(row)).length, 6);
    expect(startS.map((value) => Math.round(value / binS))).toEqual(startS.map((_, bin) => bin));
    expect(
      new Set(Object.values(result.series).flatMap((column) => (Array.isArray(column) ? [column.length] : []))),
    ).toEqual(new Set([startS.length]));
  });

  test('counts arrivals when they were scheduled and answers when they were given', () => {
    const { binS, offeredRps, answeredRps } = result.series;
    const binned = (timesS: readonly number[]): number[] => {
      const counts = offeredRps.map(() => 0);
      for (const timeS of timesS) counts[Math.floor(seconds(timeS) / seconds(binS))] += 1;
      return counts;
    };
    const offered = binned(rows.map((row) => Number(row.scheduled_s)));
    const answered = binned(
      rows.filter(isAnswered).map((row) => Number(row.scheduled_s) + Number(row.latency_ms) / 1e3),
    );
    expect(offeredRps.map((rate) => Math.round(rate * binS))).toEqual(offered);
    expect(answeredRps.map((rate) => Math.round(rate * binS))).toEqual(answered);
  });

  test('gives the attainment of the requests scheduled in a bin, and none where none were', () => {
    const { binS, attainmentPercent } = result.series;
    const expected = attainmentPercent.map((_, bin) => {
      const lines = rows.filter((row) => Math.floor(seconds(Number(row.scheduled_s)) / seconds(binS)) === bin);
      const served = lines.filter((row) => row.outcome === 'served').length;
      return lines.length === 0 ? null : (served * 100) / lines.length;
    });
    expect(expected).toContain(null);
    expect(attainmentPercent).toEqual(expected);
  });

  test('shows the one worker and the one machine all along', () => {
    const { workersReady, machinesUp, workersLoading } = result.series;
    const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
    expect(new Set(known(machinesUp))).toEqual(new Set([1]));
    expect(new Set(known(workersReady))).toEqual(new Set([1]));
    expect(new Set(known(workersLoading))).toEqual(new Set([0]));
  });
});
