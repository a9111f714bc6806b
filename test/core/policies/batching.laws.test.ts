import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milliseconds } from '../../../core/index.ts';
import { CPU, HOST, SMALL, VARIANTS, addMachine, addWorker, emptyWorld, namesOf, policyOf } from './fixtures.ts';
import type { World } from './fixtures.ts';

/** One ready worker of each variant; worker numbers are variant numbers. */
function oneOfEach(): World {
  const world = emptyWorld();
  addMachine(world, HOST);
  for (const variant of VARIANTS) addWorker(world, { variant });
  return world;
}

const someBatches = fc.array(
  fc.record({
    worker: fc.constantFrom(...VARIANTS),
    inputs: fc.integer({ min: 1, max: 32 }),
    durationNs: fc.integer({ min: 0, max: 200_000_000 }),
    restarts: fc.boolean(),
  }),
  { maxLength: 60 },
);

describe.each(namesOf('batching'))('batching %s', (name) => {
  test('limits a batch to at least one whole input, whatever happened before', () => {
    fc.assert(
      fc.property(someBatches, (batches) => {
        const world = oneOfEach();
        const policy = policyOf('batching', name, world);
        for (const { worker, inputs, durationNs, restarts } of batches) {
          if (restarts) policy.started?.(worker, worker);
          policy.finished?.(worker, inputs, durationNs);
          expect(policy.limit(worker)).toBeGreaterThanOrEqual(1);
          expect(Number.isInteger(policy.limit(worker))).toBe(true);
        }
      }),
    );
  });

  test('starts a full batch now', () => {
    fc.assert(
      fc.property(someBatches, fc.nat({ max: 50 }), fc.nat({ max: 1e9 }), (batches, extra, ageNs) => {
        const world = oneOfEach();
        const policy = policyOf('batching', name, world);
        for (const { worker, inputs, durationNs } of batches) policy.finished?.(worker, inputs, durationNs);
        for (const worker of VARIANTS) {
          const full = Math.min(policy.limit(worker), world.catalogue.variants[worker].maxBatch);
          expect(policy.startAt(worker, full + extra, 5e9 - ageNs, 5e9)).toBeLessThanOrEqual(5e9);
        }
      }),
    );
  });

  test('starts no later when more waits, nor when the oldest has waited longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 40 }),
        fc.nat({ max: 1e9 }),
        fc.nat({ max: 1e9 }),
        (queued, more, ageNs, olderNs) => {
          const policy = policyOf('batching', name, oneOfEach());
          const start = policy.startAt(CPU, queued, 5e9 - ageNs, 5e9);
          const effective = Math.max(5e9, start);
          expect(Math.max(5e9, policy.startAt(CPU, queued + more, 5e9 - ageNs, 5e9))).toBeLessThanOrEqual(effective);
          const older = policy.startAt(CPU, queued, 5e9 - ageNs - olderNs, 5e9);
          expect(Math.max(5e9, older)).toBeLessThanOrEqual(effective);
        },
      ),
    );
  });

  test('answers the same to the same history', () => {
    fc.assert(
      fc.property(someBatches, (batches) => {
        const run = (): number[] => {
          const policy = policyOf('batching', name, oneOfEach());
          return batches.map(({ worker, inputs, durationNs }) => {
            policy.finished?.(worker, inputs, durationNs);
            return policy.limit(worker) + policy.startAt(worker, inputs, 0, 1e9);
          });
        };
        expect(run()).toEqual(run());
      }),
    );
  });
});

describe('batching fixed', () => {
  test('waits for a full batch or for the delay', () => {
    const policy = policyOf('batching', 'fixed', oneOfEach(), { maxBatch: 4, maxDelay: milliseconds(5) });
    expect(policy.startAt(CPU, 4, 0, 100)).toBe(100);
    expect(policy.startAt(CPU, 3, 50, 100)).toBe(50 + milliseconds(5));
  });

  test('takes the maximum of the variant for full when it is smaller', () => {
    const policy = policyOf('batching', 'fixed', oneOfEach(), { maxBatch: 16 });
    expect(policy.startAt(SMALL, 4, 0, 100)).toBe(100);
    expect(policy.startAt(SMALL, 3, 0, 100)).toBeGreaterThan(100);
  });
});

describe.each([
  ['fixed', { maxBatch: 4, maxDelay: 100 }],
  ['aimd', { initial: 4, maxDelay: 100 }],
] as const)('batching %s behind a central queue', (name, options) => {
  test('waits no longer when the scheduler holds a request that does not fit', () => {
    const world = oneOfEach();
    const policy = policyOf('batching', name, world, options);
    world.fleet.outstanding[CPU] = 3;
    expect(policy.startAt(CPU, 3, 70, 80)).toBe(170);
    world.fleet.waiting[CPU] = 2;
    expect(policy.startAt(CPU, 3, 70, 80)).toBe(80);
  });

  test('waits for what is on its way to the worker', () => {
    const world = oneOfEach();
    world.fleet.waiting[CPU] = 2;
    world.fleet.outstanding[CPU] = 4;
    expect(policyOf('batching', name, world, options).startAt(CPU, 3, 70, 80)).toBe(170);
  });
});

describe('batching aimd', () => {
  const inTime = milliseconds(20);
  const late = inTime + 1;

  test('adds a step per batch in time and takes off a tenth per late one', () => {
    const policy = policyOf('batching', 'aimd', oneOfEach());
    const limits: number[] = [policy.limit(CPU)];
    // 1, 2, 3, 4, 5, then 5 * 0.9 = 4.5, 4.05, 3.645, and up again: 4.645.
    for (const durationNs of [inTime, inTime, inTime, inTime, late, late, late, inTime]) {
      policy.finished?.(CPU, policy.limit(CPU), durationNs);
      limits.push(policy.limit(CPU));
    }
    expect(limits).toEqual([1, 2, 3, 4, 5, 4, 4, 3, 4]);
  });

  test('counts a batch that takes exactly the objective as in time', () => {
    const policy = policyOf('batching', 'aimd', oneOfEach(), { initial: 4 });
    policy.finished?.(CPU, 4, inTime);
    expect(policy.limit(CPU)).toBe(5);
    policy.finished?.(CPU, 5, late);
    expect(policy.limit(CPU)).toBe(4);
  });

  test('grows no larger than the maximum of the variant and shrinks no smaller than one', () => {
    const policy = policyOf('batching', 'aimd', oneOfEach(), { increase: 100 });
    policy.finished?.(CPU, 1, inTime);
    expect(policy.limit(CPU)).toBe(8);
    for (let i = 0; i < 100; i += 1) policy.finished?.(CPU, 8, late);
    expect(policy.limit(CPU)).toBe(1);
  });

  test('does not grow on batches that had no demand for more', () => {
    const world = oneOfEach();
    const policy = policyOf('batching', 'aimd', world, { initial: 4 });
    policy.finished?.(CPU, 3, inTime);
    expect(policy.limit(CPU)).toBe(4);
    world.fleet.queued[CPU] = 1;
    policy.finished?.(CPU, 3, inTime);
    expect(policy.limit(CPU)).toBe(5);
  });

  test('learns per worker and forgets with the life of a worker', () => {
    const policy = policyOf('batching', 'aimd', oneOfEach());
    policy.finished?.(CPU, 1, inTime);
    expect([policy.limit(CPU), policy.limit(SMALL)]).toEqual([2, 1]);
    policy.started?.(CPU, CPU);
    expect(policy.limit(CPU)).toBe(1);
  });

  test('starts at once when idle, or waits for company as long as it may', () => {
    const world = oneOfEach();
    expect(policyOf('batching', 'aimd', world, { initial: 4 }).startAt(CPU, 1, 70, 70)).toBeLessThanOrEqual(70);
    const patient = policyOf('batching', 'aimd', world, { initial: 4, maxDelay: 100 });
    expect(patient.startAt(CPU, 3, 70, 80)).toBe(170);
    expect(patient.startAt(CPU, 4, 70, 80)).toBe(80);
  });
});
