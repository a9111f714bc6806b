// Clockwork in whole simulated runs: models that share GPUs, under loads they can and cannot serve.
import { describe, expect, test } from 'vitest';
import type { Arrival, RunRecord } from '../../../../core/index.ts';
import { NEVER, milliseconds, seconds } from '../../../../core/index.ts';
import { clockwork } from '../../../../core/policies/clockwork/clockwork.ts';
import type { SimulationPlan } from '../../../../sim/index.ts';
import { planOf } from '../../../fixtures/plans.ts';
import type { PlanParts } from '../../../fixtures/plans.ts';
import { rowsOf, simulate } from '../../../fixtures/runs.ts';
import { exponential } from '../../../fixtures/services.ts';
import { PoissonWorkload, kindPerVariant } from '../../../fixtures/workloads.ts';
import { asFamilies, executionsOf, gpuMachine, mostAtOnce, onGpu, tallyOf } from '../gpu-world.ts';
import type { Tally } from '../gpu-world.ts';

const MODELS = 3;

/** Three models of 5 + n ms on one GPU, which can execute about 800 requests a second in full batches. */
function plan(parts: PlanParts = {}, options: Readonly<Record<string, number>> = {}): SimulationPlan {
  return planOf({
    variants: Array.from({ length: MODELS }, () => onGpu(5, 1)),
    machines: [gpuMachine()],
    kinds: kindPerVariant(MODELS),
    policies: { selection: 'cheapest', ...asFamilies(clockwork, options) },
    ...parts,
  });
}

/** Poisson arrivals over the models, with an objective. */
function load(rateRps: number, count = 3000, { objectiveMs = 50, models = MODELS, inputs = 1 } = {}): PoissonWorkload {
  const fill = (arrival: Arrival, stream: { int(n: number): number }): void => {
    arrival.kind = stream.int(models);
    arrival.latencyNs = objectiveMs === NEVER ? NEVER : milliseconds(objectiveMs);
    arrival.inputs = 1 + stream.int(inputs);
  };
  return new PoissonWorkload({ rateRps, count, seed: 'clockwork', kinds: kindPerVariant(models), fill });
}

const tally = (record: RunRecord): Tally => tallyOf(rowsOf(record));

/** A run that must have drained, with its books in order. */
function clean(record: RunRecord): RunRecord {
  expect(record).toMatchObject({ ending: 'drained', findings: [] });
  return record;
}

describe('a GPU under Clockwork', () => {
  test('serves nearly all of a moderate load in time', () => {
    const { served, late } = tally(clean(simulate(plan(), load(200))));
    expect(served).toBeGreaterThan(2950);
    expect(late).toBe(0);
  });

  test('serves nobody late under a threefold overload and goes on serving, where shortest queue serves nearly all late', () => {
    const heavy = tally(clean(simulate(plan(), load(2400))));
    expect(heavy.late).toBe(0);
    expect(heavy.served).toBeGreaterThan(700);
    expect(heavy.served + heavy.rejected + heavy.expired).toBe(3000);
    const policies = {
      selection: 'cheapest',
      dispatch: 'shortest-queue',
      batching: ['fixed', { maxBatch: 16 }],
    } as const;
    const queued = tally(clean(simulate(plan({ policies, run: { contention: true } }), load(2400))));
    expect(queued.late).toBeGreaterThan(2000);
    expect(queued.served).toBeLessThan(heavy.served);
  });

  test.each([
    ['one batch at a time on one GPU', 1],
    ['two at a time on two', 2],
  ])('executes %s, however heavy the load', (_what, gpus) => {
    const record = clean(simulate(plan({ machines: [gpuMachine(gpus)] }), load(1500, 1500)));
    expect(mostAtOnce(executionsOf(rowsOf(record)))).toBe(gpus);
  });

  test('keeps the GPU busy while something can be in time', () => {
    const executions = executionsOf(rowsOf(clean(simulate(plan(), load(2400)))));
    const span = executions[executions.length - 1].endNs - executions[0].startNs;
    const busy = executions.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0);
    expect(busy / span).toBeGreaterThan(0.97);
  });

  test('starves no model', () => {
    const rows = rowsOf(clean(simulate(plan(), load(2400))));
    const served = [0, 1, 2].map(
      (variant) => rows.filter((row) => row.variant === variant && row.outcome === 1).length,
    );
    expect(Math.min(...served)).toBeGreaterThan(0.25 * served.reduce((sum, count) => sum + count, 0));
  });

  test('executes batches of the planned sizes only', () => {
    const sizes = new Set(executionsOf(rowsOf(simulate(plan(), load(900)))).map(({ inputs }) => inputs));
    expect([...sizes].filter((size) => ![1, 2, 4, 8, 16].includes(size))).toEqual([]);
    expect(sizes.size).toBeGreaterThan(2);
  });

  test('serves everyone in the end when nobody has an objective', () => {
    const { served } = tally(clean(simulate(plan(), load(900, 2000, { objectiveMs: NEVER, inputs: 3 }))));
    expect(served).toBe(2000);
  });
});

describe('models that are not loaded', () => {
  test('are loaded on demand, and what comes after the load is served', () => {
    const workers = [1, 0, 0];
    const record = clean(simulate(plan({ workers }), load(300)));
    const { served, late } = tally(record);
    expect(served).toBeGreaterThan(2500);
    expect(late).toBe(0);
    const starts = record.decisions.filter(({ decision }) => decision.kind === 'worker.start');
    expect(starts).toHaveLength(3);
  });

  test('take turns in memory: six models of which four fit are all served', () => {
    const models = 6;
    const parts = {
      variants: Array.from({ length: models }, () => onGpu(5, 1)),
      workers: [1, 1, 1, 1, 0, 0],
      kinds: kindPerVariant(models),
    };
    // One model at a time is asked for, for ten seconds each.
    let issued = 0;
    const fill = (arrival: Arrival): void => {
      arrival.kind = Math.floor(issued / 500);
      arrival.latencyNs = milliseconds(50);
      issued += 1;
    };
    const workload = new PoissonWorkload({ rateRps: 50, count: 3000, seed: 'turns', kinds: parts.kinds, fill });
    const record = clean(simulate(plan(parts), workload));
    const rows = rowsOf(record);
    for (let variant = 0; variant < models; variant += 1) {
      expect(rows.filter((row) => row.variant === variant && row.outcome === 1).length).toBeGreaterThan(450);
    }
  });
});

describe('where the world is not as predicted', () => {
  const rough: PlanParts = {
    variants: Array.from({ length: MODELS }, () => onGpu(0, 0, { service: exponential(milliseconds(8)) })),
    run: {
      network: { delayNs: milliseconds(1), jitter: true },
      faults: [{ fault: 'worker-crash', times: { kind: 'random', meanBetweenNs: seconds(1) } }],
    },
  };

  test('every request still ends, without a timeout, and workers that crash are replaced', () => {
    const record = clean(simulate(plan(rough), load(120, 3000)));
    expect(tally(record).served).toBeGreaterThan(1500);
  });

  test('those without an objective are all served or lost in a crash', () => {
    const counts = tally(clean(simulate(plan(rough), load(60, 2000, { objectiveMs: NEVER }))));
    expect(counts.rejected + counts.expired).toBe(0);
    expect(counts.served).toBeGreaterThan(1900);
  });

  test('a run is the same twice', () => {
    const digest = (): string => simulate(plan(rough), load(300, 1000)).digest;
    expect(digest()).toBe(digest());
  });
});

test('CPU workers on reserved cores do not wait for each other', () => {
  const parts = {
    variants: [onGpu(5, 1, { accelerators: 0, hardware: 'cpu' })],
    workers: [3],
    machines: [{}],
    kinds: kindPerVariant(1),
  };
  const record = clean(simulate(plan(parts), load(600, 1000, { models: 1 })));
  expect(mostAtOnce(executionsOf(rowsOf(record)))).toBe(3);
});
