import { describe, expect, test } from 'vitest';
import { UP, milliseconds, seconds } from '../../../../core/index.ts';
import type { ModelScaling, PolicyModule } from '../../../../core/index.ts';
import { nexus } from '../../../../core/policies/nexus/nexus.ts';
import { SessionBook } from '../../../../core/policies/nexus/sessions.ts';
import { GpuWorld, gpuMachine, onGpu } from '../gpu-world.ts';

/** Workers of 5 + n ms on machines of one GPU. */
function cluster(variants: number, machines: number): { world: GpuWorld; policy: PolicyModule } {
  const world = new GpuWorld(Array.from({ length: variants }, () => onGpu(5, 1)));
  for (let i = 0; i < machines; i += 1) world.machine();
  return { world, policy: world.create(nexus) };
}

/** Requests with an objective arrive and end at once; no worker is ready. */
function arrive(world: GpuWorld, policy: PolicyModule, variant: number, count: number, dueMs: number): void {
  for (let i = 0; i < count; i += 1) policy.dispatch?.cold?.(world.request(variant, { dueMs }), variant, 0);
}

const brief = (changes: readonly ModelScaling[] = []): string[] =>
  changes.map(({ variant, delta, machine }) => `${delta > 0 ? '+' : ''}${delta} of ${variant} on ${machine}`);

/** Carries out changes at once. */
function carryOut(world: GpuWorld, changes: readonly ModelScaling[] = []): void {
  for (const { variant, delta, machine } of changes) {
    for (let i = 0; i < delta; i += 1) world.worker(variant, { machine: machine ?? 0 });
    for (let i = 0; i < -delta; i += 1) {
      const ready = world.fleet.ready(variant);
      const victim = Array.from({ length: ready.length }, (_, at) => ready.at(at)).find(
        (worker) => world.fleet.machine[worker] === machine,
      );
      if (victim !== undefined) world.fleet.setState(victim, 4, 0);
    }
  }
}

describe('the plan of an epoch', () => {
  test('puts residual sessions on one device, and a saturated one on its own', () => {
    const { world, policy } = cluster(3, 3);
    // Objective 42 ms: 16 in 21 ms saturate a GPU at 762 a second; 800 leave 38.
    arrive(world, policy, 0, 800, 42);
    arrive(world, policy, 1, 20, 200);
    arrive(world, policy, 2, 20, 200);
    const changes = policy['model-scaling']?.decide(seconds(1));
    expect(brief(changes)).toEqual(['+1 of 0 on 0', '+1 of 0 on 1', '+1 of 1 on 1', '+1 of 2 on 1']);
    expect(changes?.[0].reason).toBe('plan 1 for 840.0 inputs/s');
  });

  test('says how large the batches of a worker are', () => {
    const { world, policy } = cluster(1, 1);
    // 50 a second in 100 ms: 5 + n + 20 n <= 100 gives 4.
    arrive(world, policy, 0, 50, 100);
    carryOut(world, policy['model-scaling']?.decide(seconds(1)));
    expect(policy.batching?.limit(0)).toBe(4);
  });

  test('serves the sessions of a variant by workers of their own, in proportion to their rates', () => {
    const { world, policy } = cluster(1, 4);
    arrive(world, policy, 0, 300, 14);
    arrive(world, policy, 0, 700, 100);
    const changes = policy['model-scaling']?.decide(seconds(1));
    carryOut(world, changes);
    const { dispatch } = policy;
    const counts = new Map<number, number>();
    for (let i = 0; i < 1000; i += 1) {
      const worker = dispatch?.assign(world.request(0, { dueMs: 14 }), 0, 0) ?? -1;
      if (worker >= 0) counts.set(worker, (counts.get(worker) ?? 0) + 1);
    }
    // 2 in 7 ms are 286 a second: one saturated worker and a small one.
    const [large, small] = [...counts.values()].sort((a, b) => b - a);
    expect(counts.size).toBe(2);
    expect(large / (large + small)).toBeCloseTo(2 / 7 / 0.3, 1);
  });

  test('stays until the epoch is over, then follows the rates', () => {
    const { world, policy } = cluster(2, 1);
    const { 'model-scaling': scaling } = policy;
    arrive(world, policy, 0, 10, 100);
    carryOut(world, scaling?.decide(seconds(1)));
    for (let at = 2; at <= 30; at += 1) expect(scaling?.decide(seconds(at))).toEqual([]);
    const slot = world.request(1, { dueMs: 100 });
    policy.dispatch?.cold?.(slot, 1, 0);
    expect(scaling?.decide(seconds(31))).toEqual([]);
    expect(brief(scaling?.decide(seconds(60)))).toEqual(['-1 of 0 on 0', '+1 of 1 on 0']);
  });

  test('is renewed at once when requests wait for a variant that it leaves out', () => {
    const { world, policy } = cluster(2, 1);
    arrive(world, policy, 0, 10, 100);
    carryOut(world, policy['model-scaling']?.decide(seconds(1)));
    const slot = world.held(world.request(1, { dueMs: 3000 }));
    policy.dispatch?.cold?.(slot, 1, 0);
    expect(brief(policy['model-scaling']?.decide(seconds(2)))).toEqual(['+1 of 1 on 0']);
  });

  test('is renewed for requests that wait in vain once in a tenth of an epoch', () => {
    const { world, policy } = cluster(2, 0);
    const slot = world.held(world.request(1, { dueMs: 3000 }));
    policy.dispatch?.cold?.(slot, 1, 0);
    const renewed = [1, 2, 3, 4, 5, 6, 7, 8].filter((at) => {
      policy['model-scaling']?.decide(seconds(at));
      return world.signals.takeShortages().length > 0;
    });
    expect(renewed).toEqual([1, 2, 5, 8]);
  });

  test('is renewed at once when a machine came', () => {
    const { world, policy } = cluster(1, 1);
    arrive(world, policy, 0, 1400, 42);
    carryOut(world, policy['model-scaling']?.decide(seconds(1)));
    expect(world.signals.takeShortages().map(({ cause }) => cause)).toEqual(['the plan lacks 1 nodes']);
    const machine = world.fleet.machines.claim(0, 0);
    world.fleet.machines.setState(machine, UP, 0);
    expect(brief(policy['model-scaling']?.decide(milliseconds(1001)))).toEqual(['+1 of 0 on 1']);
  });

  test('leaves the workers of the start alone before anything arrived', () => {
    const { world, policy } = cluster(1, 1);
    world.worker(0);
    expect(policy['model-scaling']?.decide(seconds(1))).toEqual([]);
  });

  test('gives every session its share of a cluster that is too small', () => {
    const { world, policy } = cluster(2, 2);
    for (const variant of [0, 1]) arrive(world, policy, variant, 5000, 42);
    const changes = policy['model-scaling']?.decide(seconds(1)) ?? [];
    expect(new Set(changes.map(({ variant }) => variant))).toEqual(new Set([0, 1]));
  });

  test('puts no more nodes on a machine than it has devices', () => {
    const world = new GpuWorld([onGpu(5, 1)], [gpuMachine(2)]);
    world.machine();
    const policy = world.create(nexus);
    arrive(world, policy, 0, 5000, 42);
    expect(brief(policy['model-scaling']?.decide(seconds(1)))).toEqual(['+2 of 0 on 0']);
  });

  test('merges nothing where workers reserve their devices or cores', () => {
    const whole = { accelerators: 1 };
    const world = new GpuWorld([onGpu(5, 1, whole), onGpu(5, 1, whole)], [gpuMachine(4)]);
    world.machine();
    const policy = world.create(nexus);
    for (const variant of [0, 1]) arrive(world, policy, variant, 10, 100);
    carryOut(world, policy['model-scaling']?.decide(seconds(1)));
    expect(world.fleet.machines.acceleratorsFree[0]).toBe(2);
  });
});

describe('the sessions of a variant', () => {
  const bookOf = (): SessionBook => new SessionBook(1, new GpuWorld([{}]).requests, 100);

  test('are one an objective, the tightest first', () => {
    const book = bookOf();
    for (const objectiveNs of [30, 10, 20, 10]) book.at(0, objectiveNs);
    expect(book.of(0).map(({ objectiveNs }) => objectiveNs)).toEqual([10, 20, 30]);
  });

  test('take in further objectives without promising more than they ask', () => {
    const book = bookOf();
    for (let i = 1; i <= 8; i += 1) book.at(0, 10 * i);
    expect(book.at(0, 35).objectiveNs).toBe(30);
    expect(book.at(0, 999).objectiveNs).toBe(80);
    expect(book.at(0, 5).objectiveNs).toBe(5);
    expect(book.of(0)).toHaveLength(8);
  });

  test('are forgotten after a window without arrivals', () => {
    const book = bookOf();
    book.at(0, 10).arrivedInputs = 3;
    book.at(0, 20);
    book.restart();
    expect(book.of(0).map(({ objectiveNs, arrivedInputs }) => [objectiveNs, arrivedInputs])).toEqual([[10, 0]]);
  });
});
