import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOADING, REASONS, milliseconds, reason } from '../../../core/index.ts';
import {
  CPU,
  HOST,
  SMALL,
  VARIANTS,
  addMachine,
  addWorker,
  anyFleet,
  anyQuery,
  emptyWorld,
  namesOf,
  open,
  policyOf,
  worldOf,
} from './fixtures.ts';
import type { World } from './fixtures.ts';

function workersWith(outstanding: readonly number[], waiting = 0): World {
  const world = emptyWorld();
  addMachine(world, HOST);
  for (const inputs of outstanding) addWorker(world, { variant: SMALL, outstanding: inputs });
  world.fleet.waiting[SMALL] = waiting;
  return world;
}

describe.each(namesOf('admission'))('admission %s', (name) => {
  test('answers admission or a known reason, and the same to the same question', () => {
    fc.assert(
      fc.property(anyFleet, anyQuery, fc.constantFrom(...VARIANTS), (sketch, query, variant) => {
        const world = worldOf(sketch);
        const slot = open(world, query);
        const answer = policyOf('admission', name, world).admit(slot, variant, 0);
        expect(REASONS[answer]).toBeDefined();
        expect(policyOf('admission', name, world).admit(slot, variant, 0)).toBe(answer);
      }),
    );
  });

  test('refuses no less when there is more work before the request', () => {
    fc.assert(
      fc.property(
        anyFleet,
        anyQuery,
        fc.constantFrom(...VARIANTS),
        fc.nat({ max: 200 }),
        (sketch, query, variant, more) => {
          const world = worldOf(sketch);
          const slot = open(world, query);
          const before = policyOf('admission', name, world).admit(slot, variant, 0);
          for (let worker = 0; worker < world.fleet.outstanding.length; worker += 1)
            world.fleet.outstanding[worker] += more;
          const after = policyOf('admission', name, world).admit(slot, variant, 0);
          expect(before === 0 || after !== 0).toBe(true);
        },
      ),
    );
  });

  test('drops no request that has no deadline', () => {
    const world = workersWith([0]);
    const policy = policyOf('admission', name, world);
    expect(policy.expires?.(open(world), 0, milliseconds(1e6)) ?? false).toBe(false);
  });
});

describe('admission all', () => {
  test('admits whatever comes', () => {
    const world = workersWith([1e6]);
    expect(policyOf('admission', 'all', world).admit(open(world, { latencyMs: 1 }), SMALL, 0)).toBe(0);
  });
});

describe('admission queue-bound', () => {
  const queueFull = reason('queue-full');

  test('admits below the bound at the least loaded worker and refuses at it', () => {
    const admit = (outstanding: readonly number[]): number => {
      const world = workersWith(outstanding);
      return policyOf('admission', 'queue-bound', world, { max: 10 }).admit(open(world), SMALL, 0);
    };
    expect(admit([50, 9])).toBe(0);
    expect(admit([50, 10])).toBe(queueFull);
  });

  test('bounds what the scheduler holds when no worker is ready', () => {
    const admit = (waiting: number): number => {
      const world = workersWith([], waiting);
      return policyOf('admission', 'queue-bound', world, { max: 10 }).admit(open(world), SMALL, 0);
    };
    expect(admit(9)).toBe(0);
    expect(admit(10)).toBe(queueFull);
  });

  test('shares what the scheduler holds among the workers that load', () => {
    const world = workersWith([], 19);
    for (let i = 0; i < 2; i += 1) addWorker(world, { variant: SMALL, state: LOADING });
    const { admit } = policyOf('admission', 'queue-bound', world, { max: 10 });
    expect(admit(open(world), SMALL, 0)).toBe(0);
    world.fleet.waiting[SMALL] = 20;
    expect(admit(open(world), SMALL, 0)).toBe(queueFull);
  });

  test('counts a central queue, a part for each worker', () => {
    const admit = (waiting: number): number => {
      const world = workersWith([4, 4], waiting);
      return policyOf('admission', 'queue-bound', world, { max: 10 }).admit(open(world), SMALL, 0);
    };
    expect(admit(11)).toBe(0);
    expect(admit(12)).toBe(queueFull);
  });
});

describe('admission deadline', () => {
  const unreachable = reason('deadline-unreachable');

  test('admits what is predicted to end at the deadline and refuses what is a millisecond late', () => {
    // mobilenet-cpu: a full batch of 4 takes 25 ms, so 8 inputs wait 50 ms; a batch of 1 takes 10 ms.
    const world = workersWith([8, 20]);
    const { admit } = policyOf('admission', 'deadline', world);
    expect(admit(open(world, { latencyMs: 60 }), SMALL, 0)).toBe(0);
    expect(admit(open(world, { latencyMs: 59 }), SMALL, 0)).toBe(unreachable);
    expect(admit(open(world, { latencyMs: 60 }), SMALL, milliseconds(1))).toBe(unreachable);
  });

  test('adds the margin to its prediction', () => {
    const world = workersWith([8]);
    const { admit } = policyOf('admission', 'deadline', world, { margin: milliseconds(5) });
    expect(admit(open(world, { latencyMs: 65 }), SMALL, 0)).toBe(0);
    expect(admit(open(world, { latencyMs: 64 }), SMALL, 0)).toBe(unreachable);
  });

  test('takes the rate of the batches that are formed', () => {
    // One at a time: 8 inputs wait 80 ms.
    const world = workersWith([8]);
    const { admit } = policyOf('admission', 'deadline', world, { batch: 1 });
    expect(admit(open(world, { latencyMs: 90 }), SMALL, 0)).toBe(0);
    expect(admit(open(world, { latencyMs: 89 }), SMALL, 0)).toBe(unreachable);
  });

  test('always admits what has no deadline', () => {
    fc.assert(
      fc.property(anyFleet, fc.constantFrom(...VARIANTS), fc.nat({ max: 1e12 }), (sketch, variant, now) => {
        const world = worldOf(sketch);
        expect(policyOf('admission', 'deadline', world).admit(open(world), variant, now)).toBe(0);
      }),
    );
  });

  test('admits the first request of a variant without workers: it is what has one started', () => {
    const world = emptyWorld();
    expect(policyOf('admission', 'deadline', world).admit(open(world, { latencyMs: 30 }), CPU, 0)).toBe(0);
  });

  test('drops at batch forming what can no longer end in time', () => {
    const world = workersWith([1]);
    const slot = open(world, { latencyMs: 60 });
    const { expires } = policyOf('admission', 'deadline', world);
    expect(expires?.(slot, 0, milliseconds(50))).toBe(false);
    expect(expires?.(slot, 0, milliseconds(50) + 1)).toBe(true);
  });
});
