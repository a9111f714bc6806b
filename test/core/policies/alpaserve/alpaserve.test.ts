// The policy over the tables, and whole runs against replicas dealt round robin.
import { describe, expect, test } from 'vitest';
import type { Family, PolicyChoice, PolicyModule, RunRecord } from '../../../../core/index.ts';
import { NO_SOLVER, SERVED, defaultsOf, invariant, milliseconds, reason, seconds } from '../../../../core/index.ts';
import { alpaserve } from '../../../../core/policies/alpaserve/alpaserve.ts';
import { queueNs } from '../../../../core/policies/alpaserve/shortest-group.ts';
import { planOf } from '../../../fixtures/plans.ts';
import { rowsOf, simulate } from '../../../fixtures/runs.ts';
import { deterministic } from '../../../fixtures/services.ts';
import { PoissonWorkload, kindPerVariant } from '../../../fixtures/workloads.ts';
import { CPU, HOST, SMALL, TINY_HOST, addMachine, addWorker, emptyWorld, open, policyOf } from '../fixtures.ts';
import type { World } from '../fixtures.ts';
import { initialOf } from '../model-scaling-plant.ts';

type Parts = 'admission' | 'dispatch' | 'placement' | 'model-scaling';

function moduleOf(world: World, given: Record<string, number | string> = {}): Required<Pick<PolicyModule, Parts>> {
  const options = { ...defaultsOf(alpaserve.options), ...given } as Parameters<typeof alpaserve.create>[0]['options'];
  const { admission, dispatch, placement, ...rest } = alpaserve.create({
    ...world.context,
    solver: NO_SOLVER,
    options,
  });
  const scaling = rest['model-scaling'];
  const isWhole = admission !== undefined && dispatch !== undefined && placement !== undefined && scaling !== undefined;
  invariant(isWhole, 'AlpaServe serves all four');
  return { admission, dispatch, placement, 'model-scaling': scaling };
}

describe('AlpaServe', () => {
  test('places when it has watched the traffic, and once unless told otherwise', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    const module = moduleOf(world, { watch: seconds(10) });
    const { decide } = module['model-scaling'];
    // Three at once, each within one execution: three replicas.
    for (let i = 0; i < 3; i += 1) module.admission.admit(open(world, { latencyMs: 10 }), SMALL, seconds(5));
    expect(decide(seconds(10) - 1)).toEqual([]);
    expect(decide(seconds(10))).toEqual([
      { variant: SMALL, delta: 3, machine: 0, reason: 'placement of 3 replicas for 3 requests of 1 models' },
    ]);
    for (let i = 0; i < 5; i += 1) module.admission.admit(open(world, { latencyMs: 30 }), CPU, seconds(11));
    expect(decide(seconds(500)).map(({ variant }) => variant)).toEqual([SMALL]);
  });

  test('places again after the time given, for what came since', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    const module = moduleOf(world, { watch: 0, replan: seconds(60), history: seconds(30) });
    const { decide } = module['model-scaling'];
    module.admission.admit(open(world, { latencyMs: 10 }), SMALL, 0);
    expect(decide(seconds(1)).map(({ variant }) => variant)).toEqual([SMALL]);
    module.admission.admit(open(world, { latencyMs: 30 }), CPU, seconds(50));
    expect(decide(seconds(61) - 1).map(({ variant }) => variant)).toEqual([SMALL]);
    expect(decide(seconds(61)).map(({ variant }) => variant)).toEqual([CPU]);
  });

  test('places for an assumed load of the initial variants before anything came', () => {
    const world = emptyWorld(initialOf([[SMALL, 1]]));
    addMachine(world, HOST);
    const [change] = moduleOf(world, { watch: 0, assumedRps: 300 })['model-scaling'].decide(seconds(1));
    // 300 a second at 10 ms each keep three replicas busy.
    expect(change.variant).toBe(SMALL);
    expect(change.delta).toBeGreaterThanOrEqual(3);
  });

  test('places again when a machine comes', () => {
    const world = emptyWorld();
    addMachine(world, TINY_HOST);
    const module = moduleOf(world, { watch: 0 });
    for (let i = 0; i < 4; i += 1) module.admission.admit(open(world, { latencyMs: 10 }), SMALL, 0);
    const deltas = (): number[] => module['model-scaling'].decide(seconds(1)).map(({ delta }) => delta);
    expect(deltas()).toEqual([2]);
    addMachine(world, TINY_HOST);
    expect(deltas()).toEqual([2, 2]);
  });

  test('finds the same placement by both searches where there is one best', () => {
    const placed = ['fast', 'beam'].map((search) => {
      const world = emptyWorld();
      addMachine(world, TINY_HOST);
      const module = moduleOf(world, { watch: 0, search });
      for (let i = 0; i < 2; i += 1) module.admission.admit(open(world, { latencyMs: 10 }), SMALL, 0);
      return module['model-scaling'].decide(seconds(1));
    });
    expect(placed[0]).toEqual(placed[1]);
  });
});

describe('the shortest queue of AlpaServe', () => {
  test('is that of the worker with least to execute, the lowest number of equals', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    for (const outstanding of [2, 1, 1]) addWorker(world, { variant: SMALL, outstanding });
    expect(moduleOf(world).dispatch.assign(open(world), SMALL, 0)).toBe(1);
    expect(queueNs(world.context, 0)).toBe(milliseconds(20));
  });

  test('admits what ends at its deadline and refuses what is a millisecond late', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: SMALL, outstanding: 2 });
    const { admission } = moduleOf(world);
    expect(admission.admit(open(world, { latencyMs: 30 }), SMALL, 0)).toBe(0);
    expect(admission.admit(open(world, { latencyMs: 29 }), SMALL, 0)).toBe(reason('deadline-unreachable'));
    const late = moduleOf(world, { margin: milliseconds(1) }).admission;
    expect(late.admit(open(world, { latencyMs: 30 }), SMALL, 0)).toBe(reason('deadline-unreachable'));
  });

  test('drops at its turn what can no longer end in time', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: SMALL });
    const slot = open(world, { latencyMs: 30 });
    const { expires } = policyOf('admission', 'alpaserve', world);
    expect(expires?.(slot, 0, milliseconds(20))).toBe(false);
    expect(expires?.(slot, 0, milliseconds(20) + 1)).toBe(true);
  });
});

/** Two models on four slots; nine of ten requests are for the first. */
function skewedRun(policies: Partial<Record<Family, string | PolicyChoice>>): RunRecord {
  const service = deterministic(milliseconds(25), { loadNs: seconds(0.5) });
  const plan = planOf({
    variants: [{ service }, { service }],
    workers: [2, 2],
    machines: [{ cores: 2, memoryBytes: 64, initial: 2 }],
    kinds: kindPerVariant(2),
    policies: {
      selection: 'cheapest',
      admission: 'deadline',
      placement: 'spread',
      'model-scaling': 'fixed',
      ...policies,
    },
  });
  const fill = (arrival: { kind: number; latencyNs: number }, stream: { chance(p: number): boolean }): void => {
    arrival.kind = stream.chance(0.9) ? 0 : 1;
    arrival.latencyNs = milliseconds(100);
  };
  const workload = { rateRps: 110, count: 110 * 60, seed: 'skewed', fill, kinds: kindPerVariant(2) };
  return simulate(plan, new PoissonWorkload(workload));
}

function underAlpaServe(search: string): RunRecord {
  const choice: PolicyChoice = { definition: alpaserve, options: { ...defaultsOf(alpaserve.options), search } };
  return skewedRun(Object.fromEntries(alpaserve.families.map((family) => [family, choice])));
}

function attainment(record: RunRecord): number {
  const rows = rowsOf(record).filter(({ scheduledNs }) => scheduledNs >= seconds(15));
  return rows.filter(({ outcome }) => outcome === SERVED).length / rows.length;
}

describe.each(['fast', 'beam'])('a run under AlpaServe with the %s search', (search) => {
  const placed = underAlpaServe(search);

  test('drains with its books in order, the same way twice', () => {
    expect(placed).toMatchObject({ ending: 'drained', findings: [] });
    expect(underAlpaServe(search).digest).toBe(placed.digest);
  });

  test('serves more in time than replicas dealt round robin', () => {
    const dealt = skewedRun({});
    expect(dealt).toMatchObject({ ending: 'drained', findings: [] });
    expect(attainment(placed)).toBeGreaterThan(attainment(dealt) + 0.05);
  });
});
