import { describe, expect, test } from 'vitest';
import { HOLD, NEVER, milliseconds, reason } from '../../../../core/index.ts';
import type { PolicyModule, Slot } from '../../../../core/index.ts';
import { clockwork } from '../../../../core/policies/clockwork/clockwork.ts';
import { GpuWorld, gpuMachine, onGpu } from '../gpu-world.ts';
import type { RequestParts } from '../gpu-world.ts';

const UNREACHABLE = reason('deadline-unreachable');

/** Two models of 5 + n ms a batch on one GPU, ready. */
function twoModels(options: Readonly<Record<string, number>> = {}): { world: GpuWorld; policy: PolicyModule } {
  const world = new GpuWorld([onGpu(5, 1), onGpu(5, 1)]);
  world.machine();
  world.worker(0);
  world.worker(1);
  return { world, policy: world.create(clockwork, options) };
}

/** Lets requests arrive that find the device busy, and holds them. */
function hold(world: GpuWorld, policy: PolicyModule, variant: number, ...requests: readonly RequestParts[]): Slot[] {
  return requests.map((parts) => {
    const slot = world.request(variant, parts);
    expect(policy.dispatch?.assign(slot, variant, 0)).toBe(HOLD);
    return world.held(slot);
  });
}

function idleAgain(world: GpuWorld, worker: number): void {
  world.fleet.running[worker] = 0;
  world.fleet.outstanding[worker] = 0;
}

const due = (dueMs: number, count = 1): RequestParts[] => Array.from({ length: count }, () => ({ dueMs }));

describe('an arrival', () => {
  test('is executed at once when its device is free and nothing waits', () => {
    const { world, policy } = twoModels();
    expect(policy.dispatch?.assign(world.request(1, { dueMs: 50 }), 1, 0)).toBe(1);
  });

  test('is held while another model has the device', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    expect(policy.dispatch?.assign(world.request(1, { dueMs: 50 }), 1, 0)).toBe(HOLD);
  });

  test('lets nobody of its model be overtaken', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    hold(world, policy, 1, { dueMs: 50 });
    idleAgain(world, 0);
    expect(policy.dispatch?.assign(world.request(1, { dueMs: 40 }), 1, 0)).toBe(HOLD);
  });
});

describe('a device that falls idle', () => {
  test('executes the largest batch size that is filled and in time for the first request', () => {
    // 5 + n ms: 8 in 13 ms, 4 in 9 ms.
    const batchAt = (nowMs: number): number => {
      const { world, policy } = twoModels();
      world.occupy(policy, 0);
      hold(world, policy, 0, ...due(50, 9));
      idleAgain(world, 0);
      return world.feed(policy, 0, nowMs).length;
    };
    expect(batchAt(0)).toBe(8);
    expect(batchAt(37)).toBe(8);
    expect(batchAt(38)).toBe(4);
    expect(batchAt(41)).toBe(4);
    expect(batchAt(42)).toBe(2);
    expect(batchAt(44)).toBe(1);
    expect(batchAt(45)).toBe(0);
  });

  test('prefers a large batch to a request that it would make late, which is given up', () => {
    // At 30 ms four end at 39: too late for the one due at 38, and enough others are there.
    const batchAt30 = (others: number): { readonly fed: number; readonly isLost: boolean | undefined } => {
      const { world, policy } = twoModels();
      world.occupy(policy, 0);
      const [first] = hold(world, policy, 0, ...due(38), ...due(50, others));
      idleAgain(world, 0);
      const fed = world.feed(policy, 0, 30).length;
      return { fed, isLost: policy.dispatch?.lapsed?.(first, milliseconds(30)) };
    };
    expect(batchAt30(4)).toEqual({ fed: 4, isLost: true });
    expect(batchAt30(3)).toEqual({ fed: 2, isLost: false });
  });

  test('takes requests by deadline, not by arrival', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    const [late, early, later] = hold(world, policy, 0, { dueMs: 70 }, { dueMs: 50 }, { dueMs: 90 });
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 0)).toEqual([early, late]);
    expect(world.waiting[0].at(0)).toBe(later);
  });

  test('goes to the model that must start first, which is woken', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    hold(world, policy, 0, { dueMs: 60 });
    const [urgent] = hold(world, policy, 1, { dueMs: 59 });
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 10)).toEqual([]);
    expect(policy.dispatch?.wake?.(0, milliseconds(10))).toEqual([1]);
    expect(world.feed(policy, 1, 10)).toEqual([urgent]);
    expect(policy.dispatch?.wake?.(0, milliseconds(10))).toEqual([]);
  });

  test('counts what a batch takes when it compares: a larger one must start earlier', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    // Eight due at 64 ms must start at 51, one due at 59 at 53.
    hold(world, policy, 0, ...due(64, 8));
    hold(world, policy, 1, { dueMs: 59 });
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 10)).toHaveLength(8);
  });

  test('wakes one worker a device', () => {
    const world = new GpuWorld([onGpu(5, 1), onGpu(5, 1), onGpu(5, 1)], [gpuMachine(2)]);
    world.machine();
    for (const variant of [0, 1, 2]) world.worker(variant);
    const policy = world.create(clockwork);
    world.occupy(policy, 0);
    world.occupy(policy, 1);
    for (const variant of [2, 1, 0]) hold(world, policy, variant, { dueMs: 50 - variant });
    idleAgain(world, 0);
    expect(policy.dispatch?.wake?.(0, 0)).toEqual([2]);
    idleAgain(world, 1);
    expect(policy.dispatch?.wake?.(0, 1)).toEqual([2, 1]);
  });

  test('takes a query of several inputs whole, with others while they fit the size', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    const [three, one] = hold(world, policy, 0, { dueMs: 60, inputs: 3 }, { dueMs: 61 }, { dueMs: 62 });
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 0)).toEqual([three, one]);
  });

  test('gives up what no batch size saves, and serves the next', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    const [lost, saved] = hold(world, policy, 0, { dueMs: 20 }, { dueMs: 40 });
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 15)).toEqual([saved]);
    expect(policy.dispatch?.lapsed?.(lost, milliseconds(15))).toBe(true);
    expect(policy.dispatch?.lapsed?.(saved, milliseconds(15))).toBe(false);
  });

  test('passes over requests that ended while they waited', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    const [, second] = hold(world, policy, 0, { dueMs: 50 }, { dueMs: 60 });
    world.waiting[0].shift();
    world.fleet.waiting[0] -= 1;
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 0)).toEqual([second]);
  });
});

describe('a request without an objective', () => {
  test('is placed in line by the default one', () => {
    const { world, policy } = twoModels({ defaultObjective: milliseconds(40) });
    world.occupy(policy, 0);
    const [stated, unstated] = hold(world, policy, 0, { dueMs: 41 }, {});
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 0)).toEqual([unstated, stated]);
  });

  test('is neither refused nor dropped, and goes in the largest batch once overdue', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    const slots = hold(world, policy, 0, {}, {}, {});
    const lateNs = milliseconds(5000);
    expect(policy.admission?.admit(slots[0], 0, lateNs)).toBe(0);
    expect(policy.dispatch?.lapsed?.(slots[0], lateNs)).toBe(false);
    expect(policy.admission?.expires?.(slots[0], 0, lateNs)).toBe(false);
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 5000)).toEqual(slots.slice(0, 2));
  });
});

describe('a held request', () => {
  test('lapses when it would be late executed alone, and not a nanosecond before', () => {
    const { world, policy } = twoModels();
    world.occupy(policy, 0);
    const [slot] = hold(world, policy, 0, { dueMs: 50 });
    expect(policy.dispatch?.lapsed?.(slot, milliseconds(44))).toBe(false);
    expect(policy.dispatch?.lapsed?.(slot, milliseconds(44) + 1)).toBe(true);
  });
});

describe('admission', () => {
  test('refuses what would be late even if executed next, and nothing else', () => {
    const { world, policy } = twoModels();
    const admit = (dueMs: number, variant = 0): number | undefined =>
      policy.admission?.admit(world.request(variant, { dueMs }), variant, 0);
    expect(admit(6)).toBe(0);
    expect(admit(5.9)).toBe(UNREACHABLE);
    // Eight inputs since 0 ms occupy the device until 13 ms.
    world.occupy(policy, 0, 8);
    expect(admit(19)).toBe(0);
    expect(admit(18.9)).toBe(UNREACHABLE);
    expect(admit(19, 1)).toBe(0);
    expect(admit(18.9, 1)).toBe(UNREACHABLE);
  });

  test('adds the load of a model that is not there', () => {
    const world = new GpuWorld([onGpu(5, 1)]);
    world.machine();
    const { admission } = world.create(clockwork);
    expect(admission?.admit(world.request(0, { dueMs: 56 }), 0, 0)).toBe(0);
    expect(admission?.admit(world.request(0, { dueMs: 55.9 }), 0, 0)).toBe(UNREACHABLE);
  });

  test('counts a load from when it was first seen', () => {
    const world = new GpuWorld([onGpu(5, 1)]);
    world.machine();
    world.worker(0, { ready: false });
    const { admission } = world.create(clockwork);
    expect(admission?.admit(world.request(0, { dueMs: 56 }), 0, 0)).toBe(0);
    expect(admission?.admit(world.request(0, { dueMs: 56 }), 0, milliseconds(30))).toBe(0);
    expect(admission?.admit(world.request(0, { dueMs: 55.9 }), 0, milliseconds(30))).toBe(UNREACHABLE);
  });

  test('multiplies its predictions with the safety factor', () => {
    const { world, policy } = twoModels({ safetyFactor: 1.5 });
    expect(policy.admission?.admit(world.request(0, { dueMs: 9 }), 0, 0)).toBe(0);
    expect(policy.admission?.admit(world.request(0, { dueMs: 8.9 }), 0, 0)).toBe(UNREACHABLE);
  });

  test('drops from a batch what would be late in it', () => {
    const { world, policy } = twoModels();
    const slot = world.request(0, { dueMs: 50 });
    expect(policy.admission?.expires?.(slot, 0, milliseconds(44))).toBe(false);
    expect(policy.admission?.expires?.(slot, 0, milliseconds(44) + 1)).toBe(true);
  });
});

describe('a worker', () => {
  test('starts when all that was planned for it has arrived', () => {
    const { world, policy } = twoModels();
    world.fleet.outstanding[0] = 4;
    expect(policy.batching?.startAt(0, 3, 0, 7)).toBe(NEVER);
    expect(policy.batching?.startAt(0, 4, 0, 7)).toBe(7);
  });
});
