/** Tables after idle times, and what a calibration makes of them. */
import { describe, expect, test } from 'vitest';
import { calibrateProfile, idleTables, milliseconds, rowsAfter, scaleProfile } from '../../../core/index.ts';
import type { Calibration, MeasuredTime, Profile } from '../../../core/index.ts';

const MS = milliseconds(1);

/** A mean, and a distribution from 0.8 to 1.2 times it. */
function around(meanNs: number): MeasuredTime {
  const quantilesNs = [0.1, 0.5, 0.9].map((probability) => ({
    probability,
    valueNs: Math.round(meanNs * (0.8 + 0.4 * probability)),
  }));
  return { meanNs, quantilesNs };
}

const PROFILE: Profile = {
  source: 'a test',
  synthesised: false,
  rows: [
    { batch: 1, ...around(2 * MS), host: around(0.2 * MS) },
    { batch: 4, ...around(6 * MS), host: around(0.3 * MS) },
  ],
  afterIdle: [
    { idleNs: MS, rows: [{ batch: 1, ...around(3 * MS), host: around(0.4 * MS) }] },
    { idleNs: 100 * MS, rows: [{ batch: 1, ...around(5 * MS), host: around(0.8 * MS) }] },
  ],
  loadNs: 7 * MS,
  peakMemoryBytes: 1000,
  hostOverheadNs: 0.2 * MS,
};

const UNCHANGED: Calibration = {
  source: 'a test',
  afterIdle: [{ idleNs: 0, inferFactor: 1, extra: { meanNs: 0, quantilesNs: [] } }],
  wakeUp: { meanNs: 0 },
  pauses: null,
  contention: 0,
};

function meansAfter(profile: Profile, idleNs: number): number[] {
  return rowsAfter(profile, idleNs).map(({ meanNs }) => meanNs / MS);
}

describe('a table after an idle time', () => {
  test('is the busy one after none, the measured one after a measured time, and the last one beyond', () => {
    expect(meansAfter(PROFILE, 0)).toEqual([2, 6]);
    expect(meansAfter(PROFILE, MS)[0]).toBe(3);
    expect(meansAfter(PROFILE, 500 * MS)[0]).toBe(5);
  });

  test('differs, at a batch size that was not measured then, as much as at the nearest that was', () => {
    expect(meansAfter(PROFILE, MS)).toEqual([3, 7]);
    const [, table] = idleTables(PROFILE);
    expect(table.rows[1].host?.meanNs).toBe(0.5 * MS);
  });

  test('lies between two measured times by their logarithm, and on the way to the first by the time itself', () => {
    expect(meansAfter(PROFILE, 10 * MS)[0]).toBeCloseTo(4, 6);
    expect(meansAfter(PROFILE, 0.5 * MS)[0]).toBeCloseTo(2.5, 6);
  });

  test('takes the shape of busy batches where only its mean was measured', () => {
    const profile = { ...PROFILE, afterIdle: [{ idleNs: MS, rows: [{ batch: 1, meanNs: 4 * MS }] }] };
    const [row] = rowsAfter(profile, MS);
    expect(row.meanNs).toBe(4 * MS);
    expect(row.quantilesNs?.[0].valueNs).toBe(2 * MS * 0.84 + 2 * MS);
  });
});

describe('a calibration', () => {
  test('that found nothing changes no time', () => {
    const { rows, afterIdle } = calibrateProfile(PROFILE, UNCHANGED);
    expect(rows).toEqual(PROFILE.rows);
    expect(afterIdle?.map(({ rows: [row] }) => row)).toEqual(PROFILE.afterIdle?.map(({ rows: [row] }) => row));
  });

  test('scales executions and adds to the host, each after the idle time it was found at', () => {
    const afterIdle = [
      { idleNs: 0, inferFactor: 1.1, extra: { meanNs: 0.1 * MS, quantilesNs: [] } },
      { idleNs: 4 * MS, inferFactor: 2, extra: { meanNs: 0.5 * MS, quantilesNs: [] } },
    ];
    const calibrated = calibrateProfile(PROFILE, { ...UNCHANGED, afterIdle });
    expect(calibrated.rows[0].meanNs).toBeCloseTo(2.2 * MS, 0);
    expect(calibrated.rows[0].host?.meanNs).toBeCloseTo(0.3 * MS, 0);
    expect(calibrated.afterIdle?.map(({ idleNs }) => idleNs / MS)).toEqual([1, 4, 100]);
    // Beyond the last entry it stays.
    expect(calibrated.afterIdle?.[2].rows[0].meanNs).toBe(10 * MS);
    expect(calibrated.afterIdle?.[2].rows[0].host?.meanNs).toBeCloseTo(1.3 * MS, 0);
  });

  test('adds at each quantile what it found there, and makes no time negative or its quantiles fall', () => {
    const quantilesNs = [
      { probability: 0.1, valueNs: -10 * MS },
      { probability: 0.9, valueNs: 3 * MS },
    ];
    const afterIdle = [{ idleNs: 0, inferFactor: 1, extra: { meanNs: 0, quantilesNs } }];
    const [{ host }] = calibrateProfile(PROFILE, { ...UNCHANGED, afterIdle }).rows;
    const values = host?.quantilesNs?.map(({ valueNs }) => valueNs) ?? [];
    expect(values[0]).toBe(0);
    expect(values.at(-1)).toBeCloseTo(0.2 * MS * 1.16 + 3 * MS, 0);
    expect(values.toSorted((a, b) => a - b)).toEqual(values);
  });
});

test('a profile taken on a slower day is scaled in all its batches, and not in its load', () => {
  const scaled = scaleProfile(PROFILE, 0.5);
  expect(scaled.rows[1].meanNs).toBe(3 * MS);
  expect(scaled.afterIdle?.[1].rows[0].host?.meanNs).toBe(0.4 * MS);
  expect(scaled.hostOverheadNs).toBe(0.1 * MS);
  expect(scaled.loadNs).toBe(PROFILE.loadNs);
});
