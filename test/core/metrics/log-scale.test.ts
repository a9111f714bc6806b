/** The logarithmic scale: precise from one nanosecond to the longest run, and monotonous. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OCTAVES, STEPS, midpointOf, stepOf } from '../../../core/metrics/log-scale.ts';

const CHECK = { seed: 20_260_308, numRuns: 20_000 };
const LARGEST = Number.MAX_SAFE_INTEGER;
/** Half a step of 2^-14, the promise of `log-scale.ts`; results promise 5e-5. */
const ERROR = 3.06e-5;

/** Whole numbers spread over the octaves instead of crowding into the highest. */
const durations = fc
  .tuple(fc.integer({ min: 0, max: OCTAVES - 1 }), fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true }))
  .map(([octave, factor]) => Math.floor(2 ** octave * factor));

describe('the step of a duration', () => {
  test('has a midpoint within 3.1e-5 of it, over all its octaves', () => {
    fc.assert(
      fc.property(durations, (value) => {
        expect(Math.abs(midpointOf(stepOf(value)) - value) / value).toBeLessThanOrEqual(ERROR);
      }),
      CHECK,
    );
  });

  test('is precise for every whole number up to 2^16 and at every power of two', () => {
    let worst = 0;
    const check = (value: number): void => {
      worst = Math.max(worst, Math.abs(midpointOf(stepOf(value)) - value) / value);
    };
    for (let value = 1; value <= 65_536; value += 1) check(value);
    for (let octave = 1; octave < OCTAVES; octave += 1) for (const near of [-1, 0, 1]) check(2 ** octave + near);
    check(LARGEST);
    expect(worst).toBeLessThanOrEqual(ERROR);
  });

  test('grows with the duration and stays on the scale', () => {
    fc.assert(
      fc.property(durations, durations, (one, two) => {
        const [less, more] = [Math.min(one, two), Math.max(one, two)];
        expect(stepOf(less)).toBeLessThanOrEqual(stepOf(more));
        expect(stepOf(less)).toBeGreaterThanOrEqual(0);
        expect(stepOf(more)).toBeLessThan(STEPS);
      }),
      CHECK,
    );
  });

  test('of nothing is the first, beyond the scale the last', () => {
    expect([0, 0.5, 1].map((value) => stepOf(value))).toEqual([0, 0, 0]);
    expect(stepOf(LARGEST)).toBe(STEPS - 1);
    expect(stepOf(2 * LARGEST)).toBe(STEPS - 1);
  });
});

test('a coarser scale has the error of its own steps', () => {
  fc.assert(
    fc.property(durations, (value) => {
      const dropped = 8;
      const coarse = midpointOf(stepOf(value) >>> dropped, dropped);
      expect(Math.abs(coarse - value) / value).toBeLessThanOrEqual(1 / 128);
    }),
    CHECK,
  );
});
