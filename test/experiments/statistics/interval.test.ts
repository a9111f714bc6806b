/** Intervals of replications: known answers, the single value, and what must always hold. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { intervalOf, relativeHalfWidth } from '../../../experiments/statistics/interval.ts';

const CHECK = { seed: 20_261_120, numRuns: 200 };
const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 2, maxLength: 40 });

describe('an interval of replications', () => {
  test('is mean plus and minus t times the standard error', () => {
    // s = sqrt(2.5), t(0.95, 4) = 2.776445, half-width = 2.776445 * sqrt(0.5).
    const interval = intervalOf([1, 2, 3, 4, 5], 0.95);
    expect(interval.mean).toBe(3);
    expect(interval.halfWidth).toBeCloseTo(1.963243, 5);
    expect(interval.low).toBeCloseTo(1.036757, 5);
    expect(interval.high).toBeCloseTo(4.963243, 5);
    expect(interval).toMatchObject({ confidence: 0.95, samples: 5, method: 'replications' });
  });

  test('of one value has a mean and no width', () => {
    expect(intervalOf([7])).toEqual({
      mean: 7,
      halfWidth: null,
      low: null,
      high: null,
      confidence: 0.95,
      samples: 1,
      method: 'replications',
    });
  });

  test('contains its mean and never holds NaN', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const { mean, halfWidth, low, high } = intervalOf(sample);
        expect([mean, halfWidth, low, high]).not.toContain(Number.NaN);
        expect(low).toBeLessThanOrEqual(mean);
        expect(high).toBeGreaterThanOrEqual(mean);
      }),
      CHECK,
    );
  });

  test('widens with the confidence', () => {
    fc.assert(
      fc.property(values, (sample) => {
        expect(intervalOf(sample, 0.99).halfWidth).toBeGreaterThanOrEqual(intervalOf(sample, 0.9).halfWidth ?? 0);
      }),
      CHECK,
    );
  });

  test('scales with its values', () => {
    const plain = intervalOf([2, 3, 7]);
    expect(intervalOf([20, 30, 70]).halfWidth).toBeCloseTo(10 * (plain.halfWidth ?? 0), 9);
  });

  test('refuses no values, values that are not finite and a confidence of 95', () => {
    expect(() => intervalOf([])).toThrow('at least one value');
    expect(() => intervalOf([1, Number.NaN])).toThrow('finite values');
    expect(() => intervalOf([1, 2], 95)).toThrow('confidence must be inside 0-1, found 95');
  });
});

describe('the relative half-width', () => {
  test('is relative to the magnitude of the mean', () => {
    const interval = intervalOf([-9, -11]);
    expect(relativeHalfWidth(interval)).toBeCloseTo((interval.halfWidth ?? 0) / 10, 12);
  });

  test('is 0 for values that do not vary, even around 0', () => {
    expect(relativeHalfWidth(intervalOf([0, 0, 0]))).toBe(0);
    expect(relativeHalfWidth(intervalOf([4, 4]))).toBe(0);
  });

  test('does not exist for one value or around a mean of 0', () => {
    expect(relativeHalfWidth(intervalOf([5]))).toBeNull();
    expect(relativeHalfWidth(intervalOf([-1, 1]))).toBeNull();
  });
});
