import fc from 'fast-check';
import { mean, quantile } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import type { LatencyModelOptions } from '../../../backends/index.ts';
import { SAMPLINGS, latencyModel } from '../../../backends/index.ts';
import type { Profile, ProfileRow } from '../../../core/index.ts';
import { ServingError, Stream } from '../../../core/index.ts';

const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

function profileOf(rows: readonly ProfileRow[], hostOverheadNs = 0): Profile {
  return { source: 'test', synthesised: false, rows, loadNs: 7_000_000, peakMemoryBytes: 1000, hostOverheadNs };
}

function rowAround(batch: number, meanNs: number): ProfileRow {
  const valueOf = (probability: number): number => Math.round(meanNs * (0.9 + 0.2 * probability));
  return {
    batch,
    meanNs,
    quantilesNs: PROBABILITIES.map((probability) => ({ probability, valueNs: valueOf(probability) })),
  };
}

function optionsOf(given: Partial<LatencyModelOptions> = {}): LatencyModelOptions {
  return { variant: 'resnet', maxBatch: 8, sampling: 'mean', extrapolate: false, ...given };
}

/** Tables of two to five rows from batch 1, with times that may fall. */
const tables = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1000, max: 10_000_000 })), {
    minLength: 1,
    maxLength: 4,
    selector: ([batch]) => batch,
  })
  .map((rest) => [[1, 50_000] as const, ...rest].sort(([a], [b]) => a - b).map(([batch, ns]) => rowAround(batch, ns)));

describe.each(SAMPLINGS)('sampling %s', (sampling) => {
  test('a batch between two measured ones takes a time between theirs, at the same draw', () => {
    fc.assert(
      fc.property(tables, fc.integer(), (rows, seed) => {
        const maxBatch = rows[rows.length - 1].batch;
        const model = latencyModel(profileOf(rows), optionsOf({ sampling, maxBatch }));
        const workOf = (batch: number): number => model.batchWorkNs(batch, new Stream(`seed ${seed}`));
        for (const [index, { batch }] of rows.slice(1).entries()) {
          const ends = [workOf(rows[index].batch), workOf(batch)];
          for (let between = rows[index].batch; between <= batch; between += 1) {
            expect(workOf(between)).toBeGreaterThanOrEqual(Math.min(...ends));
            expect(workOf(between)).toBeLessThanOrEqual(Math.max(...ends));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('work is a whole number of nanoseconds and expected work is the table', () => {
    const model = latencyModel(profileOf([rowAround(1, 1001), rowAround(8, 7777)], 13), optionsOf({ sampling }));
    const stream = new Stream('whole');
    for (let batch = 1; batch <= 8; batch += 1) {
      expect(Number.isSafeInteger(model.batchWorkNs(batch, stream))).toBe(true);
    }
    expect([1, 4, 8].map((batch) => model.expectedBatchNs(batch))).toEqual([
      1014,
      Math.round(1001 + (3 / 7) * 6776) + 13,
      7790,
    ]);
    expect([model.loadWorkNs(stream), model.expectedLoadNs]).toEqual([7_000_000, 7_000_000]);
  });

  test('every batch size costs the same draws', () => {
    const model = latencyModel(profileOf([rowAround(1, 1000), rowAround(8, 8000)]), optionsOf({ sampling }));
    const after = [1, 3, 8].map((batch) => {
      const stream = new Stream('draws');
      model.batchWorkNs(batch, stream);
      return stream.unit();
    });
    expect(new Set(after).size).toBe(1);
  });

  test('the host overhead is added once per batch', () => {
    const rows = [rowAround(1, 1_000_000), rowAround(8, 4_000_000)];
    const [bare, burdened] = [0, 60_000].map((overheadNs) =>
      latencyModel(profileOf(rows, overheadNs), optionsOf({ sampling })),
    );
    for (const batch of [1, 3, 8]) {
      const difference = burdened.batchWorkNs(batch, new Stream('a')) - bare.batchWorkNs(batch, new Stream('a'));
      expect(difference).toBe(60_000);
    }
  });

  test('a table that does not reach the largest batch is refused when the model is built', () => {
    const rows = [rowAround(1, 1000), rowAround(4, 3000)];
    expect(() => latencyModel(profileOf(rows), optionsOf({ sampling, place: 'a.yaml:3' }))).toThrow(
      'a.yaml:3: the latency table of resnet has nothing for batches 5-8; found measured batches 1, 4; ' +
        "expected batches from 1 to the variant's maximum 8; measure them, lower max_batch, or set extrapolate: true " +
        'to continue the nearest two rows in a straight line',
    );
  });

  test('an extrapolated time follows the two nearest rows and is never below zero', () => {
    const rows = [rowAround(3, 6_000), rowAround(4, 10_000), rowAround(6, 12_000)];
    const model = latencyModel(profileOf(rows), optionsOf({ sampling, extrapolate: true }));
    expect([1, 2, 3, 7, 8].map((batch) => model.expectedBatchNs(batch))).toEqual([0, 2000, 6000, 13_000, 14_000]);
    expect(model.batchWorkNs(1, new Stream('x'))).toBe(0);
    expect(model.beyondTable).toEqual([
      'resnet: batches 1-2 extrapolated from the measured batches 3 and 4',
      'resnet: batches 7-8 extrapolated from the measured batches 6 and 4',
    ]);
  });
});

describe('a latency model', () => {
  test('within its table goes nowhere beyond it', () => {
    const rows = [rowAround(1, 1000), rowAround(8, 8000)];
    expect(latencyModel(profileOf(rows), optionsOf({ extrapolate: true })).beyondTable).toEqual([]);
    expect(latencyModel(profileOf(rows), optionsOf({ maxBatch: 4 })).expectedBatchNs(4)).toBe(4000);
  });

  test('is not extrapolated from a single row', () => {
    const make = (): unknown =>
      latencyModel(profileOf([rowAround(1, 1000)]), optionsOf({ extrapolate: true, maxBatch: 2 }));
    expect(make).toThrow('found measured batch 1 alone');
    expect(make).toThrow('two measured batches are needed to extrapolate');
  });

  test('refuses a table that starts above batch 1', () => {
    const make = (): unknown => latencyModel(profileOf([rowAround(2, 1000), rowAround(8, 4000)]), optionsOf());
    expect(make).toThrow(ServingError);
    expect(make).toThrow('has nothing for batch 1; found measured batches 2, 8');
  });
});

describe('empirical sampling', () => {
  const options = optionsOf({ sampling: 'empirical', maxBatch: 1 });

  test('reproduces the quantiles of the table', () => {
    const quantilesNs = [100, 104, 107, 113, 120, 140, 180, 260, 900].map((value, index) => ({
      probability: PROBABILITIES[index],
      valueNs: value * 1000,
    }));
    const model = latencyModel(profileOf([{ batch: 1, meanNs: 146_000, quantilesNs }]), options);
    const stream = new Stream('empirical');
    const drawn = Array.from({ length: 50_000 }, () => model.batchWorkNs(1, stream));
    // Four standard errors of a share of 50,000 draws: 4 * sqrt(p (1 - p) / 50,000) is at most 0.009.
    for (const { probability, valueNs } of quantilesNs.slice(1, -1)) {
      const below = drawn.filter((workNs) => workNs <= valueNs).length / drawn.length;
      expect(Math.abs(below - probability)).toBeLessThan(0.009);
    }
    expect(quantile(drawn, 0.5) / 120_000).toBeCloseTo(1, 2);
    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([100_000, 900_000]);
  });

  test('takes raw samples for its distribution, in any order, and never leaves their range', () => {
    const samplesNs = [500, 100, 300, 200, 400];
    const model = latencyModel(profileOf([{ batch: 1, meanNs: 300, samplesNs }]), options);
    const stream = new Stream('samples');
    const drawn = Array.from({ length: 20_000 }, () => model.batchWorkNs(1, stream));
    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([100, 500]);
    expect(mean(drawn)).toBeCloseTo(300, -1);
  });

  test('refuses a row with a mean only and says what to do', () => {
    expect(() => latencyModel(profileOf([{ batch: 1, meanNs: 300 }]), options)).toThrow(
      'sampling: empirical needs a distribution, and batch 1 of resnet has none; found a mean only; ' +
        'expected quantiles or samples in every row; add them, or choose sampling: mean or lognormal',
    );
  });
});

describe('lognormal sampling', () => {
  const options = optionsOf({ sampling: 'lognormal', maxBatch: 1 });
  // z of p99, and exp(sigma z - sigma^2 / 2) is the ratio of p99 to the mean.
  const Z99 = 2.326_347_874;
  const p99Of = (meanNs: number, sigma: number): number => meanNs * Math.exp(sigma * Z99 - (sigma * sigma) / 2);

  function drawnFrom(row: ProfileRow, cv?: number): number[] {
    const model = latencyModel(profileOf([row]), { ...options, cv });
    const stream = new Stream('lognormal');
    return Array.from({ length: 100_000 }, () => model.batchWorkNs(1, stream));
  }

  test('fitted to samples of a lognormal has their mean and p99', () => {
    const stream = new Stream('source');
    const sigma = 0.4;
    const samplesNs = Array.from({ length: 5000 }, () =>
      Math.round(1e6 * stream.lognormal(-(sigma * sigma) / 2, sigma)),
    );
    const drawn = drawnFrom({ batch: 1, meanNs: 1_000_000, samplesNs });
    expect(mean(drawn) / 1e6).toBeCloseTo(1, 1.5);
    expect(quantile(drawn, 0.99) / p99Of(1e6, sigma)).toBeCloseTo(1, 1.5);
  });

  test('fitted to quantiles of a lognormal has their mean and p99', () => {
    const sigma = 0.3;
    const normals = [
      -2.326_347_874,
      -1.644_853_627,
      -1.281_551_566,
      -0.674_489_75,
      0,
      0.674_489_75,
      1.281_551_566,
      1.644_853_627,
      Z99,
    ];
    const quantilesNs = PROBABILITIES.map((probability, index) => ({
      probability,
      valueNs: Math.round(1e6 * Math.exp(sigma * normals[index] - (sigma * sigma) / 2)),
    }));
    const drawn = drawnFrom({ batch: 1, meanNs: 1_000_000, quantilesNs });
    expect(mean(drawn) / 1e6).toBeCloseTo(1, 2);
    expect(quantile(drawn, 0.99) / p99Of(1e6, sigma)).toBeCloseTo(1, 1.5);
  });

  test('of a row with a mean only is constant, unless a coefficient of variation is given', () => {
    expect(new Set(drawnFrom({ batch: 1, meanNs: 1_000_000 }))).toEqual(new Set([1_000_000]));
    const drawn = drawnFrom({ batch: 1, meanNs: 1_000_000 }, 0.25);
    expect(mean(drawn) / 1e6).toBeCloseTo(1, 2);
    expect(quantile(drawn, 0.99) / p99Of(1e6, Math.sqrt(Math.log(1.0625)))).toBeCloseTo(1, 1.5);
  });
});
