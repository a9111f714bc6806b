/** Paired comparisons: known answers, symmetry, and the degenerate samples that must not divide by zero. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePaired } from '../../../experiments/statistics/index.ts';
import type { ComparisonVerdict } from '../../../experiments/statistics/index.ts';
import { normals } from './seeded.ts';

const CHECK = { seed: 20_261_120, numRuns: 300 };
const direction = 'lower-is-better';

describe('a paired comparison', () => {
  test('judges the differences, not the levels', () => {
    // Differences -2, -2, -1.9 around a level that moves by 2: the levels overlap, the differences do not.
    const result = comparePaired({ baseline: [10, 12, 11], candidate: [8, 10, 9.1], direction });
    expect(result.verdict).toBe('better');
    expect(result.difference.mean).toBeCloseTo(-5.9 / 3, 12);
    expect(result.ratio).toBeCloseTo(27.1 / 33, 12);
  });

  test('has the textbook interval and p-value', () => {
    // Differences 1, 2, 3: mean 2, s = 1, standard error 1/sqrt(3), t = 3.4641 with 2 degrees of freedom.
    const result = comparePaired({ baseline: [0, 0, 0], candidate: [1, 2, 3], direction });
    expect(result.difference.halfWidth).toBeCloseTo(4.302653 / Math.sqrt(3), 5);
    expect(result.pValue).toBeCloseTo(0.0741799, 6);
    expect(result.verdict).toBe('inconclusive');
  });

  test('turns its verdict with the direction of the metric', () => {
    const samples = { baseline: [100, 101, 99, 100], candidate: [110, 112, 109, 111] };
    expect(comparePaired({ ...samples, direction: 'lower-is-better' }).verdict).toBe('worse');
    expect(comparePaired({ ...samples, direction: 'higher-is-better' }).verdict).toBe('better');
  });

  test('of equal samples is inconclusive', () => {
    const result = comparePaired({ baseline: [3, 4, 5], candidate: [3, 4, 5], direction });
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      ratio: 1,
      pValue: 1,
      difference: { mean: 0, halfWidth: 0 },
    });
  });

  test('of samples that differ in the last digit only is inconclusive', () => {
    const candidate = [0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2];
    expect(comparePaired({ baseline: [0.3, 0.3, 0.3], candidate, direction }).verdict).toBe('inconclusive');
  });

  test('of one pair is inconclusive however far apart it is', () => {
    const result = comparePaired({ baseline: [1], candidate: [1_000], direction });
    expect(result).toMatchObject({ verdict: 'inconclusive', pValue: 1, ratio: 1_000, difference: { halfWidth: null } });
  });

  test('with a difference that never varies is certain', () => {
    const result = comparePaired({ baseline: [1, 2, 4], candidate: [2, 3, 5], direction });
    expect(result).toMatchObject({ verdict: 'worse', pValue: 0, difference: { mean: 1, halfWidth: 0 } });
  });

  test('has no ratio to a baseline of 0', () => {
    expect(comparePaired({ baseline: [0, 0], candidate: [0, 0], direction }).ratio).toBeNull();
    expect(comparePaired({ baseline: [0, 0], candidate: [1, 2], direction }).ratio).toBeNull();
  });

  test('refuses sides with different replications and values that are not finite', () => {
    expect(() => comparePaired({ baseline: [1, 2], candidate: [1], direction })).toThrow('found 2 and 1');
    expect(() => comparePaired({ baseline: [1, 2], candidate: [1, Infinity], direction })).toThrow('finite values');
    expect(() => comparePaired({ baseline: [Number.NaN], candidate: [1], direction })).toThrow('finite values');
  });

  test('flips when the pair is swapped', () => {
    const flipped: Record<ComparisonVerdict, ComparisonVerdict> = {
      better: 'worse',
      worse: 'better',
      inconclusive: 'inconclusive',
    };
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 5, max: 30 })), {
      minLength: 1,
      maxLength: 12,
    });
    const seen = new Set<ComparisonVerdict>();
    fc.assert(
      fc.property(pairs, (sample) => {
        const baseline = sample.map(([first]) => first);
        const candidate = sample.map(([, second]) => second);
        const forward = comparePaired({ baseline, candidate, direction });
        const backward = comparePaired({ baseline: candidate, candidate: baseline, direction });
        seen.add(forward.verdict);
        expect(backward.verdict).toBe(flipped[forward.verdict]);
        expect(backward.difference.mean + forward.difference.mean).toBe(0);
        expect(backward.pValue).toBe(forward.pValue);
      }),
      CHECK,
    );
    expect(seen).toContain('worse');
    expect(seen).toContain('inconclusive');
  });

  test('is conclusive exactly when the p-value is below the error allowed', () => {
    const differences = fc.array(fc.integer({ min: -3, max: 8 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(differences, (candidate) => {
        const { verdict, pValue } = comparePaired({ baseline: candidate.map(() => 0), candidate, direction });
        expect(verdict !== 'inconclusive').toBe(pValue < 0.05);
      }),
      CHECK,
    );
  });

  test('under common random numbers sees a difference of 2 that independent seeds mostly hide', () => {
    const normal = normals(8);
    const found = { paired: 0, independent: 0 };
    for (let trial = 0; trial < 50; trial += 1) {
      const baseline = Array.from({ length: 10 }, () => 50 + 10 * normal());
      const paired = baseline.map((value) => value - 2 + normal());
      const independent = baseline.map(() => 48 + 10 * normal());
      if (comparePaired({ baseline, candidate: paired, direction }).verdict === 'better') found.paired += 1;
      if (comparePaired({ baseline, candidate: independent, direction }).verdict === 'better') found.independent += 1;
    }
    expect(found.paired).toBeGreaterThan(45);
    expect(found.independent).toBeLessThan(15);
  });
});
