// The Kubernetes autoscaler at each of its thresholds, on both sides; the first examples are its documentation's.
import { describe, expect, test } from 'vitest';
import { LOADING, seconds } from '../../../core/index.ts';
import { SMALL, addWorker, policyOf } from './fixtures.ts';
import { carryOut, current, deltaOf, sampled, worldWith } from './model-scaling-plant.ts';

describe('model-scaling hpa', () => {
  const onConcurrency = { metric: 'concurrency', targetConcurrency: 100, max: 100 };
  /** A policy over so many ready workers, and one decision at 15 s with the metric per worker. */
  function decideAt(workers: number, perWorker: number, options: Record<string, number | string> = {}): number {
    const world = worldWith(workers);
    const policy = policyOf('model-scaling', 'hpa', world, { ...onConcurrency, ...options });
    sampled(world, { concurrency: perWorker * workers });
    return deltaOf(policy.decide(seconds(15)));
  }

  test('doubles four workers when the metric is twice its target', () => {
    expect(decideAt(4, 200)).toBe(4);
  });

  test('halves them when the metric is half its target, without a stabilisation window', () => {
    expect(decideAt(4, 50, { stabilisationWindow: 0 })).toBe(-2);
  });

  test('rounds up', () => {
    expect(decideAt(4, 130)).toBe(2);
    expect(decideAt(10, 111, { max: 20 })).toBe(2);
  });

  test('takes a quotient that is whole but for rounding as whole', () => {
    // Nine workers with 1200 inputs at target 100 need 12, though in floating point 1200 / 9 / 100 * 9 > 12.
    expect(decideAt(9, 1200 / 9)).toBe(3);
  });

  test('leaves the metric alone within a tenth of the target, and acts beyond', () => {
    const none = { stabilisationWindow: 0 };
    expect(decideAt(10, 109.9, none)).toBe(0);
    expect(decideAt(10, 110.1, none)).toBe(2);
    expect(decideAt(10, 90.1, none)).toBe(0);
    expect(decideAt(10, 89.9, none)).toBe(-1);
    expect(decideAt(4, 150, { tolerance: 0.5 })).toBe(0);
  });

  test('adds at most four workers or doubles them in 15 s, whichever is more', () => {
    expect(decideAt(1, 1000)).toBe(4);
    expect(decideAt(4, 1000)).toBe(4);
    expect(decideAt(5, 1000)).toBe(5);
  });

  test('counts the workers added in the scale-up period against the next decision', () => {
    const world = worldWith(2);
    const { decide } = policyOf('model-scaling', 'hpa', world, onConcurrency);
    const load = (now: number): number => {
      sampled(world, { concurrency: 1e4 });
      const changes = decide(now);
      carryOut(world, changes, now);
      return deltaOf(changes);
    };
    expect(load(seconds(15))).toBe(4);
    expect(load(seconds(30) - 1)).toBe(0);
    expect(load(seconds(30))).toBe(6);
  });

  test('keeps the highest recommendation of the stabilisation window', () => {
    const world = worldWith(4);
    const { decide } = policyOf('model-scaling', 'hpa', world, { ...onConcurrency, stabilisationWindow: seconds(60) });
    const load = (now: number, concurrency: number): number => {
      sampled(world, { concurrency });
      const changes = decide(now);
      carryOut(world, changes, now);
      return current(world);
    };
    expect(load(seconds(15), 800)).toBe(8);
    expect(load(seconds(30), 300)).toBe(8);
    expect(load(seconds(45), 100)).toBe(8);
    expect(load(seconds(75) - 1, 100)).toBe(8);
    // The 8 of 15 s are out of the window, the 3 of 30 s are in.
    expect(load(seconds(75), 100)).toBe(3);
    expect(load(seconds(90), 100)).toBe(1);
  });

  test('does not scale down on its first look', () => {
    expect(decideAt(4, 10)).toBe(0);
  });

  test('lets workers that load dampen a scale-up', () => {
    const world = worldWith(2, 4);
    for (let i = 0; i < 2; i += 1) addWorker(world, { variant: SMALL, state: LOADING });
    const { decide } = policyOf('model-scaling', 'hpa', world, onConcurrency);
    // Two ready at twice the target are four at the target.
    sampled(world, { concurrency: 400 });
    expect(decide(seconds(15))).toEqual([]);
    // A little more than that is within the tolerance.
    sampled(world, { concurrency: 420 });
    expect(decide(seconds(30))).toEqual([]);
    // At three times: six.
    sampled(world, { concurrency: 600 });
    expect(deltaOf(decide(seconds(45)))).toBe(2);
  });

  test('replaces workers that died even where the metric is within the tolerance', () => {
    const world = worldWith(3, 4);
    const { decide } = policyOf('model-scaling', 'hpa', world, onConcurrency);
    sampled(world, { concurrency: 300 });
    expect(decide(seconds(15))).toEqual([
      { variant: SMALL, delta: 1, reason: '3 workers of 4: concurrency 100.0 against target 100.0 per worker' },
    ]);
  });

  test('takes utilisation against 80 % unless told otherwise', () => {
    const world = worldWith(4);
    const { decide, periodNs } = policyOf('model-scaling', 'hpa', world);
    sampled(world, { utilisation: 1 });
    expect(decide(periodNs)).toEqual([
      { variant: SMALL, delta: 1, reason: '4 workers of 5: utilisation 100.0 % against target 80.0 %' },
    ]);
  });

  test('waits for the first sample', () => {
    const world = worldWith(4);
    world.fleet.sampled.concurrency[SMALL] = 1e4;
    expect(policyOf('model-scaling', 'hpa', world, onConcurrency).decide(seconds(15))).toEqual([]);
  });
});
