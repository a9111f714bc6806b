/** Batch means: the arithmetic, the refusal, the warning, and that the intervals cover what they promise. */
import { describe, expect, test } from 'vitest';
import { lag1Autocorrelation } from '../../../experiments/statistics/batch-means.ts';
import { meansOfBatches } from '../../../experiments/statistics/batches.ts';
import { batchMeans, intervalOf } from '../../../experiments/statistics/index.ts';
import type { BatchMeansInterval } from '../../../experiments/statistics/index.ts';
import { mm1 } from '../../queueing/closed-forms.ts';
import { autoregressive, mm1Waits, normals } from './seeded.ts';

describe('batches', () => {
  test('are consecutive and equal, and an incomplete one is left out', () => {
    expect(meansOfBatches([1, 3, 5, 7, 100], { batchSize: 2 })).toEqual([2, 6]);
    expect(meansOfBatches([100, 1, 3, 5, 7], { batchSize: 2, from: 1 })).toEqual([2, 6]);
  });

  test('refuse a value that is not finite and an empty batch', () => {
    expect(() => meansOfBatches([1, 2, 3, Infinity], { batchSize: 2 })).toThrow('not finite, at or after index 2');
    expect(() => meansOfBatches([1, 2], { batchSize: 0 })).toThrow('at least 1 observation, found 0');
  });
});

describe('batch means', () => {
  test('are 20 batches unless told otherwise, and drop the remainder at the front', () => {
    const values = Float64Array.from({ length: 2_013 }, (_, index) => (index < 13 ? 1e6 : index % 2));
    const result = estimated(batchMeans(values));
    expect(result).toMatchObject({ batchSize: 100, dropped: 13 });
    expect(result.interval).toMatchObject({ mean: 0.5, samples: 20, method: 'batch-means', confidence: 0.95 });
  });

  test('of too short a run are refused by name, with what is needed', () => {
    expect(batchMeans(new Float64Array(1_999))).toEqual({
      status: 'refused',
      reason: 'too-few-observations',
      observations: 1_999,
      needed: 2_000,
    });
    expect(batchMeans([1, 2, 3], { batches: 30, batchSizeMin: 10 })).toMatchObject({ status: 'refused', needed: 300 });
  });

  test('are 20 to 30 in number', () => {
    expect(() => batchMeans(new Float64Array(5_000), { batches: 10 })).toThrow('20-30 batches, found 10');
    expect(() => batchMeans(new Float64Array(5_000), { batches: 31 })).toThrow('20-30 batches, found 31');
  });

  test('that are still correlated are reported as such, and independent ones are not', () => {
    const sluggish = estimated(batchMeans(autoregressive({ seed: 1, length: 4_000, mean: 0, phi: 0.999 })));
    expect(sluggish.lag1).toBeGreaterThan(sluggish.lag1Limit);
    expect(sluggish.correlated).toBe(true);
    const normal = normals(2);
    const independent = estimated(batchMeans(Float64Array.from({ length: 4_000 }, () => normal())));
    expect(independent.correlated).toBe(false);
  });

  test('that do not vary have no correlation', () => {
    const constant = estimated(batchMeans(new Float64Array(2_000).fill(3)));
    expect(constant).toMatchObject({ lag1: null, correlated: false });
    expect(constant.interval.halfWidth).toBe(0);
  });

  test('of M/M/1 waits hold the theoretical mean', () => {
    const waits = mm1Waits({ seed: 4, length: 200_000, arrivalRate: 0.8 });
    const { interval } = estimated(batchMeans(waits.subarray(2_000)));
    const { meanWait } = mm1({ arrivalRate: 0.8, serviceRate: 1 });
    expect(interval.low).toBeLessThan(meanWait);
    expect(interval.high).toBeGreaterThan(meanWait);
  });
});

test('the lag-1 autocorrelation of an alternating series is close to -1, that of a slow wave close to 1', () => {
  expect(lag1Autocorrelation([1, -1, 1, -1])).toBe(-0.75);
  const wave = Array.from({ length: 200 }, (_, index) => Math.sin(index / 20));
  expect(lag1Autocorrelation(wave)).toBeGreaterThan(0.98);
});

describe('the coverage of nominal 95 % intervals in 400 trials of an autocorrelated series', () => {
  const trials = Array.from({ length: 400 }, (_, trial) =>
    autoregressive({ seed: 1_000 + trial, length: 4_000, mean: 10, phi: 0.9 }),
  );
  const covered = (intervals: readonly { low: number | null; high: number | null }[]): number =>
    intervals.filter(({ low, high }) => low !== null && high !== null && low <= 10 && high >= 10).length / 400;

  test('is 88-99 % with batch means', () => {
    const coverage = covered(trials.map((series) => estimated(batchMeans(series)).interval));
    expect(coverage).toBeGreaterThan(0.88);
    expect(coverage).toBeLessThan(0.99);
  });

  test('is far less when every observation is taken for independent', () => {
    expect(covered(trials.map((series) => intervalOf([...series])))).toBeLessThan(0.6);
  });

  test('is 88-99 % with ten replications', () => {
    const coverage = covered(
      trials.map((_, trial) => {
        const replications = Array.from({ length: 10 }, (__, index) =>
          autoregressive({ seed: 50_000 + trial * 10 + index, length: 200, mean: 10, phi: 0.9 }),
        );
        return intervalOf(replications.map((series) => meansOfBatches(series, { batchSize: 200 })[0]));
      }),
    );
    expect(coverage).toBeGreaterThan(0.88);
    expect(coverage).toBeLessThan(0.99);
  });
});

function estimated(result: ReturnType<typeof batchMeans>): BatchMeansInterval {
  if (result.status !== 'estimated') throw new Error(`refused: ${result.reason}`);
  return result;
}
