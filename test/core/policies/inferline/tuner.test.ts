import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER, seconds } from '../../../../core/index.ts';
import { Envelope, envelopeOf, windowsFrom } from '../../../../core/policies/inferline/envelope.ts';
import { Tuner } from '../../../../core/policies/inferline/tuner.ts';
import type { TunerPlan } from '../../../../core/policies/inferline/tuner.ts';

describe('the windows of an envelope', () => {
  test('double from the service time to a minute', () => {
    expect(windowsFrom(seconds(10), seconds(60))).toEqual([10, 20, 40, 60].map(seconds));
    expect(windowsFrom(seconds(15), seconds(60))).toEqual([15, 30, 60].map(seconds));
    expect(windowsFrom(seconds(90), seconds(60))).toEqual([seconds(60)]);
  });
});

describe('an envelope', () => {
  test('holds the most that any window has seen, without what is exactly its length old', () => {
    const trace = {
      atNs: Float64Array.from([0, 1, 1.5, 2, 9], seconds),
      inputs: Int32Array.of(1, 2, 1, 1, 1),
      objectiveNs: new Float64Array(5).fill(NEVER),
    };
    // A second holds 1 + 1.5 (3 inputs); two seconds hold 1, 1.5 and 2 (4 inputs); ten hold all 6.
    expect([...envelopeOf(trace, [1, 2, 10].map(seconds))]).toEqual([3, 2, 0.6]);
  });

  test('begins anew when its rates are taken, but remembers the arrivals', () => {
    const envelope = new Envelope([seconds(2)]);
    for (const at of [0, 0.5, 1]) envelope.push(seconds(at), 1);
    expect([...envelope.takeRates()]).toEqual([1.5]);
    expect([...envelope.takeRates()]).toEqual([0]);
    envelope.push(seconds(2.4), 1);
    expect([...envelope.takeRates()]).toEqual([1.5]);
  });

  test('is what counting each window by hand gives', () => {
    const arrivals = fc.array(fc.tuple(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 3 })), { maxLength: 200 });
    fc.assert(
      fc.property(arrivals, (sketch) => {
        const rows = [...sketch].sort(([a], [b]) => a - b);
        const windows = [7, 14, 60];
        const envelope = new Envelope(windows);
        for (const [at, inputs] of rows) envelope.push(at, inputs);
        const most = windows.map((window) =>
          Math.max(
            0,
            ...rows.map(([end], position) =>
              rows.slice(0, position + 1).reduce((sum, [at, inputs]) => sum + (at > end - window ? inputs : 0), 0),
            ),
          ),
        );
        expect([...envelope.takeRates()]).toEqual(most.map((inputs, at) => (inputs * 1e9) / windows[at]));
      }),
    );
  });
});

const OPTIONS = {
  stabilisation: seconds(15),
  downHorizon: seconds(30),
  downWindow: seconds(5),
  min: 1,
  max: 10,
};

/** Two replicas of 100 inputs/s, planned for 100: half of what they can. */
const PLAN: TunerPlan = {
  windowsNs: [seconds(1), seconds(10)],
  sampleRates: Float64Array.of(120, 105),
  throughputRps: 100,
  provisioning: 0.5,
  replicas: 2,
  isFeasible: true,
};

/** Sends a rate, evenly, for whole seconds after `fromS`, looking after each; the replicas after each look. */
function drive(tuner: Tuner, fromS: number, rates: readonly number[]): number[] {
  return rates.map((rate, second) => {
    const startNs = seconds(fromS + second);
    for (let i = 0; i < rate; i += 1) tuner.push(startNs + Math.floor((i * 1e9) / rate), 1);
    tuner.look(startNs + seconds(1));
    return tuner.replicas;
  });
}

describe('the tuner', () => {
  test('leaves alone what stays within the envelope, and adds replicas when a window exceeds it', () => {
    expect(drive(new Tuner(PLAN, OPTIONS, 0), 0, [120])).toEqual([2]);
    // 121 / (100 * 0.5) = 2.42.
    const tuner = new Tuner(PLAN, OPTIONS, 0);
    expect(drive(tuner, 0, [121])).toEqual([3]);
    expect(tuner.reason).toBe('bursts of 121.0 inputs/s: 3 replicas after 2');
  });

  test('sees a rise in a longer window that no burst shows', () => {
    // 110 a second is within the short window; ten seconds of it are 110 against 105.
    expect(drive(new Tuner(PLAN, OPTIONS, 0), 0, new Array<number>(11).fill(110))[10]).toBe(3);
  });

  test('follows a step at the next look', () => {
    expect(drive(new Tuner(PLAN, OPTIONS, 0), 0, [100, 100, 300])).toEqual([2, 2, 6]);
  });

  test('rounds nothing up that is whole', () => {
    expect(drive(new Tuner(PLAN, OPTIONS, 0), 0, [150])).toEqual([3]);
    expect(drive(new Tuner(PLAN, OPTIONS, 0), 0, [151])).toEqual([4]);
  });

  test('stays within its bounds', () => {
    expect(drive(new Tuner(PLAN, OPTIONS, 0), 0, [5000])).toEqual([10]);
    expect(drive(new Tuner(PLAN, { ...OPTIONS, min: 3 }, 0), 0, [1])).toEqual([3]);
  });

  test('removes replicas 15 s after the last change, down to the highest 5 s of the last 30', () => {
    const tuner = new Tuner(PLAN, OPTIONS, 0);
    const idle = drive(tuner, 0, [300, ...new Array<number>(50).fill(20)]);
    expect(idle[14]).toBe(6);
    // At 16 s the first seconds still count: (300 + 4 * 20) / 5 = 76, but the first window is a second of 300 alone.
    expect(idle.slice(0, 30).every((replicas) => replicas === 6)).toBe(true);
    expect(idle.at(-1)).toBe(1);
  });

  test('does not remove before the stabilisation is over', () => {
    const tuner = new Tuner({ ...PLAN, replicas: 4 }, OPTIONS, seconds(100));
    tuner.look(seconds(115) - 1);
    expect(tuner.replicas).toBe(4);
    tuner.look(seconds(115));
    expect(tuner.replicas).toBe(1);
  });

  test('decides the same on the same arrivals, within its bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 40 }), (rates) => {
        const replicas = drive(new Tuner(PLAN, OPTIONS, 0), 0, rates);
        expect(drive(new Tuner(PLAN, OPTIONS, 0), 0, rates)).toEqual(replicas);
        expect(replicas.every((count) => count >= 1 && count <= 10)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
