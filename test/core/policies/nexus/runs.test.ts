// Nexus in whole simulated runs: models that share GPUs, planned by observed rates.
import { describe, expect, test } from 'vitest';
import type { Arrival, RunRecord } from '../../../../core/index.ts';
import { NEVER, milliseconds, seconds } from '../../../../core/index.ts';
import { nexus } from '../../../../core/policies/nexus/nexus.ts';
import type { SimulationPlan } from '../../../../sim/index.ts';
import { planOf } from '../../../fixtures/plans.ts';
import type { PlanParts } from '../../../fixtures/plans.ts';
import { rowsOf, simulate } from '../../../fixtures/runs.ts';
import { exponential } from '../../../fixtures/services.ts';
import { PoissonWorkload, kindPerVariant } from '../../../fixtures/workloads.ts';
import { asFamilies, executionsOf, gpuMachine, mostAtOnce, onGpu, tallyOf } from '../gpu-world.ts';
import type { Tally } from '../gpu-world.ts';

const MODELS = 3;

/** Three models of 5 + n ms on machines of one GPU each. */
function plan(gpus: number, parts: PlanParts = {}, options: Readonly<Record<string, number>> = {}): SimulationPlan {
  return planOf({
    variants: Array.from({ length: MODELS }, () => onGpu(5, 1)),
    machines: [{ ...gpuMachine(), initial: gpus }],
    kinds: kindPerVariant(MODELS),
    policies: { selection: 'cheapest', ...asFamilies(nexus, { epoch: seconds(5), ...options }) },
    ...parts,
  });
}

/** Poisson arrivals, the first model getting a share, the others the rest alike. */
function load(
  rateRps: number,
  count: number,
  { objectiveMs = 60, share = 1 / 3, models = MODELS } = {},
): PoissonWorkload {
  const fill = (arrival: Arrival, stream: { int(n: number): number; chance(p: number): boolean }): void => {
    arrival.kind = stream.chance(share) ? 0 : Math.min(models - 1, 1 + stream.int(2));
    arrival.latencyNs = objectiveMs === NEVER ? NEVER : milliseconds(objectiveMs);
  };
  return new PoissonWorkload({ rateRps, count, seed: 'nexus', kinds: kindPerVariant(models), fill });
}

const tally = (record: RunRecord): Tally => tallyOf(rowsOf(record));

function clean(record: RunRecord): RunRecord {
  expect(record).toMatchObject({ ending: 'drained', findings: [] });
  return record;
}

describe('a GPU under Nexus', () => {
  test('serves nearly all of a moderate load in time', () => {
    const { served, late } = tally(clean(simulate(plan(1), load(200, 3000))));
    expect(served).toBeGreaterThan(2900);
    expect(late).toBe(0);
  });

  test('drops early under overload and goes on serving full batches in time', () => {
    const { served, late, expired } = tally(clean(simulate(plan(1), load(2400, 6000))));
    expect(late).toBe(0);
    expect(served).toBeGreaterThan(1200);
    expect(served + expired).toBe(6000);
  });

  test('executes one batch at a time, however heavy the load', () => {
    const executions = executionsOf(rowsOf(clean(simulate(plan(1), load(1500, 2000)))));
    expect(mostAtOnce(executions)).toBe(1);
  });

  test('starves no model', () => {
    const rows = rowsOf(clean(simulate(plan(1), load(2400, 6000))));
    const served = [0, 1, 2].map(
      (variant) => rows.filter((row) => row.variant === variant && row.outcome === 1).length,
    );
    expect(Math.min(...served)).toBeGreaterThan(0.2 * served.reduce((sum, count) => sum + count, 0));
  });

  test('serves everyone in the end when nobody has an objective', () => {
    expect(tally(clean(simulate(plan(1), load(600, 2000, { objectiveMs: NEVER })))).served).toBe(2000);
  });
});

describe('the plan', () => {
  test('gives a model as many GPUs as its rate needs, and the others what is left of one', () => {
    // Batches of 16 in 21 ms are 762 a second: the first model, at 1600, saturates two and shares a third.
    const record = clean(simulate(plan(4), load(2000, 12_000, { share: 0.8 })));
    const { late, served } = tally(record);
    expect(late).toBe(0);
    expect(served).toBeGreaterThan(10_000);
    const last = record.decisions[record.decisions.length - 1];
    expect(last.decision.reason).toMatch(/^plan \d+ for \d+\.\d inputs\/s$/);
    const live = new Map<number, number>();
    for (const { decision } of record.decisions) {
      if (decision.kind === 'worker.start') live.set(decision.variant, (live.get(decision.variant) ?? 0) + 1);
      if (decision.kind === 'worker.drain') live.set(decision.variant, (live.get(decision.variant) ?? 0) - 1);
    }
    expect(live.get(0)).toBe(3);
  });

  test('unloads a model that nobody asks for, and loads it again when somebody does', () => {
    let issued = 0;
    const fill = (arrival: Arrival): void => {
      arrival.kind = issued >= 1000 && issued < 2000 ? 1 : 0;
      arrival.latencyNs = milliseconds(200);
      issued += 1;
    };
    const workload = new PoissonWorkload({ rateRps: 100, count: 3000, seed: 'turns', kinds: kindPerVariant(3), fill });
    const record = clean(simulate(plan(1), workload));
    const drained = record.decisions.filter(({ decision }) => decision.kind === 'worker.drain');
    expect(drained.length).toBeGreaterThanOrEqual(3);
    const rows = rowsOf(record);
    for (const [from, until] of [
      [1200, 2000],
      [2200, 3000],
    ]) {
      const part = rows.filter(({ ordinal }) => ordinal >= from && ordinal < until);
      expect(tallyOf(part).served).toBeGreaterThan(790);
    }
  });

  test('asks for machines when the nodes do not fit', () => {
    const parts = { machines: [{ ...gpuMachine(), initial: 1, max: 4 }] };
    const policies = { selection: 'cheapest', 'machine-scaling': 'utilisation', ...asFamilies(nexus) } as const;
    const record = clean(simulate(plan(1, { ...parts, policies }), load(2000, 6000)));
    expect(record.decisions.some(({ decision }) => decision.kind === 'machine.boot')).toBe(true);
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
    expect(tally(clean(simulate(plan(1, rough), load(120, 3000)))).served).toBeGreaterThan(1000);
  });

  test('those without an objective are all served or lost in a crash', () => {
    const counts = tally(clean(simulate(plan(1, rough), load(60, 2000, { objectiveMs: NEVER }))));
    expect(counts.expired).toBe(0);
    expect(counts.served).toBeGreaterThan(1900);
  });

  test('a run is the same twice', () => {
    const digest = (): string => simulate(plan(2, rough), load(300, 2000)).digest;
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
  const record = clean(simulate(plan(1, parts), load(600, 500, { models: 1 })));
  expect(mostAtOnce(executionsOf(rowsOf(record)))).toBe(3);
});
