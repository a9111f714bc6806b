import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NANOS_PER_SECOND, seconds } from '../../core/index.ts';
import { ARRIVAL_PROCESSES, expectedArrivals } from '../../traces/index.ts';
import type { OpenArrivals } from '../../traces/index.ts';
import { weibullMean, weibullShape } from '../../traces/arrivals/weibull-shape.ts';
import { arrivalsOf, EXAMPLES, gapCv, timesOf, workloadSpec } from './workload-specs.ts';

const EVERY_PROCESS = Object.values(EXAMPLES);

/** Specifications of every process, over wide ranges. */
const rate = fc.double({ min: 0.001, max: 1e6, noNaN: true });
const cv = fc.double({ min: 0.01, max: 100, noNaN: true });
const span = fc.integer({ min: 1, max: seconds(100) });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const simple: fc.Arbitrary<OpenArrivals> = fc.oneof(
  fc.record({ process: fc.constant('constant' as const), rateRps: rate }),
  fc.record({ process: fc.constant('poisson' as const), rateRps: rate }),
  fc.record({ process: fc.constant('gamma' as const), rateRps: rate, cv }),
  fc.record({ process: fc.constant('weibull' as const), rateRps: rate, cv }),
  fc.record({
    process: fc.constant('mmpp' as const),
    states: fc.array(fc.record({ rateRps: rate, meanDwellNs: fc.integer({ min: 1e6, max: seconds(100) }) }), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
  fc.record({
    process: fc.constant('diurnal' as const),
    meanRps: rate,
    amplitude: share,
    periodNs: span,
    phase: share,
  }),
  fc.record({ process: fc.constant('ramp' as const), fromRps: rate, toRps: rate, overNs: span }),
  fc
    .record({ baseRps: rate, spikeRps: rate, lastsNs: fc.integer({ min: 1e5, max: 1e10 }), firstAtNs: span })
    .map((spec) => ({ process: 'spikes' as const, ...spec, everyNs: 2 * spec.lastsNs })),
);
const anyProcess: fc.Arbitrary<OpenArrivals> = fc.oneof(
  { weight: 8, arbitrary: simple },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.record({ durationNs: span, arrivals: simple }), { minLength: 1, maxLength: 4 })
      .map((phases) => ({ process: 'phases' as const, phases })),
  },
);

describe('arrival processes', () => {
  test('the examples of the tests cover the registry', () => {
    expect(Object.keys(EXAMPLES)).toEqual(Object.keys(ARRIVAL_PROCESSES));
  });

  test('times are whole nanoseconds in the run and never decrease', () => {
    fc.assert(
      fc.property(anyProcess, fc.string(), (arrivals, seed) => {
        const spec = workloadSpec(arrivals, { durationNs: seconds(1000), limit: 300 });
        let lastNs = 0;
        for (const { atNs } of arrivalsOf(spec, seed)) {
          expect(Number.isSafeInteger(atNs) && atNs >= lastNs && atNs < seconds(1000)).toBe(true);
          lastNs = atNs;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the same seed gives the same arrivals, another seed others', () => {
    fc.assert(
      fc.property(anyProcess, fc.string(), (arrivals, seed) => {
        const spec = workloadSpec(arrivals, { durationNs: seconds(100), limit: 50 });
        const times = arrivalsOf(spec, seed);
        expect(arrivalsOf(spec, seed)).toEqual(times);
      }),
      { numRuns: 100 },
    );
    expect(timesOf(EXAMPLES.poisson, 10, 'one')).not.toEqual(timesOf(EXAMPLES.poisson, 10, 'two'));
  });

  test.each(EVERY_PROCESS)('$process meets its mean rate', (arrivals) => {
    const durationNs = seconds(2000);
    const expected = expectedArrivals(workloadSpec(arrivals, { durationNs }));
    const found = timesOf(arrivals, 2000).length;
    // Bursty processes need more arrivals for the same accuracy; 3 % holds for all of them at this length.
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.03);
  });

  test.each([0.2, 0.7, 1, 2, 5])('gamma and weibull gaps have the coefficient of variation %d', (wanted) => {
    for (const process of ['gamma', 'weibull'] as const) {
      const found = gapCv(timesOf({ process, rateRps: 1000, cv: wanted }, 300));
      expect(Math.abs(found / wanted - 1)).toBeLessThan(0.05);
    }
  });

  test('poisson gaps have a coefficient of variation of 1, constant ones of 0', () => {
    expect(gapCv(timesOf({ process: 'poisson', rateRps: 1000 }, 300))).toBeCloseTo(1, 1);
    expect(gapCv(timesOf({ process: 'constant', rateRps: 1000 }, 10))).toBe(0);
  });

  test('mmpp gaps have the variation that theory gives for two states', () => {
    // Fischer and Meier-Hellstern, "The Markov-modulated Poisson process cookbook", Performance Evaluation 18, 1993.
    const [rateA, rateB, leaveA, leaveB] = [20, 260, 1 / 2, 1];
    const difference = rateA - rateB;
    const sum = leaveA + leaveB;
    const scv =
      1 +
      (2 * leaveA * leaveB * difference * difference) / (sum * sum * (rateA * rateB + rateA * leaveB + rateB * leaveA));
    const found = gapCv(timesOf(EXAMPLES.mmpp, 5000));
    expect(Math.abs(found / Math.sqrt(scv) - 1)).toBeLessThan(0.03);
  });

  test('an mmpp matrix decides which state follows', () => {
    const silent = { rateRps: 0, meanDwellNs: seconds(1) };
    const busy = { rateRps: 100, meanDwellNs: seconds(1) };
    const transition = [
      [0, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ];
    const spec = { process: 'mmpp', states: [silent, busy, silent], transition } as const;
    expect(timesOf(spec, 1000).length / 1000).toBeCloseTo(100, -1);
    expect(expectedArrivals(workloadSpec(spec))).toBeCloseTo(1000, 6);
  });

  test('a state that is never left and has no arrivals ends the arrivals, not the program', () => {
    const states = [
      { rateRps: 50, meanDwellNs: seconds(1) },
      { rateRps: 0, meanDwellNs: seconds(1) },
    ];
    const transition = [
      [0, 1],
      [0, 1],
    ];
    expect(timesOf({ process: 'mmpp', states, transition }, 1000).length).toBeGreaterThan(0);
  });

  test('constant arrivals begin at 0 and do not drift', () => {
    const times = timesOf({ process: 'constant', rateRps: 3 }, 1000);
    expect(times.slice(0, 4)).toEqual([0, 333_333_333, 666_666_667, 1_000_000_000]);
    expect(times).toHaveLength(3000);
    expect(times.at(-1)).toBe(999_666_666_667);
  });

  test('diurnal arrivals follow the sine', () => {
    const spec = { process: 'diurnal', meanRps: 1000, amplitude: 1, periodNs: seconds(100) } as const;
    const times = timesOf(spec, 100);
    const inQuarter = (quarter: number): number =>
      times.filter((time) => Math.floor(time / seconds(25)) === quarter).length;
    // The integral of 1 + sin over the rising quarter is T/4 + T/(2 pi); over the falling one T/4 - T/(2 pi).
    const high = 25_000 + 100_000 / (2 * Math.PI);
    const low = 25_000 - 100_000 / (2 * Math.PI);
    for (const [quarter, expected] of [high, high, low, low].entries()) {
      expect(Math.abs(inQuarter(quarter) / expected - 1)).toBeLessThan(0.03);
    }
  });

  test('a ramp holds its last rate after its end, and 0 is silence', () => {
    const up = timesOf({ process: 'ramp', fromRps: 0, toRps: 100, overNs: seconds(10) }, 1010);
    expect(up.filter((time) => time >= seconds(10)).length / 1000).toBeCloseTo(100, -1);
    const down = timesOf({ process: 'ramp', fromRps: 100, toRps: 0, overNs: seconds(100) }, 1000);
    expect(down.length / 5000).toBeCloseTo(1, 1);
    expect(Math.max(...down)).toBeLessThan(seconds(100));
  });

  test('spikes come at their times and at their rate', () => {
    const spec = { ...EXAMPLES.spikes, baseRps: 0, spikeRps: 1000 };
    const times = timesOf(spec, 100);
    const late = times.filter((time) => (time - seconds(4)) % seconds(10) >= seconds(1));
    expect(late).toEqual([]);
    expect(times[0]).toBeGreaterThanOrEqual(seconds(4));
    expect(times.length / 10_000).toBeCloseTo(1, 1);
  });

  test('phases follow one another and a change of one leaves the others as they were', () => {
    const phase = (rateRps: number, durationS: number) =>
      ({ durationNs: seconds(durationS), arrivals: { process: 'poisson', rateRps } }) as const;
    const late = (first: number): number[] =>
      timesOf({ process: 'phases', phases: [phase(first, 10), phase(0, 5), phase(70, 10)] }, 100).filter(
        (time) => time >= seconds(10),
      );
    expect(late(50)).toEqual(late(100));
    expect(late(50)[0]).toBeGreaterThanOrEqual(seconds(15));
    expect(late(50).at(-1)).toBeLessThan(seconds(25));
  });

  test('a rate of one a nanosecond is the limit of the clock and still works', () => {
    const spec = workloadSpec({ process: 'constant', rateRps: NANOS_PER_SECOND }, { limit: 3 });
    expect(arrivalsOf(spec).map((arrival) => arrival.atNs)).toEqual([0, 1, 2]);
  });

  test('the Weibull shape gives back known moments', () => {
    // Shape 1 is exponential; shape 1/2 has mean 2 and second moment 24, so cv^2 = 24 / 4 - 1.
    expect(weibullShape(1)).toBeCloseTo(1, 9);
    expect(weibullShape(Math.sqrt(5))).toBeCloseTo(0.5, 9);
    expect(weibullMean(0.5)).toBeCloseTo(2, 9);
    expect(weibullMean(2)).toBeCloseTo(Math.sqrt(Math.PI) / 2, 9);
  });
});
