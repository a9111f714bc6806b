// The Knative autoscaler at each of its thresholds, on both sides.
import { describe, expect, test } from 'vitest';
import type { ModelScaling } from '../../../core/index.ts';
import { LOADING, milliseconds, seconds } from '../../../core/index.ts';
import { SMALL, addWorker, policyOf } from './fixtures.ts';
import type { World } from './fixtures.ts';
import { carryOut, current, deltaOf, setConcurrency, worldWith } from './model-scaling-plant.ts';

/** Ticks every two seconds up to an instant with a constant concurrency, carrying out the decisions. */
function run(
  world: World,
  policy: { decide(now: number): readonly ModelScaling[] },
  { fromS, toS, inputs }: { readonly fromS: number; readonly toS: number; readonly inputs: number },
): ModelScaling[] {
  setConcurrency(world, inputs, seconds(fromS));
  const all: ModelScaling[] = [];
  for (let now = seconds(fromS) + seconds(2); now <= seconds(toS); now += seconds(2)) {
    const changes = policy.decide(now);
    all.push(...changes);
    carryOut(world, changes, now);
  }
  return all;
}

describe('model-scaling knative', () => {
  test('takes as many workers as the stable average asks for at 70 of 100', () => {
    const world = worldWith(3);
    const policy = policyOf('model-scaling', 'knative', world);
    run(world, policy, { fromS: 0, toS: 122, inputs: 210 });
    expect(current(world)).toBe(3);
    expect(run(world, policy, { fromS: 122, toS: 124, inputs: 211 })).toEqual([
      { variant: SMALL, delta: 1, reason: 'concurrency 210.0 over 60 s against target 70.0 per worker' },
    ]);
  });

  test('averages over the stable window: half a window of load is half the concurrency', () => {
    const world = worldWith(1);
    const policy = policyOf('model-scaling', 'knative', world, { panicThreshold: 1000 });
    run(world, policy, { fromS: 0, toS: 60, inputs: 0 });
    run(world, policy, { fromS: 60, toS: 90, inputs: 280 });
    // 280 for 30 of 60 s: 140, two workers.
    expect(current(world)).toBe(2);
    expect(deltaOf(run(world, policy, { fromS: 90, toS: 92, inputs: 280 }))).toBe(1);
  });

  test('panics when the panic window asks for twice the ready workers, and not below', () => {
    const panics = (inputs: number): boolean => {
      const world = worldWith(2);
      const policy = policyOf('model-scaling', 'knative', world);
      run(world, policy, { fromS: 0, toS: 120, inputs: 100 });
      return run(world, policy, { fromS: 120, toS: 126, inputs }).some(({ reason }) => reason.startsWith('panic'));
    };
    // Two ready workers panic when four are wanted: more than 210 over six seconds.
    expect(panics(210)).toBe(false);
    expect(panics(211)).toBe(true);
  });

  test('scales down no more in panic, and again a stable window after the last surge', () => {
    const world = worldWith(1);
    const policy = policyOf('model-scaling', 'knative', world);
    run(world, policy, { fromS: 0, toS: 60, inputs: 50 });
    run(world, policy, { fromS: 60, toS: 66, inputs: 350 });
    expect(current(world)).toBe(5);
    // The threshold was last reached at 62 s: three workers wanted of one that was ready.
    expect(run(world, policy, { fromS: 66, toS: 122, inputs: 50 })).toEqual([]);
    expect(deltaOf(run(world, policy, { fromS: 122, toS: 124, inputs: 50 }))).toBe(-3);
  });

  test('begins in panic with several workers, so that a young run does not lose them', () => {
    const world = worldWith(4);
    const policy = policyOf('model-scaling', 'knative', world);
    expect(run(world, policy, { fromS: 0, toS: 60, inputs: 0 })).toEqual([]);
    run(world, policy, { fromS: 60, toS: 62, inputs: 0 });
    expect(current(world)).toBe(2);
  });

  test('drains nobody in panic, however many load', () => {
    const world = worldWith(1);
    for (let i = 0; i < 4; i += 1) addWorker(world, { variant: SMALL, state: LOADING });
    const policy = policyOf('model-scaling', 'knative', world);
    // Two are wanted of the one that is ready; five are there.
    expect(run(world, policy, { fromS: 0, toS: 2, inputs: 140 })).toEqual([]);
  });

  test('replaces a worker that dies in panic', () => {
    const world = worldWith(3, 4);
    const policy = policyOf('model-scaling', 'knative', world);
    expect(deltaOf(run(world, policy, { fromS: 0, toS: 2, inputs: 10 }))).toBe(1);
  });

  test('halves the workers at most in one decision', () => {
    const world = worldWith(8);
    const policy = policyOf('model-scaling', 'knative', world, { min: 1 });
    run(world, policy, { fromS: 0, toS: 60, inputs: 0 });
    const changes = run(world, policy, { fromS: 60, toS: 70, inputs: 0 });
    expect(changes.map(({ delta }) => delta)).toEqual([-4, -2, -1]);
  });

  test('limits the growth of one decision to the scale-up rate', () => {
    const world = worldWith(1);
    const policy = policyOf('model-scaling', 'knative', world, { maxScaleUpRate: 3 });
    const changes = run(world, policy, { fromS: 0, toS: 4, inputs: 7000 });
    expect(changes.map(({ delta }) => delta)).toEqual([2, 6]);
  });

  test('keeps the last worker for the grace period after an idle stable window, then none', () => {
    const world = worldWith(1);
    const policy = policyOf('model-scaling', 'knative', world);
    run(world, policy, { fromS: 0, toS: 10, inputs: 5 });
    // Idle from 10 s; the window of the tick at 70 s is the first without any load; 30 s of grace.
    run(world, policy, { fromS: 10, toS: 98, inputs: 0 });
    expect(current(world)).toBe(1);
    run(world, policy, { fromS: 98, toS: 100, inputs: 0 });
    expect(current(world)).toBe(0);
  });

  test('does not take a young run for an idle one', () => {
    const world = worldWith(1);
    const policy = policyOf('model-scaling', 'knative', world);
    run(world, policy, { fromS: 0, toS: 58, inputs: 0 });
    expect(current(world)).toBe(1);
    run(world, policy, { fromS: 58, toS: 60, inputs: 0 });
    expect(current(world)).toBe(0);
  });

  test('comes back from zero at the tick after a request', () => {
    const world = worldWith(0, 1);
    const policy = policyOf('model-scaling', 'knative', world);
    run(world, policy, { fromS: 0, toS: 100, inputs: 0 });
    expect(current(world)).toBe(0);
    expect(deltaOf(run(world, policy, { fromS: 100, toS: 102, inputs: 1 }))).toBe(1);
  });

  test('gives the exact average of a load that changes between ticks', () => {
    const world = worldWith(1);
    const policy = policyOf('model-scaling', 'knative', world, { targetConcurrency: 1, targetUtilisation: 1 });
    setConcurrency(world, 3, milliseconds(500));
    setConcurrency(world, 0, milliseconds(1500));
    // Three inputs for one of two seconds: 1.5, two workers.
    expect(policy.decide(seconds(2))).toEqual([
      { variant: SMALL, delta: 1, reason: 'panic: concurrency 1.5 over 6 s against target 1.0 per worker' },
    ]);
  });
});
