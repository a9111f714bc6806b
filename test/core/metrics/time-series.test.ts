/** The time series: bins that widen without losing anything, quantiles over ranges of bins. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GAUGES, SERIES_BINS, TimeSeries } from '../../../core/index.ts';
import type { Gauge } from '../../../core/index.ts';
import { stepOf } from '../../../core/metrics/log-scale.ts';

const CHECK = { seed: 20_260_310, numRuns: 30 };
const WIDTH = 100;

function sum(column: Float64Array): number {
  return column.reduce((total, value) => total + value, 0);
}

function gaugesOf(value: number): Record<Gauge, number> {
  return Object.fromEntries(GAUGES.map((gauge, index) => [gauge, value * (index + 1)])) as Record<Gauge, number>;
}

/** In halves, which floating point adds up exactly. */
const ACCURACY = 76.5;

interface Request {
  readonly atNs: number;
  readonly latencyNs: number;
  readonly kind: 'attained' | 'late' | 'lost';
}

/** Times reach far beyond the first 512 bins, in any order: bins double some ten times. */
const requests = fc.array(
  fc.record({
    atNs: fc.nat(50_000_000),
    latencyNs: fc.integer({ min: 1, max: 1_000_000 }),
    kind: fc.constantFrom('attained' as const, 'late' as const, 'lost' as const),
  }),
  { minLength: 1, maxLength: 100 },
);

function record(series: TimeSeries, { atNs, latencyNs, kind }: Request): void {
  series.countArrival(atNs);
  if (kind === 'lost') series.countLoss(atNs, atNs + latencyNs);
  else series.countAnswer(atNs, atNs + latencyNs, kind === 'attained', stepOf(latencyNs), ACCURACY);
}

describe('a time series', () => {
  test('keeps every count in the bin of its time, however often it widens', () => {
    fc.assert(
      fc.property(requests, (all) => {
        const series = new TimeSeries(WIDTH);
        for (const request of all) record(series, request);
        const binOf = (time: number): number => Math.floor(time / series.widthNs);
        const columns = [
          'arrived',
          'judged',
          'attained',
          'lost',
          'answered',
          'latencySumNs',
          'latencyCount',
          'accuracySum',
        ] as const;
        const expected = Object.fromEntries(columns.map((name) => [name, new Float64Array(SERIES_BINS)]));
        for (const { atNs, latencyNs, kind } of all) {
          const [bin, endBin] = [binOf(atNs), binOf(atNs + latencyNs)];
          expected['arrived'][bin] += 1;
          expected['judged'][bin] += 1;
          if (kind === 'attained') expected['attained'][bin] += 1;
          expected[kind === 'lost' ? 'lost' : 'answered'][endBin] += 1;
          if (kind === 'lost') continue;
          expected['latencySumNs'][bin] += latencyNs;
          expected['latencyCount'][bin] += 1;
          expected['accuracySum'][bin] += ACCURACY;
        }
        for (const name of columns) expect(series[name]).toEqual(expected[name]);
        expect(series.length).toBe(1 + Math.max(...all.map(({ atNs, latencyNs }) => binOf(atNs + latencyNs))));
      }),
      CHECK,
    );
  });

  test('keeps the sums of samples and gauges when it widens', () => {
    const series = new TimeSeries(WIDTH);
    for (let at = 0; at < 40; at += 1) series.sample(at * at * 1000, gaugesOf(at));
    expect(series.widthNs).toBeGreaterThan(WIDTH);
    expect(sum(series.samples)).toBe(40);
    for (const [index, gauge] of GAUGES.entries()) expect(sum(series.gauges[gauge])).toBe((index + 1) * 780);
  });

  test('uses all its bins before it widens, and half of them after', () => {
    const series = new TimeSeries(WIDTH);
    series.countArrival(SERIES_BINS * WIDTH - 1);
    expect([series.widthNs, series.length]).toEqual([WIDTH, SERIES_BINS]);
    series.countArrival(SERIES_BINS * WIDTH);
    expect([series.widthNs, series.length]).toEqual([2 * WIDTH, SERIES_BINS / 2 + 1]);
  });
});

describe('latency quantiles', () => {
  test('of a range of bins are those of its answers, to 0.8 %', () => {
    fc.assert(
      fc.property(requests, fc.constantFrom(0.5, 0.9, 0.99), (all, probability) => {
        const series = new TimeSeries(WIDTH);
        for (const request of all) record(series, request);
        const answered = all.filter(({ kind }) => kind !== 'lost');
        const first = 0;
        const last = Math.floor(series.length / 2);
        const inside = answered.filter(({ atNs }) => Math.floor(atNs / series.widthNs) <= last);
        fc.pre(inside.length > 0);
        const sorted = inside.map(({ latencyNs }) => latencyNs).sort((a, b) => a - b);
        const exact = sorted[Math.ceil(probability * sorted.length) - 1];
        expect(Math.abs(series.quantileNs(probability, first, last) - exact) / exact).toBeLessThanOrEqual(0.008);
      }),
      CHECK,
    );
  });

  test('of bins that answered nothing are no numbers', () => {
    const series = new TimeSeries(WIDTH);
    series.countLoss(10, 20);
    expect(series.quantileNs(0.5, 0)).toBeNaN();
  });
});
