import { describe, expect, test } from 'vitest';
import { quantileOf } from '../../../../experiments/measure/profile/index.ts';
import { measuredTime, quantilesFor } from '../../../../experiments/measure/profile/sample-rule.ts';

describe('the sample-size rule', () => {
  test.each([
    [19, []],
    [20, [0.5]],
    [40, [0.25, 0.5, 0.75]],
    [100, [0.1, 0.25, 0.5, 0.75, 0.9]],
    [999, [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]],
    [1000, [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]],
  ])('%i samples carry the quantiles that have ten samples beyond them', (samples, expected) => {
    expect(quantilesFor(samples)).toEqual(expected);
  });

  test('p99.9 needs ten thousand samples', () => {
    expect(quantilesFor(9999)).not.toContain(0.999);
    expect(quantilesFor(10_000)).toContain(0.999);
  });

  test('fewer than a hundred samples stand as they are, in order and never below the least', () => {
    expect(measuredTime([6, 1, 2], 1)).toEqual({ meanNs: 3, samplesNs: [1, 2, 6] });
    expect(measuredTime([0, 0], 1)).toEqual({ meanNs: 1, samplesNs: [1, 1] });
  });

  test('more are their mean and the quantiles that they carry', () => {
    const samples = Array.from({ length: 101 }, (_, index) => 100 - index);
    const { meanNs, quantilesNs, samplesNs } = measuredTime(samples, 0);
    expect({ meanNs, samplesNs }).toEqual({ meanNs: 50, samplesNs: undefined });
    expect(quantilesNs?.map(({ probability, valueNs }) => [probability, valueNs])).toEqual([
      [0.1, 10],
      [0.25, 25],
      [0.5, 50],
      [0.75, 75],
      [0.9, 90],
    ]);
  });

  test('a quantile is read from either form, where the samples carry it', () => {
    const samplesNs = Array.from({ length: 21 }, (_, index) => index);
    expect(quantileOf({ meanNs: 10, samplesNs }, 0.5)).toBe(10);
    expect(quantileOf({ meanNs: 10, samplesNs }, 0.9)).toBeUndefined();
    expect(quantileOf({ meanNs: 10, quantilesNs: [{ probability: 0.9, valueNs: 15 }] }, 0.9)).toBe(15);
    expect(quantileOf({ meanNs: 10 }, 0.5)).toBeUndefined();
  });
});
