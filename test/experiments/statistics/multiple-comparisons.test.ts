/** Several comparisons against one baseline: which level each is judged at, and what the corrections keep. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePaired, compareToBaseline } from '../../../experiments/statistics/index.ts';
import type { Correction } from '../../../experiments/statistics/index.ts';

const direction = 'higher-is-better';
const baseline = Array.from({ length: 10 }, () => 0);
/** Ten differences with mean `shift` and standard error 1/3, so that t = 3 shift. */
const shiftedBy = (shift: number): number[] => baseline.map((_, index) => shift + (index % 2 === 0 ? 1 : -1));

describe('comparisons against a baseline', () => {
  // t = 2.45 with 9 degrees of freedom has p = 0.037: enough alone, not enough as one of two.
  const candidates = [
    { name: 'slight', values: shiftedBy(2.45 / 3) },
    { name: 'clear', values: shiftedBy(5) },
  ];
  const verdicts = (correction: Correction): string[] =>
    compareToBaseline({ baseline, candidates, direction, correction }).comparisons.map(({ verdict }) => verdict);

  test('keep the order of the candidates and name the correction', () => {
    const family = compareToBaseline({ baseline, candidates, direction });
    expect(family).toMatchObject({ correction: 'holm', confidence: 0.95 });
    expect(family.comparisons.map(({ name }) => name)).toEqual(['slight', 'clear']);
  });

  test('share the error equally under Bonferroni, step by step under Holm, and not at all without', () => {
    expect(verdicts('bonferroni')).toEqual(['inconclusive', 'better']);
    expect(verdicts('holm')).toEqual(['better', 'better']);
    expect(verdicts('none')).toEqual(['better', 'better']);
  });

  test('carry the confidence each was judged at', () => {
    const levels = (correction: Correction): number[] =>
      compareToBaseline({ baseline, candidates, direction, correction }).comparisons.map(
        (c) => c.difference.confidence,
      );
    expect(levels('bonferroni')).toEqual([0.975, 0.975]);
    expect(levels('holm')).toEqual([0.95, 0.975]);
    expect(levels('none')).toEqual([0.95, 0.95]);
  });

  test('stop under Holm at the first inconclusive one, and judge the rest at its level', () => {
    const stopped = compareToBaseline({
      baseline,
      candidates: [
        ...candidates,
        { name: 'none', values: shiftedBy(0) },
        { name: 'slight too', values: shiftedBy(0.8) },
      ],
      direction,
    });
    // Four: clear at alpha/4, slight at alpha/3 = 0.0167 fails, and so must the others.
    expect(stopped.comparisons.map(({ verdict }) => verdict)).toEqual([
      'inconclusive',
      'better',
      'inconclusive',
      'inconclusive',
    ]);
    const levels = stopped.comparisons.map((c) => Number((1 - c.difference.confidence).toFixed(6)));
    expect(levels).toEqual([0.016667, 0.0125, 0.016667, 0.016667]);
  });

  test('with one candidate are the plain comparison, and with none are empty', () => {
    const [{ name, ...only }] = compareToBaseline({ baseline, candidates: [candidates[0]], direction }).comparisons;
    expect(name).toBe('slight');
    expect(only).toEqual(comparePaired({ baseline, candidate: candidates[0].values, direction }));
    expect(compareToBaseline({ baseline, candidates: [], direction }).comparisons).toEqual([]);
  });

  test('find under Holm all that Bonferroni finds and nothing that a plain comparison does not', () => {
    const shifts = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(shifts, (all) => {
        const family = all.map((shift, index) => ({ name: `${index}`, values: shiftedBy(shift) }));
        const found = (correction: Correction): string[] =>
          compareToBaseline({ baseline, candidates: family, direction, correction })
            .comparisons.filter(({ verdict }) => verdict !== 'inconclusive')
            .map(({ name }) => name);
        expect(found('holm')).toEqual(expect.arrayContaining(found('bonferroni')));
        expect(found('none')).toEqual(expect.arrayContaining(found('holm')));
      }),
      { seed: 20_261_120, numRuns: 60 },
    );
  });

  test('refuse a confidence that is not a fraction', () => {
    expect(() => compareToBaseline({ baseline, candidates, direction, confidence: 95 })).toThrow('found 95');
  });
});
