import { describe, expect, test } from 'vitest';
import { DRAINING, milliseconds, seconds } from '../../../../core/index.ts';
import type { ModelScaling } from '../../../../core/index.ts';
import { clockwork } from '../../../../core/policies/clockwork/clockwork.ts';
import { GpuWorld, gpuMachine, onGpu } from '../gpu-world.ts';

/** Models of 10 ms a request, four of which fill the memory of the GPU. */
function models(count: number, machines = 1): GpuWorld {
  const world = new GpuWorld(Array.from({ length: count }, () => onGpu(9, 1)));
  for (let i = 0; i < machines; i += 1) world.machine();
  return world;
}

const DEMAND = { demandWindow: milliseconds(100) };

/** Requests that arrived for a variant, and were refused or answered. */
function arrived(world: GpuWorld, variant: number, inputs: number): void {
  world.fleet.totals.arrivedInputs[variant] += inputs;
}

const brief = (changes: readonly ModelScaling[] = []): string[] =>
  changes.map(({ variant, delta, machine }) => `${delta > 0 ? '+' : ''}${delta} of ${variant} on ${machine}`);

describe('a model is loaded', () => {
  test('for requests that were refused for want of it', () => {
    const world = models(2);
    const scaling = world.create(clockwork, DEMAND)['model-scaling'];
    arrived(world, 1, 1);
    const [change] = scaling?.decide(milliseconds(100)) ?? [];
    expect(brief([change])).toEqual(['+1 of 1 on 0']);
    // One in 100 ms, 10 ms of work each.
    expect(change.reason).toBe('load priority 0.100 of variant-1');
  });

  test('the one with the most unmet demand first, one at a time on a machine', () => {
    const world = models(3, 2);
    const scaling = world.create(clockwork, DEMAND)['model-scaling'];
    for (const [variant, inputs] of [2, 6, 4].entries()) arrived(world, variant, inputs);
    expect(brief(scaling?.decide(milliseconds(100)))).toEqual(['+1 of 1 on 0', '+1 of 2 on 1']);
  });

  test('on no machine that loads already', () => {
    const world = models(2);
    world.worker(0, { ready: false });
    arrived(world, 1, 5);
    expect(world.create(clockwork, DEMAND)['model-scaling']?.decide(milliseconds(100))).toEqual([]);
  });

  test('a second time only when its machine cannot serve its demand', () => {
    const decideAt = (inputs: number): string[] => {
      const world = models(1, 2);
      world.worker(0);
      arrived(world, 0, inputs);
      return brief(world.create(clockwork, DEMAND)['model-scaling']?.decide(milliseconds(100)));
    };
    expect(decideAt(10)).toEqual([]);
    expect(decideAt(11)).toEqual(['+1 of 0 on 1']);
  });

  test('once a device and no more: copies on one device wait for each other', () => {
    const world = models(1);
    world.worker(0);
    arrived(world, 0, 50);
    expect(world.create(clockwork, DEMAND)['model-scaling']?.decide(milliseconds(100))).toEqual([]);
  });

  test('for what waits, without new arrivals', () => {
    const world = models(1);
    const { 'model-scaling': scaling } = world.create(clockwork, DEMAND);
    expect(scaling?.decide(milliseconds(100))).toEqual([]);
    world.fleet.waiting[0] = 1;
    expect(brief(scaling?.decide(milliseconds(200)))).toEqual(['+1 of 0 on 0']);
  });
});

/** Four models fill the GPU, used in the order of their numbers; a fifth is asked for. */
function full(): GpuWorld {
  const world = models(5);
  for (let variant = 0; variant < 4; variant += 1) world.worker(variant);
  return world;
}

describe('where no machine has room', () => {
  test('the model used least recently is unloaded, then the other loaded', () => {
    const world = full();
    const { 'model-scaling': scaling } = world.create(clockwork, DEMAND);
    for (const [period, worker] of [2, 0, 1, 3].entries()) {
      scaling?.decide(milliseconds(100 * (period + 1)));
      world.fleet.received[worker] += 1;
    }
    for (let at = 500; at <= 2000; at += 100) scaling?.decide(milliseconds(at));
    arrived(world, 4, 3);
    expect(brief(scaling?.decide(milliseconds(2100)))).toEqual(['-1 of 2 on 0']);
    world.fleet.setState(2, DRAINING, milliseconds(2100));
    expect(scaling?.decide(milliseconds(2150))).toEqual([]);
    world.fleet.setState(2, 4, milliseconds(2160));
    expect(brief(scaling?.decide(milliseconds(2200)))).toEqual(['+1 of 4 on 0']);
  });

  test('a model stays for a while after its last use', () => {
    const world = full();
    const { 'model-scaling': scaling } = world.create(clockwork, { ...DEMAND, keep: seconds(1) });
    scaling?.decide(milliseconds(100));
    arrived(world, 4, 3);
    expect(brief(scaling?.decide(milliseconds(1099)))).toEqual([]);
    arrived(world, 4, 3);
    expect(brief(scaling?.decide(milliseconds(1100)))).toEqual(['-1 of 0 on 0']);
  });

  test('a model is not unloaded while it works or requests wait for it', () => {
    const world = full();
    const { 'model-scaling': scaling } = world.create(clockwork, DEMAND);
    scaling?.decide(milliseconds(100));
    world.run(0, 1);
    world.fleet.waiting[1] = 1;
    arrived(world, 4, 100);
    expect(brief(scaling?.decide(milliseconds(1200)))).toEqual(['-1 of 2 on 0']);
  });

  test('a model is not unloaded for one with less demand than its own', () => {
    const world = full();
    const { 'model-scaling': scaling } = world.create(clockwork, { ...DEMAND, demandWindow: seconds(10), keep: 0 });
    for (let variant = 0; variant < 4; variant += 1) arrived(world, variant, 100);
    scaling?.decide(milliseconds(100));
    arrived(world, 4, 1);
    expect(scaling?.decide(milliseconds(200))).toEqual([]);
  });
});

test('an initial worker goes where its model is not, then where least is asked for', () => {
  const world = models(2, 2);
  world.worker(0);
  const { placement } = world.create(clockwork);
  expect(placement?.place(0, 0)).toBe(1);
});

test('a machine without the accelerator is never asked to load', () => {
  const world = new GpuWorld([onGpu(9, 1)], [gpuMachine(), {}]);
  world.machine(1);
  arrived(world, 0, 5);
  expect(world.create(clockwork, DEMAND)['model-scaling']?.decide(milliseconds(100))).toEqual([]);
});
