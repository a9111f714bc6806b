/** The early-stopping rule against values that MLPerf LoadGen's own code gives, and its inverses. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  conservativePercentileIndex,
  earlyStopping,
  minimumPassingQueries,
  overLatencyAllowed,
  percentileNotice,
  samplesForPercentile,
} from '../../../experiments/statistics/quantile-sufficiency.ts';

const p90 = { quantile: 0.9 };
const p99 = { quantile: 0.99 };

describe('the queries needed within the limit', () => {
  // From loadgen/early_stopping.cc at confidence 0.99 and tolerance 0, for 0, 1, 2, 5, 10 and 100 over the limit.
  test.each([
    [0.9, [44, 63, 79, 122, 187, 1_146]],
    [0.95, [90, 129, 163, 254, 388, 2_404]],
    [0.97, [152, 218, 275, 428, 657, 4_082]],
    [0.99, [459, 661, 836, 1_302, 2_000, 12_471]],
    [0.999, [4_603, 6_635, 8_401, 13_100, 20_130, 125_726]],
  ])("are LoadGen's for the quantile %d", (quantile, expected) => {
    expect([0, 1, 2, 5, 10, 100].map((over) => minimumPassingQueries(over, { quantile }))).toEqual(expected);
  });

  test('for none over the limit are the least h with quantile^h <= 1 - confidence', () => {
    expect(minimumPassingQueries(0, { quantile: 0.5, confidence: 0.9 })).toBe(4);
    expect(minimumPassingQueries(0, { quantile: 0.001 })).toBe(1);
  });

  test('are fewer with a tolerance and more with a higher confidence', () => {
    expect(minimumPassingQueries(5, { ...p99, tolerance: 0.005 })).toBeLessThan(minimumPassingQueries(5, p99));
    expect(minimumPassingQueries(5, { ...p99, confidence: 0.999 })).toBeGreaterThan(minimumPassingQueries(5, p99));
  });

  test('refuse rules and counts that make no sense', () => {
    expect(() => minimumPassingQueries(0, { quantile: 99 })).toThrow('fraction inside 0-1, found 99');
    expect(() => minimumPassingQueries(0, { quantile: 0.9, tolerance: 0.9 })).toThrow('tolerance must be in 0-0.9');
    expect(() => minimumPassingQueries(0, { quantile: 0.9, confidence: 1 })).toThrow('confidence must be inside 0-1');
    expect(() => minimumPassingQueries(-1, p90)).toThrow('a count of queries, found -1');
    expect(() => overLatencyAllowed(1.5, p90)).toThrow('a count of queries, found 1.5');
  });
});

describe('the queries allowed over the limit', () => {
  test('are the most that leave enough within it', () => {
    expect(overLatencyAllowed(44, p90)).toBe(0);
    expect(overLatencyAllowed(63, p90)).toBe(0);
    expect(overLatencyAllowed(64, p90)).toBe(1);
    expect(overLatencyAllowed(12_571, p99)).toBe(100);
    expect(overLatencyAllowed(12_570, p99)).toBe(99);
  });

  test('do not exist for a run that is too short for any verdict', () => {
    expect(overLatencyAllowed(43, p90)).toBeNull();
    expect(overLatencyAllowed(0, p90)).toBeNull();
  });

  test('invert the queries needed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 459, max: 100_000 }), (queries) => {
        const allowed = overLatencyAllowed(queries, p99) ?? -1;
        expect(minimumPassingQueries(allowed, p99) + allowed).toBeLessThanOrEqual(queries);
        expect(minimumPassingQueries(allowed + 1, p99) + allowed + 1).toBeGreaterThan(queries);
      }),
      { seed: 20_261_120, numRuns: 60 },
    );
  });

  test('stay below the share that the percentile itself would allow', () => {
    expect(overLatencyAllowed(1_000_000, p99)).toBeLessThan(10_000);
    expect(overLatencyAllowed(1_000_000, p99)).toBeGreaterThan(9_700);
  });
});

describe('early stopping', () => {
  test('is satisfied from the needed number of queries on', () => {
    expect(earlyStopping(672, 2, p99)).toEqual({ satisfied: false, needed: 838, allowed: 1 });
    expect(earlyStopping(838, 2, p99)).toEqual({ satisfied: true, needed: 838, allowed: 2 });
    expect(earlyStopping(100, 0, p99)).toEqual({ satisfied: false, needed: 459, allowed: null });
  });

  test('estimates a percentile from a sample above the plain one', () => {
    expect(conservativePercentileIndex(661, p99)).toBeNull();
    expect(conservativePercentileIndex(662, p99)).toBe(661);
    const index = conservativePercentileIndex(12_571, p99) ?? 0;
    expect(index).toBe(12_471);
    expect(index).toBeGreaterThan(Math.floor(12_571 * 0.99));
  });
});

describe("a report's sentence", () => {
  test("uses LoadGen's floors", () => {
    expect(samplesForPercentile(p90)).toBe(64);
    expect(samplesForPercentile(p99)).toBe(662);
    expect(samplesForPercentile({ quantile: 0.999 })).toBe(6_636);
  });

  test('appears only when samples are lacking, and names the percentile', () => {
    expect(percentileNotice(662, p99)).toBeNull();
    expect(percentileNotice(661, p99)).toBe('not enough samples: p99 needs at least 662, found 661');
    expect(percentileNotice(0, { quantile: 0.999 })).toBe('not enough samples: p99.9 needs at least 6636, found 0');
  });
});
