import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER, milliseconds, seconds } from '../../../../core/index.ts';
import type { Trace } from '../../../../core/policies/planning/arrival-log.ts';
import { quantileOf, simulateStage } from '../../../../core/policies/inferline/estimator.ts';
import { costOf, isFeasible, mostThroughput, planStage } from '../../../../core/policies/inferline/planner.ts';
import type { Hardware, StageGoal } from '../../../../core/policies/inferline/planner.ts';

function traceOf(timesMs: readonly number[], inputs: readonly number[] = timesMs.map(() => 1)): Trace {
  return {
    atNs: Float64Array.from(timesMs, milliseconds),
    inputs: Int32Array.from(inputs),
    objectiveNs: new Float64Array(timesMs.length).fill(NEVER),
  };
}

/** `base + perInput * inputs` milliseconds. */
const linear =
  (base: number, perInput: number) =>
  (inputs: number): number =>
    milliseconds(base + perInput * inputs);

function hardware(variant: number, priceUsd: number, maxBatch: number, batchNs: (inputs: number) => number): Hardware {
  return { variant, priceUsd, maxBatch, replicasMax: Infinity, batchNs };
}

/** One arrival each `gapMs` for a second. */
const steady = (gapMs: number): Trace => traceOf(Array.from({ length: 1000 / gapMs }, (_, i) => i * gapMs));

function goalOf(trace: Trace, objectiveMs: number, parts: Partial<StageGoal> = {}): StageGoal {
  return {
    trace,
    spanNs: seconds(1),
    objectiveNs: milliseconds(objectiveMs),
    quantile: 0.99,
    replicasMax: 20,
    ...parts,
  };
}

const inMs = (latencyNs: Float64Array): number[] => [...latencyNs].map((each) => each / 1e6);

describe('the estimator', () => {
  test('serves one queue first come first served on idle replicas', () => {
    const trace = traceOf([0, 1, 2, 3]);
    // One replica at 10 ms: ends at 10, 20, 30, 40. Two: 10, 11, 20, 21.
    expect(inMs(simulateStage(trace, { replicas: 1, batch: 1, batchNs: linear(10, 0) }))).toEqual([10, 19, 28, 37]);
    expect(inMs(simulateStage(trace, { replicas: 2, batch: 1, batchNs: linear(10, 0) }))).toEqual([10, 10, 18, 18]);
  });

  test('batches what waits when a replica is free, up to the batch, and waits for nobody', () => {
    const trace = traceOf([0, 1, 2, 3]);
    // 6 ms for the first, then three at once for 8 ms, or two and one.
    expect(inMs(simulateStage(trace, { replicas: 1, batch: 4, batchNs: linear(5, 1) }))).toEqual([6, 13, 12, 11]);
    expect(inMs(simulateStage(trace, { replicas: 1, batch: 2, batchNs: linear(5, 1) }))).toEqual([6, 12, 11, 16]);
  });

  test('counts inputs, and executes a query larger than the batch alone', () => {
    const trace = traceOf([0, 0, 0], [3, 1, 1]);
    expect(inMs(simulateStage(trace, { replicas: 1, batch: 2, batchNs: linear(0, 1) }))).toEqual([3, 5, 5]);
  });

  test('takes the quantile that a share of the values do not exceed', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0.99, 0.991, 1, 0].map((share) => quantileOf(values, share))).toEqual([99, 100, 100, 1]);
    expect(quantileOf(new Float64Array(), 0.99)).toBe(0);
  });
});

describe('the planner', () => {
  test('takes as many replicas as the objective needs', () => {
    const slow = [hardware(0, 1, 1, linear(25, 0))];
    // 100 inputs/s at 40 a replica: two and a half.
    expect(planStage(goalOf(steady(10), 40), slow)).toMatchObject({ batch: 1, replicas: 3 });
    expect(planStage(goalOf(steady(10), 24), slow)).toBeUndefined();
  });

  test('finds nothing where the replicas allowed are too few', () => {
    const slow = [hardware(0, 1, 1, linear(25, 0))];
    expect(planStage(goalOf(steady(10), 40, { replicasMax: 2 }), slow)).toBeUndefined();
  });

  test('doubles the batch to remove replicas, and stops where the objective binds', () => {
    const batched = [hardware(0, 1, 8, linear(20, 1))];
    // At batch 1 a replica serves 47 of 100 inputs/s; in 24 ms one at batch 4 serves 166.
    expect(planStage(goalOf(steady(10), 100), batched)).toMatchObject({ replicas: 1 });
    expect(planStage(goalOf(steady(10), 22), batched)).toMatchObject({ replicas: 3, batch: expect.any(Number) });
  });

  test('moves to cheaper hardware where the objective allows, and not by a millisecond less', () => {
    const offered = [hardware(0, 10, 1, linear(5, 0)), hardware(1, 1, 1, linear(20, 0))];
    expect(planStage(goalOf(steady(50), 20), offered)?.hardware.variant).toBe(1);
    expect(planStage(goalOf(steady(50), 19), offered)?.hardware.variant).toBe(0);
  });

  test('prefers one dear replica to many cheap ones that cost more', () => {
    const offered = [hardware(0, 3, 1, linear(9, 0)), hardware(1, 1, 1, linear(40, 0))];
    const plan = planStage(goalOf(steady(10), 100), offered);
    expect(plan).toMatchObject({ hardware: { variant: 0 }, replicas: 1 });
  });

  test('keeps up with the mean rate where there is no objective', () => {
    const slow = [hardware(0, 1, 1, linear(25, 0))];
    expect(planStage(goalOf(steady(10), 0, { objectiveNs: NEVER }), slow)?.replicas).toBe(3);
  });

  test('leaves out hardware that does not take the largest query', () => {
    const trace = traceOf([0, 500], [2, 1]);
    const offered = [hardware(0, 10, 4, linear(5, 0)), hardware(1, 1, 1, linear(5, 0))];
    expect(planStage(goalOf(trace, 50), offered)?.hardware.variant).toBe(0);
  });

  test('grows the batch where the replicas that have room do not do', () => {
    // At batch 1 two replicas serve 95 of 100 inputs/s, at batch 2 they serve 181.
    const short = { ...hardware(0, 1, 8, linear(20, 1)), replicasMax: 2 };
    const plan = planStage(goalOf(steady(10), 45), [short]);
    expect(plan?.replicas).toBeLessThanOrEqual(2);
    expect(plan?.batch).toBeGreaterThan(1);
    expect(planStage(goalOf(steady(10), 45), [{ ...short, maxBatch: 1 }])).toBeUndefined();
  });

  test('moves to a variant of larger batches on hardware of the same price, not to a slower one', () => {
    const small = { ...hardware(0, 1, 1, linear(20, 1)), replicasMax: 1 };
    const large = { ...hardware(1, 1, 8, linear(20, 1)), replicasMax: 1 };
    const slow = { ...hardware(2, 1, 64, linear(60, 5)), replicasMax: 1 };
    expect(planStage(goalOf(steady(20), 200), [small, large, slow])).toMatchObject({
      hardware: { variant: 1 },
      batch: 8,
    });
  });

  test('takes what serves most within the objective where nothing is feasible', () => {
    const small = { ...hardware(0, 1, 1, linear(20, 1)), replicasMax: 2 };
    const large = { ...hardware(1, 1, 64, linear(20, 1)), replicasMax: 2 };
    const goal = goalOf(steady(1), 50);
    expect(planStage(goal, [small, large])).toBeUndefined();
    // A batch of 30 executes in 50 ms.
    expect(mostThroughput(goal, [small, large])).toMatchObject({ hardware: { variant: 1 }, batch: 30, replicas: 2 });
    expect(mostThroughput(goal, [{ ...large, replicasMax: 0 }])?.replicas).toBe(1);
    expect(mostThroughput(goalOf(steady(1), 20), [small, large])).toBeUndefined();
  });

  test('never plans what misses the objective, nor what removing a replica would cheapen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 5, max: 120 }),
        fc.array(fc.record({ price: fc.integer({ min: 1, max: 9 }), base: fc.integer({ min: 1, max: 40 }) }), {
          minLength: 1,
          maxLength: 3,
        }),
        (times, objectiveMs, sketches) => {
          const goal = goalOf(traceOf([...times].sort((a, b) => a - b)), objectiveMs);
          const offered = sketches.map(({ price, base }, at) => hardware(at, price, 4, linear(base, 2)));
          const plan = planStage(goal, offered);
          if (plan === undefined) return;
          expect(isFeasible(goal, plan)).toBe(true);
          expect(plan.replicas > 1 && isFeasible(goal, { ...plan, replicas: plan.replicas - 1 })).toBe(false);
          expect(costOf(plan)).toBe(plan.hardware.priceUsd * plan.replicas);
        },
      ),
    );
  });
});
