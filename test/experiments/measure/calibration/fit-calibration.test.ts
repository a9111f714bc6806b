/** A calibration is found again in runs that were made with it, and rows become the batches they were. */
import { describe, expect, test } from 'vitest';
import type { ObservedBatch } from '../../../../experiments/measure/calibration/index.ts';
import { fitCalibration, observedBatches } from '../../../../experiments/measure/calibration/index.ts';
import type { Calibration, MeasuredTime, Profile } from '../../../../core/index.ts';
import {
  ServingError,
  Stream,
  calibrateProfile,
  constantTime,
  NANOS_PER_MICROSECOND,
  milliseconds,
} from '../../../../core/index.ts';
import { latencyModel } from '../../../../backends/index.ts';

const US = NANOS_PER_MICROSECOND;
const MS = milliseconds(1);

function around(meanNs: number): MeasuredTime {
  const quantilesNs = [0, 0.5, 1].map((probability) => ({
    probability,
    valueNs: Math.round(meanNs * (0.9 + 0.2 * probability)),
  }));
  return { meanNs, quantilesNs };
}

const PROFILE: Profile = {
  source: 'a test',
  synthesised: false,
  rows: [
    { batch: 1, ...around(2 * MS), host: around(100 * US) },
    { batch: 4, ...around(6 * MS), host: around(150 * US) },
  ],
  afterIdle: [{ idleNs: 5 * MS, rows: [{ batch: 1, ...around(3 * MS), host: around(200 * US) }] }],
  loadNs: MS,
  peakMemoryBytes: 1000,
  hostOverheadNs: 100 * US,
};
const VARIANT = { name: 'net', maxBatch: 4, profile: PROFILE };

/** Batches of sizes 1 to 4, half of them back to back, as a service with that calibration would have run them. */
function batchesOf(calibration: Calibration, { beside = 0, count = 4000 } = {}): ObservedBatch[] {
  const model = latencyModel(calibrateProfile(PROFILE, calibration), {
    variant: 'net',
    maxBatch: 4,
    sampling: 'empirical',
    extrapolate: false,
  });
  const stream = new Stream('batches');
  return Array.from({ length: count }, (_, index) => {
    const inputs = 1 + (index % 4);
    const idleNs = index % 2 === 0 ? 0 : 5 * MS;
    const factor = calibration.afterIdle.findLast((each) => each.idleNs <= idleNs)?.inferFactor ?? 1;
    const tookNs = model.batchWorkNs(inputs, stream, idleNs) * (1 + calibration.contention * beside);
    const expectedNs = idleNs === 0 ? [2, 10 / 3, 14 / 3, 6][inputs - 1] * MS : [3, 13 / 3, 17 / 3, 7][inputs - 1] * MS;
    return {
      variant: 0,
      worker: 0,
      inputs,
      startNs: 0,
      endNs: Math.round(tookNs),
      inferNs: Math.round(expectedNs * factor),
      idleNs,
      beside,
      noticedNs: idleNs === 0 ? undefined : 80 * US + (index % 10) * US,
    };
  });
}

const TRUTH: Calibration = {
  source: 'the truth',
  afterIdle: [
    { idleNs: 0, inferFactor: 1.1, extra: { meanNs: 40 * US, quantilesNs: [] } },
    { idleNs: 5 * MS, inferFactor: 0.9, extra: { meanNs: 90 * US, quantilesNs: [] } },
  ],
  wakeUp: constantTime(85 * US),
  pauses: null,
  contention: 0,
};

describe('a fit', () => {
  const fit = fitCalibration({ batches: batchesOf(TRUTH), variants: [VARIANT], source: 'a run', batchWaitNs: 0 });
  const [busy, idle] = fit.calibration.afterIdle;

  test('finds factor and extra of batches back to back and after idling again', () => {
    expect(fit.calibration.afterIdle.map(({ idleNs }) => idleNs)).toEqual([0, 5 * MS]);
    expect(busy.inferFactor).toBeCloseTo(1.1, 1);
    expect(idle.inferFactor).toBeCloseTo(0.9, 1);
    expect(Math.abs(busy.extra.meanNs - 40 * US)).toBeLessThan(15 * US);
    expect(Math.abs(idle.extra.meanNs - 90 * US)).toBeLessThan(15 * US);
  });

  test('finds how late the service wakes up', () => {
    expect(fit.calibration.wakeUp.meanNs).toBe(85 * US);
    expect(fit.wakeUps).toBe(2000);
  });

  test('says what it could not fit', () => {
    expect(fit.notes).toEqual(['contention was not fitted, since only 0 batches ran beside others: it stays 0']);
  });

  test('of the same run is the same', () => {
    const again = fitCalibration({ batches: batchesOf(TRUTH), variants: [VARIANT], source: 'a run', batchWaitNs: 0 });
    expect(again).toEqual(fit);
  });
});

test('contention is found beside batches that ran alone', () => {
  const batches = [...batchesOf(TRUTH), ...batchesOf({ ...TRUTH, contention: 0.2 }, { beside: 0.8 })];
  const { calibration } = fitCalibration({ batches, variants: [VARIANT], source: 'a run', batchWaitNs: 0 });
  expect(calibration.contention).toBeCloseTo(0.2, 1);
});

test('a request that waits for others to fill a batch is late only beyond that wait', () => {
  const waiting = batchesOf(TRUTH).map((batch) => ({ ...batch, noticedNs: 4 * MS + 70 * US }));
  const fitted = (batchWaitNs: number | undefined) =>
    fitCalibration({ batches: waiting, variants: [VARIANT], source: 'a run', batchWaitNs }).calibration.wakeUp.meanNs;
  expect(fitted(4 * MS)).toBe(70 * US);
  expect(fitted(undefined)).toBe(0);
});

test('too few batches are refused with their number', () => {
  const few = (): unknown =>
    fitCalibration({ batches: batchesOf(TRUTH, { count: 20 }), variants: [VARIANT], source: 'a run', batchWaitNs: 0 });
  expect(few).toThrow(ServingError);
  expect(few).toThrow(/20 batches that ran alone, of 20/);
});

describe('batches of a run', () => {
  const row = (scheduledNs: number, queueNs: number, latencyNs: number, worker = 0, batchInputs = 1) => ({
    variant: 0,
    worker,
    machine: 0,
    batchInputs,
    scheduledNs,
    queueNs,
    loadWaitNs: 0,
    inferNs: 5,
    latencyNs,
  });

  test('are put together from rows of one start, and know how idle their worker was', () => {
    // Two requests in one batch from 10 to 30, then nothing until 50.
    const batches = observedBatches([row(0, 0, 5), row(7, 3, 23, 0, 2), row(9, 1, 21, 0, 2), row(48, 2, 12)]);
    expect(batches).toMatchObject([
      { inputs: 2, startNs: 10, endNs: 30, idleNs: 5, noticedNs: 3 },
      { inputs: 1, startNs: 50, endNs: 60, idleNs: 20, noticedNs: 2 },
    ]);
  });

  test('tell no lateness of a request that waited for its worker', () => {
    const batches = observedBatches([row(0, 0, 10), row(4, 6, 16)]);
    expect(batches).toMatchObject([{ startNs: 10, idleNs: 0, noticedNs: undefined }]);
  });

  test('know the share of their time that others of their machine ran beside them', () => {
    const rows = [row(0, 0, 1), row(0, 0, 2, 1), row(10, 0, 20, 0), row(20, 0, 20, 1)];
    expect(observedBatches(rows)).toMatchObject([
      { worker: 0, beside: 0.5 },
      { worker: 1, beside: 0.5 },
    ]);
  });

  test('leave out requests that never ran', () => {
    expect(observedBatches([row(0, 0, 1), row(3, 0, 0, -1, 0)])).toEqual([]);
  });
});

describe('pauses', () => {
  const paused = batchesOf(TRUTH).map((batch, index) =>
    index % 100 === 50 ? { ...batch, endNs: batch.endNs + 5 * MS } : batch,
  );
  const { calibration } = fitCalibration({ batches: paused, variants: [VARIANT], source: 'a run', batchWaitNs: 0 });

  test('are told from what every batch takes: their number, their length, and nothing else', () => {
    const lengths = calibration.pauses?.events.map(({ lastsNs }) => lastsNs) ?? [];
    expect(lengths.length).toBe(40);
    for (const lastsNs of lengths) expect(Math.abs(lastsNs - 5 * MS)).toBeLessThan(1.5 * MS);
    const steady = fitCalibration({ batches: batchesOf(TRUTH), variants: [VARIANT], source: 'a run', batchWaitNs: 0 });
    const [first] = calibration.afterIdle;
    expect(Math.abs(first.extra.meanNs - steady.calibration.afterIdle[0].extra.meanNs)).toBeLessThan(10 * US);
    expect(steady.calibration.pauses).toBeNull();
  });

  test('lie on the time that batches ran', () => {
    const over = paused.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0);
    expect(calibration.pauses?.overNs).toBe(over);
    expect(calibration.pauses?.events.at(-1)?.atNs).toBeLessThan(over);
  });
});

test('too few batches for any idle time are fitted together', () => {
  const spread = batchesOf(TRUTH, { count: 240 }).map((batch, index) => ({
    ...batch,
    idleNs: [0, 0.05, 0.2, 0.6, 2, 6, 20, 60][index % 8] * MS,
  }));
  const { calibration } = fitCalibration({ batches: spread, variants: [VARIANT], source: 'a run', batchWaitNs: 0 });
  expect(calibration.afterIdle.map(({ idleNs }) => idleNs)).toEqual([0]);
});
