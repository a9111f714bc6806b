/** The stop rule: when it stops, why it says it stopped, and how many replications it expects. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideReplications } from '../../../experiments/statistics/index.ts';
import { normals } from './seeded.ts';

const plan = { relativeHalfWidthTarget: 0.05, cap: 100 };
const steady = (count: number): number[] => Array.from({ length: count }, (_, index) => 100 + (index % 2));
const noisy = (count: number): number[] => Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 50 : 150));

describe('the stop rule', () => {
  test('stops when the interval is narrow enough, and says so', () => {
    const decision = decideReplications(steady(10), plan);
    expect(decision).toMatchObject({ status: 'stop', reason: 'target-reached', interval: { samples: 10 } });
    expect(decision.relativeHalfWidth).toBeLessThan(0.05);
  });

  test('judges no interval before the minimum, however narrow', () => {
    expect(decideReplications(steady(9), plan)).toMatchObject({ status: 'continue', expectedTotal: 10 });
    expect(decideReplications(steady(3), { ...plan, minimum: 3 })).toMatchObject({ status: 'stop' });
  });

  test('stops at the cap, and says that the target was not reached', () => {
    expect(decideReplications(noisy(100), plan)).toMatchObject({ status: 'stop', reason: 'cap-reached' });
    expect(decideReplications(noisy(20), { ...plan, cap: 20 })).toMatchObject({ reason: 'cap-reached' });
  });

  test('reports the target when the last replication allowed reaches it', () => {
    expect(decideReplications(steady(10), { ...plan, cap: 10 })).toMatchObject({ reason: 'target-reached' });
  });

  test('goes on from nothing', () => {
    expect(decideReplications([], plan)).toEqual({
      status: 'continue',
      interval: null,
      relativeHalfWidth: null,
      expectedTotal: 10,
    });
  });

  test('expects four times the replications for half the width', () => {
    const now = decideReplications(noisy(20), { ...plan, relativeHalfWidthTarget: 0.001, cap: 1e6 });
    const target = (now.relativeHalfWidth ?? 0) / 2;
    const decision = decideReplications(noisy(20), { ...plan, relativeHalfWidthTarget: target, cap: 1e6 });
    expect(decision).toMatchObject({ status: 'continue', expectedTotal: 80 });
  });

  test('takes a metric that is always 0 for known, and one around 0 for never known', () => {
    expect(
      decideReplications(
        Array.from({ length: 10 }, () => 0),
        plan,
      ),
    ).toMatchObject({ reason: 'target-reached' });
    const around = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? -1 : 1));
    expect(decideReplications(around, plan)).toMatchObject({ status: 'continue', relativeHalfWidth: null });
  });

  test('allows a single replication, which reaches no target', () => {
    expect(decideReplications([5], { ...plan, cap: 1 })).toMatchObject({ status: 'stop', reason: 'cap-reached' });
  });

  test('always ends by the cap, and reaches the target whenever it says so', () => {
    const targets = fc.double({ min: 0.005, max: 0.3, noNaN: true });
    fc.assert(
      fc.property(fc.integer(), targets, fc.integer({ min: 1, max: 40 }), (seed, relativeHalfWidthTarget, cap) => {
        const normal = normals(seed);
        const values: number[] = [];
        let decision = decideReplications(values, { relativeHalfWidthTarget, cap });
        while (decision.status === 'continue') {
          expect(decision.expectedTotal).toBeGreaterThan(values.length);
          expect(decision.expectedTotal).toBeLessThanOrEqual(cap);
          values.push(20 + normal());
          decision = decideReplications(values, { relativeHalfWidthTarget, cap });
        }
        expect(values.length).toBeLessThanOrEqual(cap);
        const reached = (decision.relativeHalfWidth ?? Infinity) <= relativeHalfWidthTarget;
        expect(decision.reason).toBe(reached ? 'target-reached' : 'cap-reached');
      }),
      { seed: 20_261_120, numRuns: 60 },
    );
  });

  test('refuses a target of 0 and a cap below the minimum', () => {
    expect(() => decideReplications([], { ...plan, relativeHalfWidthTarget: 0 })).toThrow('above 0, found 0');
    expect(() => decideReplications([], { ...plan, cap: 5, minimum: 6 })).toThrow('minimum <= cap, found 6 and 5');
  });
});
