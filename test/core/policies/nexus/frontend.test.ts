import { describe, expect, test } from 'vitest';
import { DEAD, HOLD, NEVER, milliseconds, seconds } from '../../../../core/index.ts';
import type { PolicyModule, Slot } from '../../../../core/index.ts';
import { nexus } from '../../../../core/policies/nexus/nexus.ts';
import { GpuWorld, gpuMachine, onGpu } from '../gpu-world.ts';
import type { RequestParts } from '../gpu-world.ts';

/** Models of 5 + n ms a batch on one GPU, one ready worker each. */
function models(
  count: number,
  options: Readonly<Record<string, number>> = {},
): { world: GpuWorld; policy: PolicyModule } {
  const world = new GpuWorld(Array.from({ length: count }, () => onGpu(5, 1)));
  world.machine();
  for (let variant = 0; variant < count; variant += 1) world.worker(variant);
  return { world, policy: world.create(nexus, options) };
}

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

describe('early drop', () => {
  test('passes over what cannot wait for a whole window, and keeps the batch large', () => {
    // Without a plan batches are of 16 at most; four of them take 9 ms.
    const { world, policy } = models(1);
    world.occupy(policy, 0);
    const [first, ...others] = hold(world, policy, 0, ...due(20), ...due(40, 4));
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 11)).toEqual(others);
    expect(policy.dispatch?.lapsed?.(first, milliseconds(11))).toBe(true);
  });

  test('keeps what the whole window serves in time, to the nanosecond', () => {
    const { world, policy } = models(1);
    world.occupy(policy, 0);
    const slots = hold(world, policy, 0, ...due(20), ...due(40, 4));
    idleAgain(world, 0);
    // Five take 10 ms.
    expect(world.feed(policy, 0, 10)).toEqual(slots);
  });

  test('looks no further than the planned batch size', () => {
    // 2 * (5 + n) <= 20 ms plans batches of 5: the window of 5 takes 10 ms, whoever waits behind it.
    const { world, policy } = models(1, { defaultObjective: milliseconds(20) });
    world.occupy(policy, 0);
    const slots = hold(world, policy, 0, ...due(20, 9));
    idleAgain(world, 0);
    expect(world.feed(policy, 0, 10)).toEqual(slots.slice(0, 5));
    expect(policy.batching?.limit(0)).toBe(5);
  });

  test('never drops a request without an objective', () => {
    const { world, policy } = models(1);
    world.occupy(policy, 0);
    const slots = hold(world, policy, 0, {}, {});
    idleAgain(world, 0);
    expect(policy.dispatch?.lapsed?.(slots[0], seconds(1000))).toBe(false);
    expect(policy.admission?.expires?.(slots[0], 0, seconds(1000))).toBe(false);
    expect(world.feed(policy, 0, 1_000_000)).toEqual(slots);
  });

  test('drops from a batch what the rest of it makes late', () => {
    const { world, policy } = models(1);
    const slot = world.request(0, { dueMs: 20 });
    world.fleet.queued[0] = 5;
    expect(policy.admission?.expires?.(slot, 0, milliseconds(10))).toBe(false);
    expect(policy.admission?.expires?.(slot, 0, milliseconds(10) + 1)).toBe(true);
  });
});

describe('a device', () => {
  test('serves the lines of its workers in turn', () => {
    const { world, policy } = models(3);
    world.occupy(policy, 0);
    for (const variant of [0, 1, 2]) hold(world, policy, variant, ...due(1000, 40));
    const turns: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const last = turns.at(-1) ?? 0;
      idleAgain(world, last);
      const fed = world.feed(policy, last, turn + 1);
      const [next] = fed.length > 0 ? [last] : (policy.dispatch?.wake?.(last, milliseconds(turn + 1)) ?? []);
      if (fed.length === 0) world.feed(policy, next, turn + 1);
      world.run(next, 1, turn + 1);
      turns.push(next);
    }
    expect(turns).toEqual([1, 2, 0, 1, 2, 0]);
  });

  test('executes at once what finds it idle, and nothing while it executes', () => {
    const { world, policy } = models(2);
    world.occupy(policy, 0);
    hold(world, policy, 1, { dueMs: 50 });
    idleAgain(world, 0);
    expect(policy.dispatch?.assign(world.request(0, { dueMs: 50 }), 0, 1)).toBe(0);
  });
});

describe('requests', () => {
  test('go to the workers of a variant in turn before there is a plan', () => {
    const world = new GpuWorld([onGpu(5, 1, { accelerators: 1 })], [gpuMachine(3)]);
    world.machine();
    for (let i = 0; i < 3; i += 1) world.worker(0);
    const { dispatch } = world.create(nexus);
    const assigned = [1, 2, 3].map(() => dispatch?.assign(world.request(0, { dueMs: 50 }), 0, 0));
    expect(assigned).toEqual([0, 1, 2]);
  });

  test('that came while no worker was ready are shared by those that become ready', () => {
    const world = new GpuWorld([onGpu(5, 1)]);
    world.machine();
    const policy = world.create(nexus);
    const slots = due(500, 3).map((parts) => {
      const slot = world.request(0, parts);
      expect(policy.dispatch?.cold?.(slot, 0, 0)).toBe(HOLD);
      return world.held(slot);
    });
    expect(world.feed(policy, world.worker(0), 60)).toEqual(slots);
  });

  test('of a worker that died wait for another from the next review on', () => {
    const world = new GpuWorld([onGpu(5, 1, { accelerators: 1 })], [gpuMachine(2)]);
    world.machine();
    world.worker(0);
    const policy = world.create(nexus);
    world.occupy(policy, 0);
    const [slot] = hold(world, policy, 0, { dueMs: 500 });
    world.fleet.setState(0, DEAD, 0);
    world.fleet.outstanding[0] = 0;
    const other = world.worker(0, { machine: 0 });
    world.fleet.running[other] = 0;
    expect(policy.dispatch?.lapsed?.(slot, milliseconds(10))).toBe(false);
    expect(world.feed(policy, other, 10)).toEqual([slot]);
  });
});

test('a worker starts when all that was planned for it has arrived', () => {
  const { world, policy } = models(1);
  world.fleet.outstanding[0] = 3;
  expect(policy.batching?.startAt(0, 2, 0, 7)).toBe(NEVER);
  expect(policy.batching?.startAt(0, 3, 0, 7)).toBe(7);
});
