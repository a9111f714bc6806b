import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DRAINING, HOLD, LOADING, NONE, READY, SlotQueue, Stream } from '../../../core/index.ts';
import {
  CPU,
  HOST,
  SMALL,
  VARIANTS,
  addMachine,
  addWorker,
  anyFleet,
  emptyWorld,
  namesOf,
  open,
  policyOf,
} from './fixtures.ts';
import { worldOf } from './fixtures.ts';
import type { World } from './fixtures.ts';

/** A world with idle workers of one variant and the given outstanding inputs. */
function workersWith(outstanding: readonly number[], variant = CPU): World {
  const world = emptyWorld();
  addMachine(world, HOST);
  for (const inputs of outstanding) addWorker(world, { variant, outstanding: inputs });
  return world;
}

function waitingOf(world: World, inputs: readonly number[]): SlotQueue {
  const queue = new SlotQueue();
  for (const weight of inputs) queue.push(open(world, { inputs: weight }));
  return queue;
}

describe.each(namesOf('dispatch'))('dispatch %s', (name) => {
  test('assigns to ready workers of the variant only, or holds', () => {
    fc.assert(
      fc.property(anyFleet, fc.array(fc.constantFrom(...VARIANTS), { maxLength: 20 }), (sketch, variants) => {
        const world = worldOf(sketch);
        const policy = policyOf('dispatch', name, world);
        for (const variant of variants.filter((asked) => world.fleet.ready(asked).length > 0)) {
          const worker = policy.assign(open(world), variant, 0);
          const { state, variant: column } = world.fleet;
          expect(worker === HOLD || (state[worker] === READY && column[worker] === variant)).toBe(true);
        }
      }),
    );
  });

  test('holds only what workers will pull', () => {
    fc.assert(
      fc.property(anyFleet, (sketch) => {
        const world = worldOf(sketch);
        const policy = policyOf('dispatch', name, world);
        const ready = VARIANTS.filter((variant) => world.fleet.ready(variant).length > 0);
        const answers = ready.map((variant) => policy.assign(open(world), variant, 0));
        expect(policy.pull === undefined && answers.includes(HOLD)).toBe(false);
        expect(answers).not.toContain(NONE);
      }),
    );
  });

  test('gives the same answers to the same questions from the same stream', () => {
    fc.assert(
      fc.property(anyFleet, fc.array(fc.constantFrom(...VARIANTS), { maxLength: 20 }), (sketch, variants) => {
        const answers = [1, 2].map(() => {
          const world = worldOf(sketch);
          const policy = policyOf('dispatch', name, world);
          return variants
            .filter((variant) => world.fleet.ready(variant).length > 0)
            .map((variant) => policy.assign(open(world), variant, 0));
        });
        expect(answers[0]).toEqual(answers[1]);
      }),
    );
  });
});

describe('dispatch shortest-queue', () => {
  test('takes the fewest outstanding inputs, the lowest number of equals', () => {
    const world = workersWith([3, 1, 2, 1]);
    expect(policyOf('dispatch', 'shortest-queue', world).assign(open(world), CPU, 0)).toBe(1);
  });
});

describe('dispatch round-robin', () => {
  test('serves every ready worker once a turn, in order of their numbers', () => {
    const world = workersWith([0, 0, 0]);
    const { assign } = policyOf('dispatch', 'round-robin', world);
    expect([1, 2, 3, 4].map(() => assign(open(world), CPU, 0))).toEqual([0, 1, 2, 0]);
  });

  test('goes on behind the worker served last when others come and go', () => {
    const world = workersWith([0, 0, 0]);
    const { assign } = policyOf('dispatch', 'round-robin', world);
    assign(open(world), CPU, 0);
    assign(open(world), CPU, 0);
    world.fleet.setState(1, DRAINING, 0);
    const added = addWorker(world, { variant: CPU });
    expect([1, 2, 3].map(() => assign(open(world), CPU, 0))).toEqual([2, added, 0]);
  });

  test('keeps one turn per variant', () => {
    const world = workersWith([0, 0]);
    addWorker(world, { variant: SMALL });
    addWorker(world, { variant: SMALL });
    const { assign } = policyOf('dispatch', 'round-robin', world);
    expect([CPU, SMALL, CPU, SMALL].map((variant) => assign(open(world), variant, 0))).toEqual([0, 2, 1, 3]);
  });
});

describe('dispatch random', () => {
  test('gives every worker its share', () => {
    const world = workersWith([9, 0, 0, 5]);
    const { assign } = policyOf('dispatch', 'random', world);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i += 1) counts[assign(open(world), CPU, 0)] += 1;
    // 1000 expected each, standard deviation 27.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(140);
  });
});

describe('dispatch power-of-two', () => {
  test('compares two different workers: of two, the less loaded always wins', () => {
    const world = workersWith([1, 0]);
    const { assign } = policyOf('dispatch', 'power-of-two', world);
    expect(new Set(Array.from({ length: 200 }, () => assign(open(world), CPU, 0)))).toEqual(new Set([1]));
  });

  test('never takes the most loaded of all, and takes each of the others', () => {
    const world = workersWith([5, 9, 5, 5]);
    const { assign } = policyOf('dispatch', 'power-of-two', world);
    expect(new Set(Array.from({ length: 400 }, () => assign(open(world), CPU, 0)))).toEqual(new Set([0, 2, 3]));
  });

  test('takes the first drawn of equals', () => {
    const world = workersWith([2, 2, 2, 2, 2]);
    const { assign } = policyOf('dispatch', 'power-of-two', world);
    const twin = new Stream('laws');
    for (let i = 0; i < 100; i += 1) {
      const first = twin.int(5);
      twin.int(4);
      expect(assign(open(world), CPU, 0)).toBe(first);
    }
  });

  test('takes the only worker there is', () => {
    const world = workersWith([7]);
    expect(policyOf('dispatch', 'power-of-two', world).assign(open(world), CPU, 0)).toBe(0);
  });
});

describe('dispatch central-queue', () => {
  test('fills the fullest idle worker that has room, the lowest number of equals', () => {
    const world = workersWith([0, 5, 5, 2]);
    expect(policyOf('dispatch', 'central-queue', world).assign(open(world), CPU, 0)).toBe(1);
  });

  test('takes the room of a batch to the last input and not one more', () => {
    const world = workersWith([6]);
    const { assign } = policyOf('dispatch', 'central-queue', world);
    expect(assign(open(world, { inputs: 2 }), CPU, 0)).toBe(0);
    expect(assign(open(world, { inputs: 3 }), CPU, 0)).toBe(HOLD);
  });

  test('holds what finds no idle worker', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: CPU, outstanding: 1, running: 1 });
    expect(policyOf('dispatch', 'central-queue', world).assign(open(world), CPU, 0)).toBe(HOLD);
  });

  test('lets nobody overtake what waits', () => {
    const world = workersWith([0]);
    world.fleet.waiting[CPU] = 1;
    expect(policyOf('dispatch', 'central-queue', world).assign(open(world), CPU, 0)).toBe(HOLD);
  });

  test('gives a worker with room the oldest request that waits', () => {
    const world = workersWith([5]);
    const { pull } = policyOf('dispatch', 'central-queue', world);
    expect(pull?.(0, waitingOf(world, [3, 1]), 0)).toBe(0);
    expect(pull?.(0, waitingOf(world, [4, 1]), 0)).toBe(NONE);
  });

  test('caps what a worker takes at the batch that is formed', () => {
    const world = workersWith([0]);
    const { assign, pull } = policyOf('dispatch', 'central-queue', world, { maxBatch: 1 });
    expect(assign(open(world), CPU, 0)).toBe(0);
    world.fleet.outstanding[0] = 1;
    expect(assign(open(world), CPU, 0)).toBe(HOLD);
    expect(pull?.(0, waitingOf(world, [1]), 0)).toBe(NONE);
  });

  test('gives an empty worker a request that is larger than the cap', () => {
    const world = workersWith([0]);
    const { assign, pull } = policyOf('dispatch', 'central-queue', world, { maxBatch: 1 });
    expect(assign(open(world, { inputs: 3 }), CPU, 0)).toBe(0);
    expect(pull?.(0, waitingOf(world, [3]), 0)).toBe(0);
  });

  test.each([
    ['loads', LOADING, 0],
    ['drains', DRAINING, 0],
    ['executes', READY, 2],
  ] as const)('gives nothing to a worker that %s', (_what, state, running) => {
    const world = emptyWorld();
    addMachine(world, HOST);
    const worker = addWorker(world, { variant: CPU, state, running });
    expect(policyOf('dispatch', 'central-queue', world).pull?.(worker, waitingOf(world, [1]), 0)).toBe(NONE);
  });
});
