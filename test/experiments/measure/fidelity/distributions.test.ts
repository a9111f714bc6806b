// What the figures of a comparison draw: pooled distributions, and time lines in bins of one width.
import { describe, expect, test } from 'vitest';
import { pairedSeries } from '../../../../experiments/measure/fidelity/fidelity-series.ts';
import { pooledCdf } from '../../../../experiments/measure/fidelity/pooled-cdf.ts';
import { replicationOf } from '../../compare/results.ts';

describe('a pooled distribution', () => {
  const even = (least: number) => ({
    latencyMs: Array.from({ length: 200 }, (_, index) => least + index),
    share: Array.from({ length: 200 }, (_, index) => (index + 1) / 200),
  });
  const at = (cdf: { latencyMs: readonly number[]; share: readonly number[] }, share: number) =>
    cdf.latencyMs[cdf.share.indexOf(share)];

  test('of one run is that run at fewer points', () => {
    const pooled = pooledCdf([even(1)]);
    expect([at(pooled, 0.5), at(pooled, 0.99), at(pooled, 1)]).toEqual([100, 198, 200]);
    expect(pooled.latencyMs).toHaveLength(pooled.share.length);
  });

  test('gives every run the same say', () => {
    // One run answers within 1 to 200 ms, the other within 1,001 to 1,200: half of all are answered within 200.
    const pooled = pooledCdf([even(1), even(1001)]);
    expect([at(pooled, 0.25), at(pooled, 0.5), at(pooled, 0.75)]).toEqual([100, 200, 1100]);
  });

  test('leaves out runs that answered nothing, and is empty of nothing else', () => {
    const silent = { latencyMs: [], share: [] };
    expect(at(pooledCdf([silent, even(1)]), 0.5)).toBe(100);
    expect(pooledCdf([silent])).toEqual(silent);
  });
});

describe('the time lines of a pair', () => {
  const run = (bins: number, binS: number) => {
    const blank = replicationOf(0);
    const counts = Array.from({ length: bins }, (_, bin) => bin);
    const series = {
      ...blank.series,
      binS,
      startS: counts.map((bin) => bin * binS),
      offeredRps: counts.map((bin) => (bin % 2 === 0 ? 30 : 10)),
      answeredRps: counts,
      attainmentPercent: counts.map((bin) => (bin % 2 === 0 ? 100 : 0)),
      latencyP99Ms: counts.map((bin) => (bin % 2 === 0 ? null : bin)),
      queuedInputs: counts.map(() => 2),
      workersReady: counts.map(() => null),
    };
    return { ...blank, series, durationS: bins * binS };
  };

  test('are merged to as many bins as a figure shows: rates by their mean, attainment by requests, p99 by the largest', () => {
    const { simulated } = pairedSeries(run(256, 0.5), run(256, 0.5));
    expect(simulated.binS).toBe(1);
    expect(simulated.answeredRps.slice(0, 3)).toEqual([0.5, 2.5, 4.5]);
    expect(simulated.attainmentPercent[0]).toBe(75);
    expect(simulated.latencyP99Ms.slice(0, 2)).toEqual([1, 3]);
    expect(simulated.workersReady[0]).toBeNull();
  });

  test('have bins of one width, also where one run took longer', () => {
    const { simulated, live } = pairedSeries(run(128, 0.5), run(150, 0.5));
    expect([simulated.binS, live.binS]).toEqual([1, 1]);
  });
});
