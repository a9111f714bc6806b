import { describe, expect, test } from 'vitest';
import { DEAD, DRAINING } from '../../../../core/index.ts';
import { DeviceUse } from '../../../../core/policies/clockwork/device-use.ts';
import { GpuWorld, gpuMachine, onGpu } from '../gpu-world.ts';

/** Lets a worker execute a batch. */
function run(world: GpuWorld, use: DeviceUse, worker: number): void {
  use.note(worker);
  world.run(worker, 1);
}

describe('workers that share a device', () => {
  test('wait for a batch that runs on it, or is on its way', () => {
    const world = new GpuWorld([onGpu(5, 1), onGpu(5, 1)]);
    world.machine();
    const use = new DeviceUse(world);
    const [first, second] = [world.worker(0), world.worker(1)];
    expect(use.isFree(second)).toBe(true);
    use.note(first);
    world.fleet.outstanding[first] = 1;
    expect(use.isFree(second)).toBe(false);
    world.run(first, 1);
    expect(use.isFree(second)).toBe(false);
    world.fleet.batchEnded(first, 1);
    world.fleet.outstanding[first] = 0;
    expect(use.isFree(second)).toBe(true);
  });

  test('wait for the batch of one that drains, and for nobody that is dead', () => {
    const world = new GpuWorld([onGpu(5, 1), onGpu(5, 1)]);
    world.machine();
    const use = new DeviceUse(world);
    const [first, second] = [world.worker(0), world.worker(1)];
    run(world, use, first);
    world.fleet.setState(first, DRAINING, 0);
    expect(use.isFree(second)).toBe(false);
    world.fleet.setState(first, DEAD, 0);
    expect(use.isFree(second)).toBe(true);
  });

  test('have as many batches at once as there are devices, on their own machine', () => {
    const world = new GpuWorld([onGpu(5, 1)], [gpuMachine(2)]);
    for (let i = 0; i < 2; i += 1) world.machine();
    const use = new DeviceUse(world);
    const workers = [0, 0, 0, 1].map((machine) => world.worker(0, { machine }));
    run(world, use, workers[0]);
    expect(use.isFree(workers[2])).toBe(true);
    run(world, use, workers[1]);
    expect(use.isFree(workers[2])).toBe(false);
    expect(use.isFree(workers[3])).toBe(true);
  });

  test('are counted once, however much they are given', () => {
    const world = new GpuWorld([onGpu(5, 1)], [gpuMachine(2)]);
    world.machine();
    const use = new DeviceUse(world);
    const worker = world.worker(0);
    for (let i = 0; i < 3; i += 1) run(world, use, worker);
    expect(use.usedOn(0, 0)).toBe(1);
    expect(use.busyOn(0)).toEqual([worker]);
  });
});

describe('workers are independent', () => {
  test('when they reserve whole devices', () => {
    const world = new GpuWorld([onGpu(5, 1, { accelerators: 1 })], [gpuMachine(2)]);
    expect(new DeviceUse(world).isShared(0)).toBe(false);
  });

  test('on reserved cores, and not on overcommitted ones', () => {
    const variants = [{ cores: 4 }];
    const machines = [{ cores: 8 }];
    expect(new DeviceUse(new GpuWorld(variants, machines)).isShared(0)).toBe(false);
    const world = new GpuWorld(variants, machines, 2);
    world.machine();
    const use = new DeviceUse(world);
    const [first, second, third] = [0, 0, 0].map((variant) => world.worker(variant));
    run(world, use, first);
    expect(use.isFree(third)).toBe(true);
    run(world, use, second);
    expect(use.isFree(third)).toBe(false);
  });

  test('of batches on the other kind of resource', () => {
    const world = new GpuWorld([onGpu(5, 1), { cores: 64 }], [gpuMachine()], 2);
    world.machine();
    const use = new DeviceUse(world);
    const [device, cores] = [world.worker(0), world.worker(1)];
    run(world, use, cores);
    expect(use.isFree(device)).toBe(true);
  });
});

test('a batch that needs more than there is runs when nothing else does', () => {
  const world = new GpuWorld([{ cores: 12 }], [{ cores: 8 }], 2);
  world.machine();
  const use = new DeviceUse(world);
  expect(use.fits(0, 0, 0)).toBe(true);
  expect(use.fits(0, 0, 1)).toBe(false);
});
