import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelScaling } from '../../../core/index.ts';
import { DEAD, DRAINING, LOADING, NEVER, seconds } from '../../../core/index.ts';
import { CPU, GPU, HOST, SMALL, VARIANTS, addMachine, addWorker, emptyWorld, namesOf, policyOf } from './fixtures.ts';
import type { World } from './fixtures.ts';
import {
  addReady,
  carryOut,
  current,
  deltaOf,
  initialOf,
  sampled,
  setConcurrency,
  worldWith,
} from './model-scaling-plant.ts';

interface Step {
  readonly variant: number;
  readonly load: number;
  readonly waiting: number;
  readonly utilisation: number;
  readonly dies: boolean;
  readonly ticks: number;
}

const anySteps = fc.array(
  fc.record<Step>({
    variant: fc.constantFrom(...VARIANTS),
    load: fc.nat({ max: 400 }),
    waiting: fc.nat({ max: 60 }),
    utilisation: fc.double({ min: 0, max: 1, noNaN: true }),
    dies: fc.boolean(),
    ticks: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 25 },
);

interface Decided extends ModelScaling {
  readonly before: number;
}

/** Runs a policy over a load that jumps, and returns every decision with the number of workers before it. */
function history(name: string, options: Record<string, number>, steps: readonly Step[]): Decided[] {
  const world = emptyWorld(
    initialOf([
      [SMALL, 2],
      [CPU, 1],
    ]),
  );
  addMachine(world, HOST);
  addReady(world, 2);
  addReady(world, 1, CPU);
  const { decide, periodNs } = policyOf('model-scaling', name, world, options);
  const stepNs = periodNs === NEVER ? seconds(1) : periodNs;
  const decided: Decided[] = [];
  let now = 0;
  for (const { variant, load, waiting, utilisation, dies, ticks } of steps) {
    const { fleet } = world;
    setConcurrency(world, load, now, variant);
    fleet.waiting[variant] = fleet.ready(variant).length === 0 ? waiting : 0;
    for (let i = 0; i < fleet.ready(variant).length; i += 1) fleet.queued[fleet.ready(variant).at(i)] = waiting;
    if (dies && fleet.ready(variant).length > 0) fleet.setState(fleet.ready(variant).at(0), DEAD, now);
    for (let tick = 0; tick < ticks; tick += 1) {
      now += stepNs;
      sampled(world, { utilisation, concurrency: load }, variant);
      const changes = decide(now);
      for (const change of changes) decided.push({ ...change, before: current(world, change.variant) });
      carryOut(world, changes, now);
    }
  }
  return decided;
}

/** Options that set the bounds, for the policies that have them. */
const BOUNDED: Readonly<Record<string, Record<string, number>>> = {
  'queue-depth': { min: 1, max: 6, scaleDownDelay: seconds(5) },
  hpa: { min: 1, max: 6, stabilisationWindow: seconds(60) },
  knative: { min: 1, max: 6, targetConcurrency: 10 },
};

describe.each(namesOf('model-scaling'))('model-scaling %s', (name) => {
  test('decides on real changes with a reason, at most one per variant and period', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        for (const { delta, reason } of history(name, {}, steps)) {
          expect(Number.isInteger(delta) && delta !== 0).toBe(true);
          expect(reason).toMatch(/\d/);
        }
      }),
    );
  });

  test('never takes a variant below no workers', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        for (const { delta, before } of history(name, {}, steps)) expect(before + delta).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('decides the same on the same history', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        expect(history(name, {}, steps)).toEqual(history(name, {}, steps));
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(Object.keys(BOUNDED))('model-scaling %s', (name) => {
  test('goes neither beyond the maximum nor below the minimum', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        for (const { delta, before } of history(name, BOUNDED[name], steps)) {
          expect(before + delta).toBeLessThanOrEqual(6);
          expect(before + delta).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });

  test('refuses bounds that cross', () => {
    expect(() => policyOf('model-scaling', name, emptyWorld(), { min: 5, max: 3 })).toThrow(
      `model-scaling policy "${name}" may run no number of workers; found min 5, max 3; expected min no larger than max`,
    );
  });

  test('leaves a variant alone that nobody uses', () => {
    const world = emptyWorld();
    expect(policyOf('model-scaling', name, world, { min: 1 }).decide(seconds(60))).toEqual([]);
  });

  test('starts a worker for requests that wait for a variant without any', () => {
    const world = emptyWorld();
    world.fleet.waiting[SMALL] = 1;
    setConcurrency(world, 1, seconds(1));
    const changes = policyOf('model-scaling', name, world).decide(seconds(2));
    expect(changes.map(({ variant, delta }) => [variant, delta])).toEqual([[SMALL, 1]]);
  });

  test('counts workers that load as there', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    world.fleet.waiting[SMALL] = 1;
    setConcurrency(world, 1, seconds(1));
    addWorker(world, { variant: SMALL, state: LOADING });
    expect(policyOf('model-scaling', name, world).decide(seconds(2))).toEqual([]);
  });
});

describe('model-scaling fixed', () => {
  test('replaces the workers that died and counts those that load', () => {
    const world = worldWith(2, 4);
    addWorker(world, { variant: SMALL, state: LOADING });
    addWorker(world, { variant: SMALL, state: DRAINING });
    expect(policyOf('model-scaling', 'fixed', world).decide(0)).toEqual([
      { variant: SMALL, delta: 1, reason: '3 of 4 initial workers' },
    ]);
  });

  test('leaves alone what is as it was, and what did not begin with workers', () => {
    const world = worldWith(2);
    addReady(world, 1, GPU);
    expect(policyOf('model-scaling', 'fixed', world).decide(0)).toEqual([]);
  });
});

describe('model-scaling queue-depth', () => {
  const queued = (world: World, inputs: number): void => {
    world.fleet.queued[world.fleet.ready(SMALL).at(0)] = inputs;
  };

  test('adds workers when the depth per worker passes the target, not at it', () => {
    const world = worldWith(2);
    const { decide } = policyOf('model-scaling', 'queue-depth', world);
    queued(world, 10);
    expect(decide(0)).toEqual([]);
    queued(world, 11);
    expect(decide(seconds(1))).toEqual([
      { variant: SMALL, delta: 1, reason: '11 inputs wait for 2 workers against target 5 per worker' },
    ]);
  });

  test('counts what the scheduler holds', () => {
    const world = worldWith(2);
    world.fleet.waiting[SMALL] = 20;
    expect(deltaOf(policyOf('model-scaling', 'queue-depth', world).decide(0))).toBe(2);
  });

  test('drains after the delay and not a nanosecond before', () => {
    const world = worldWith(3);
    const { decide } = policyOf('model-scaling', 'queue-depth', world);
    expect(decide(seconds(10))).toEqual([]);
    expect(decide(seconds(70) - 1)).toEqual([]);
    expect(deltaOf(decide(seconds(70)))).toBe(-2);
  });

  test('drains to the most that was needed during the delay', () => {
    const world = worldWith(4);
    const { decide } = policyOf('model-scaling', 'queue-depth', world);
    decide(0);
    queued(world, 11);
    decide(seconds(30));
    queued(world, 0);
    expect(deltaOf(decide(seconds(60)))).toBe(-1);
  });

  test('comes down to the maximum without a delay', () => {
    const world = worldWith(5);
    expect(deltaOf(policyOf('model-scaling', 'queue-depth', world, { max: 3 }).decide(0))).toBe(-2);
  });

  test('begins the delay anew when all workers were needed', () => {
    const world = worldWith(2);
    const { decide } = policyOf('model-scaling', 'queue-depth', world);
    decide(0);
    queued(world, 10);
    decide(seconds(30));
    queued(world, 0);
    decide(seconds(31));
    expect(decide(seconds(90))).toEqual([]);
    expect(deltaOf(decide(seconds(91)))).toBe(-1);
  });
});
