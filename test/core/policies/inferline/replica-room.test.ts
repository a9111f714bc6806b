// Where replicas go: one a device, however small the share that a worker reserves.
import { describe, expect, test } from 'vitest';
import { ReplicaRoom, replicaPrices } from '../../../../core/policies/inferline/replica-room.ts';
import { GpuWorld, gpuMachine, onGpu } from '../gpu-world.ts';

/** On the CPU of the same machines; four a machine. */
const onCpu = { cores: 16, memoryBytes: 1 };

function worldOf(machines: number, devices = 1): GpuWorld {
  const world = new GpuWorld([onGpu(5, 1), onGpu(5, 1, { accelerators: 0.05 }), onCpu], [gpuMachine(devices)]);
  for (let i = 0; i < machines; i += 1) world.machine();
  return world;
}

const dealt = (room: ReplicaRoom, wishes: readonly (readonly [number, number])[]): number[][] =>
  room.deal(wishes.map(([variant, replicas]) => ({ variant, replicas }))).map((column) => [...column]);

describe('the room for replicas', () => {
  test('is one a device, whatever share of it a worker reserves', () => {
    const room = new ReplicaRoom(worldOf(2, 4));
    expect([room.roomFor(0, [], 100), room.roomFor(1, [], 100)]).toEqual([8, 8]);
    expect(room.roomFor(1, [{ variant: 0, replicas: 5 }], 100)).toBe(3);
    expect(room.roomFor(0, [{ variant: 0, replicas: 5 }], 100)).toBe(3);
  });

  test('is as many as the cores hold where there are no devices to take', () => {
    const room = new ReplicaRoom(worldOf(2));
    expect(room.roomFor(2, [{ variant: 0, replicas: 2 }], 100)).toBe(6);
  });

  test('spreads over machines and leaves out what has none', () => {
    expect(dealt(new ReplicaRoom(worldOf(2)), [[0, 3]])).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });

  test('keeps replicas where they are, and begins on machines that nobody serves on', () => {
    const world = worldOf(3);
    world.worker(0, { machine: 2 });
    world.worker(1, { machine: 0 });
    expect(dealt(new ReplicaRoom(world), [[0, 2]])).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });

  test('lets a variant share a device where it would have no replica at all', () => {
    expect(
      dealt(new ReplicaRoom(worldOf(1)), [
        [0, 1],
        [1, 2],
      ]),
    ).toEqual([[1, 1, 0]]);
  });

  test('costs the whole device', () => {
    const world = worldOf(1, 4);
    const [{ pricePerHourUsd }] = world.catalogue.machineTypes;
    const [quarter, twentieth, cpu] = replicaPrices(world);
    expect([quarter, twentieth]).toEqual([pricePerHourUsd / 4, pricePerHourUsd / 4]);
    expect(cpu).toBeCloseTo(pricePerHourUsd / 4);
  });
});
