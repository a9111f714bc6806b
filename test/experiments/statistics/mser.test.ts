/** MSER-5: known warm-ups are found, unsettled runs are refused, and the cut is the definition's minimum. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mser5 } from '../../../experiments/statistics/index.ts';
import { mm1Waits, normals } from './seeded.ts';

describe('MSER-5', () => {
  test('cuts a start that differs from the rest, and little more', () => {
    const normal = normals(3);
    const values = Float64Array.from({ length: 2_000 }, (_, index) => (index < 100 ? 50 : 10) + normal());
    const result = mser5(values);
    expect(result.status).toBe('cut');
    expect(result.observations).toBeGreaterThanOrEqual(100);
    expect(result.observations).toBeLessThanOrEqual(150);
  });

  test('cuts a decaying transient', () => {
    const normal = normals(5);
    const values = Array.from({ length: 3_000 }, (_, index) => 10 + 20 * Math.exp(-index / 100) + normal());
    const result = mser5(values);
    expect(result.status).toBe('cut');
    expect(result.observations).toBeGreaterThan(150);
    expect(result.observations).toBeLessThan(1_000);
  });

  test('cuts nothing from a run that is the same throughout', () => {
    expect(mser5(new Float64Array(200).fill(4))).toEqual({ status: 'cut', observations: 0, statistic: 0 });
  });

  test('never cuts more than half: a run that keeps rising or shifts late has not settled', () => {
    const rising = Array.from({ length: 400 }, (_, index) => index);
    expect(mser5(rising)).toEqual({ status: 'refused', reason: 'not-settled', observations: 400, needed: 800 });
    const shifted = Array.from({ length: 400 }, (_, index) => (index < 300 ? 0 : 10));
    expect(mser5(shifted)).toMatchObject({ status: 'refused', reason: 'not-settled' });
  });

  test('is not misled by a run that ends in a stretch of equal values', () => {
    const lowLoad = Array.from({ length: 2_000 }, (_, index) => (index % 97 === 50 && index < 1_950 ? 9 : 5));
    expect(mser5(lowLoad)).toMatchObject({ status: 'cut', observations: 0 });
    const coldStart = Array.from({ length: 2_000 }, (_, index) => (index < 40 ? 900 - index : 5));
    expect(mser5(coldStart)).toEqual({ status: 'cut', observations: 40, statistic: 0 });
  });

  test('cuts at most half of a queue that starts empty', () => {
    const result = mser5(mm1Waits({ seed: 11, length: 20_000, arrivalRate: 0.8 }));
    expect(result.status).toBe('cut');
    expect(result.observations).toBeLessThanOrEqual(10_000);
  });

  test('says how many observations it needs', () => {
    expect(mser5([1, 2, 3])).toEqual({
      status: 'refused',
      reason: 'too-few-observations',
      observations: 3,
      needed: 50,
    });
    expect(mser5(new Float64Array(50)).status).toBe('cut');
  });

  test('finds the minimum of the definition', () => {
    const series = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 50, maxLength: 200 });
    fc.assert(
      fc.property(series, (values) => {
        const { cut, statistic } = byDefinition(values);
        const result = mser5(values);
        expect(result.status).toBe(cut > Math.floor(values.length / 5) / 2 ? 'refused' : 'cut');
        expect('statistic' in result ? result.statistic : statistic).toBeCloseTo(statistic, 9);
      }),
      { seed: 20_261_120, numRuns: 200 },
    );
  });
});

/** Every cut tried afresh, with no running sums. */
function byDefinition(values: readonly number[]): { cut: number; statistic: number } {
  const means: number[] = [];
  for (let start = 0; start + 5 <= values.length; start += 5) {
    means.push(values.slice(start, start + 5).reduce((sum, value) => sum + value, 0) / 5);
  }
  const cuts = Array.from({ length: means.length - 4 }, (_, cut) => {
    const kept = means.slice(cut);
    const center = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    const squares = kept.reduce((sum, value) => sum + (value - center) * (value - center), 0);
    return { cut, statistic: squares / (kept.length * kept.length) };
  });
  return cuts.reduce((best, next) => (next.statistic < best.statistic ? next : best));
}
