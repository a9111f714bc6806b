/** Cost, energy and utilisation against sums worked out by hand. */
import { describe, expect, test } from 'vitest';
import { DEAD, DOWN, Fleet, READY, UP, seconds, usageOf } from '../../../core/index.ts';
import type { Catalogue } from '../../../core/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';

const HOST = { cores: 4, pricePerHourUsd: 3.6, idleWatts: 100, busyWatts: 300 };
const GPU_HOST = { ...HOST, pricePerHourUsd: 36, accelerator: { hardware: 'gpu', count: 2, memoryBytes: 8 } };

function fleetOn(catalogue: Catalogue): Fleet {
  const fleet = new Fleet(catalogue, { workersMax: 4, machinesMax: 3 });
  for (const type of catalogue.machineTypes.keys()) fleet.machines.setState(fleet.machines.claim(type, 0), UP, 0);
  return fleet;
}

function batch(fleet: Fleet, worker: number, fromS: number, toS: number): void {
  fleet.batchStarted(worker, 1, seconds(fromS));
  fleet.batchEnded(worker, seconds(toS));
}

describe('machines', () => {
  test('cost their price for every second from the request to boot, gone or not', () => {
    const catalogue = catalogueOf([{}], [HOST, GPU_HOST]);
    const fleet = fleetOn(catalogue);
    fleet.machines.setState(0, DOWN, seconds(10));
    const { machineSeconds, costUsd } = usageOf(fleet, catalogue, seconds(30));
    expect(machineSeconds).toBe(40);
    expect(costUsd).toBeCloseTo(10 * 0.001 + 30 * 0.01, 12);
  });

  test('draw idle power all the time and the rest for the share of cores at work', () => {
    const catalogue = catalogueOf([{ cores: 2 }], [HOST]);
    const fleet = fleetOn(catalogue);
    batch(fleet, fleet.claim(0, 0), 1, 6);
    // 10 s idle at 100 W, and half the cores for 5 s at the difference of 200 W.
    expect(usageOf(fleet, catalogue, seconds(10)).energyJoules).toBeCloseTo(1000 + 500, 9);
  });

  test('with accelerators draw busy power for the share of devices at work', () => {
    const catalogue = catalogueOf([{ cores: 1, accelerators: 0.5, hardware: 'gpu' }], [GPU_HOST]);
    const fleet = fleetOn(catalogue);
    batch(fleet, fleet.claim(0, 0), 0, 8);
    expect(usageOf(fleet, catalogue, seconds(10)).energyJoules).toBeCloseTo(1000 + 8 * 0.25 * 200, 9);
  });

  test('never draw more than busy power, however many workers compete for their cores', () => {
    const catalogue = catalogueOf([{ cores: 4 }], [HOST]);
    const fleet = fleetOn(catalogue);
    for (const worker of [fleet.claim(0, 0), fleet.claim(0, 0), fleet.claim(0, 0)]) batch(fleet, worker, 0, 10);
    expect(usageOf(fleet, catalogue, seconds(10)).energyJoules).toBeLessThanOrEqual(3000);
  });
});

describe('workers', () => {
  test('are used for the share of ready time that batches ran', () => {
    const catalogue = catalogueOf([{}], [HOST]);
    const fleet = fleetOn(catalogue);
    const [one, two] = [fleet.claim(0, 0), fleet.claim(0, 0)];
    fleet.setState(one, READY, 0);
    fleet.setState(two, READY, seconds(5));
    batch(fleet, one, 1, 3);
    batch(fleet, two, 6, 7);
    fleet.setState(two, DEAD, seconds(9));
    const { workerSeconds, utilisation } = usageOf(fleet, catalogue, seconds(11));
    expect(workerSeconds).toBe(11 + 4);
    expect(utilisation).toBeCloseTo(3 / 15, 12);
  });

  test('that never were are not used', () => {
    const catalogue = catalogueOf([{}], [HOST]);
    expect(usageOf(fleetOn(catalogue), catalogue, seconds(5))).toMatchObject({ workerSeconds: 0, utilisation: 0 });
  });
});
