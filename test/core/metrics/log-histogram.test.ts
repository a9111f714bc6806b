/** Quantiles of the histogram against those of the sorted values. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogHistogram, Stream } from '../../../core/index.ts';

const CHECK = { seed: 20_260_309, numRuns: 60 };
/** What results promise. */
const ERROR = 5e-5;
const PROBABILITIES = [0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

function filled(values: readonly number[]): LogHistogram {
  const histogram = new LogHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

/** The smallest value with at least the share `probability` at or below it. */
function exactQuantile(values: readonly number[], probability: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(probability * sorted.length)) - 1];
}

describe('quantiles', () => {
  test('are those of the values, to 5e-5', () => {
    const sample = fc.array(fc.integer({ min: 1, max: 1_000_000_000_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(sample, fc.constantFrom(...PROBABILITIES), (values, probability) => {
        const exact = exactQuantile(values, probability);
        expect(Math.abs(filled(values).quantileNs(probability) - exact) / exact).toBeLessThanOrEqual(ERROR);
      }),
      CHECK,
    );
  });

  test('are right for a hundred thousand latencies of every usual shape', () => {
    const stream = new Stream('latencies');
    const shapes = [
      () => Math.round(stream.exponential(20e6)) + 1,
      () => Math.round(stream.lognormal(16, 1)) + 1,
      () => 1 + stream.int(4),
      () => 12_500_000,
    ];
    for (const shape of shapes) {
      const values = Array.from({ length: 100_000 }, shape);
      const histogram = filled(values);
      for (const probability of PROBABILITIES) {
        const exact = exactQuantile(values, probability);
        expect(Math.abs(histogram.quantileNs(probability) - exact) / exact).toBeLessThanOrEqual(ERROR);
      }
    }
  });

  test('read together are those read one by one', () => {
    const stream = new Stream('together');
    const histogram = filled(Array.from({ length: 10_000 }, () => Math.round(stream.exponential(1e7))));
    expect(histogram.quantilesNs(PROBABILITIES)).toEqual(PROBABILITIES.map((each) => histogram.quantileNs(each)));
  });

  test('never leave the range of the values', () => {
    const histogram = filled([1_000_001, 1_000_002, 1_000_003]);
    expect(histogram.quantileNs(0.3)).toBeGreaterThanOrEqual(1_000_001);
    expect(histogram.quantileNs(1)).toBe(1_000_003);
  });
});

describe('sums', () => {
  test('count, mean, minimum and maximum are exact', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000_000), { minLength: 1 }), (values) => {
        const histogram = filled(values);
        expect(histogram.count).toBe(values.length);
        expect(histogram.sumNs).toBe(values.reduce((sum, value) => sum + value, 0));
        expect(histogram.meanNs).toBe(histogram.sumNs / values.length);
        expect([histogram.minimumNs, histogram.maximumNs]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
      CHECK,
    );
  });

  test('an empty histogram has no mean and no quantile', () => {
    const empty = new LogHistogram();
    expect([empty.meanNs, empty.quantileNs(0.5)]).toEqual([Number.NaN, Number.NaN]);
  });
});
