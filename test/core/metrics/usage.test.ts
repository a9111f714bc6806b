/** Cost, energy and utilisation against sums worked out by hand. */
import { describe, expect, test } from 'vitest';
import { bundledCatalogue, selectCatalogue } from '../../../backends/index.ts';
import { DEAD, DOWN, Fleet, READY, UP, memoryPriceUsd, seconds, usageOf } from '../../../core/index.ts';
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
    batch(fleet, fleet.claim(0, 0, 0), 1, 6);
    // 10 s idle at 100 W, and half the cores for 5 s at the difference of 200 W.
    expect(usageOf(fleet, catalogue, seconds(10)).energyJoules).toBeCloseTo(1000 + 500, 9);
  });

  test('with accelerators draw busy power for the share of devices at work', () => {
    const catalogue = catalogueOf([{ cores: 1, accelerators: 0.5, hardware: 'gpu' }], [GPU_HOST]);
    const fleet = fleetOn(catalogue);
    batch(fleet, fleet.claim(0, 0, 0), 0, 8);
    expect(usageOf(fleet, catalogue, seconds(10)).energyJoules).toBeCloseTo(1000 + 8 * 0.5 * 200, 9);
  });

  test.each([UP, DOWN])('are credited with batches that end after they are lost, in state %d', (after) => {
    const catalogue = catalogueOf([{ cores: 4 }], [HOST]);
    const fleet = fleetOn(catalogue);
    const worker = fleet.claim(0, 0, 0);
    fleet.batchStarted(worker, 1, seconds(2));
    fleet.machines.setState(0, DOWN, seconds(6));
    // The number may be in use again before the batch’s end is told.
    if (after === UP) fleet.machines.claim(0, seconds(6));
    fleet.batchEnded(worker, seconds(6));
    const own = { idle: 6 * 100, worked: 4 * 200 };
    const next = after === UP ? 4 * 100 : 0;
    expect(usageOf(fleet, catalogue, seconds(10)).energyJoules).toBeCloseTo(own.idle + own.worked + next, 9);
  });

  test('never draw more than busy power, however many workers compete for their cores', () => {
    const catalogue = catalogueOf([{ cores: 4 }], [HOST]);
    const fleet = fleetOn(catalogue);
    for (const worker of [fleet.claim(0, 0, 0), fleet.claim(0, 0, 0), fleet.claim(0, 0, 0)])
      batch(fleet, worker, 0, 10);
    expect(usageOf(fleet, catalogue, seconds(10)).energyJoules).toBeLessThanOrEqual(3000);
  });
});

describe('workers', () => {
  test('are used for the share of ready time that batches ran', () => {
    const catalogue = catalogueOf([{}], [HOST]);
    const fleet = fleetOn(catalogue);
    const [one, two] = [fleet.claim(0, 0, 0), fleet.claim(0, 0, 0)];
    fleet.setState(one, READY, 0);
    fleet.setState(two, READY, seconds(5));
    batch(fleet, one, 1, 3);
    batch(fleet, two, 6, 7);
    fleet.setState(two, DEAD, seconds(9));
    const { workerSeconds, utilisation } = usageOf(fleet, catalogue, seconds(11));
    expect(workerSeconds).toBe(11 + 4);
    expect(utilisation).toBeCloseTo(3 / 15, 12);
  });

  test('of offline jobs are left out, but not from energy and memory', () => {
    const catalogue = catalogueOf([{ memoryBytes: 10 }], [HOST]);
    const fleet = fleetOn(catalogue);
    const worker = fleet.claim(0, 0, 0, true);
    fleet.setState(worker, READY, 0);
    batch(fleet, worker, 0, 4);
    const usage = usageOf(fleet, catalogue, seconds(10));
    expect(usage).toMatchObject({ workerSeconds: 0, utilisation: 0, memoryPeakBytes: 10 });
    expect(usage.energyJoules).toBeCloseTo(1000 + 4 * 0.25 * 200, 9);
    fleet.setState(worker, DEAD, seconds(10));
    expect(usageOf(fleet, catalogue, seconds(10)).workerSeconds).toBe(0);
  });

  test('that never were are not used', () => {
    const catalogue = catalogueOf([{}], [HOST]);
    expect(usageOf(fleetOn(catalogue), catalogue, seconds(5))).toMatchObject({ workerSeconds: 0, utilisation: 0 });
  });
});

describe('memory', () => {
  test('is priced by the memory of the hardware, host or device, where a byte costs least', () => {
    const large = { ...HOST, memoryBytes: 360 };
    const catalogue = catalogueOf(
      [{ memoryBytes: 10 }, { memoryBytes: 2, accelerators: 0.5, hardware: 'gpu' }],
      [{ ...HOST, memoryBytes: 36 }, large, { ...GPU_HOST, memoryBytes: 100 }],
    );
    const [cpu, gpu] = catalogue.variants;
    expect(memoryPriceUsd(cpu, catalogue.machineTypes)).toBeCloseTo(0.01, 12);
    expect(memoryPriceUsd(gpu, catalogue.machineTypes)).toBeCloseTo(36 / 16, 12);
  });

  test('has its price however few cores a machine has', () => {
    const catalogue = catalogueOf(
      [{ cores: 8, memoryBytes: 10 }, { memoryBytes: 10, accelerators: 1, hardware: 'tpu' }, { memoryBytes: 37 }],
      [{ ...HOST, memoryBytes: 36 }],
    );
    const prices = catalogue.variants.map((variant) => memoryPriceUsd(variant, catalogue.machineTypes));
    expect(prices).toEqual([0.1, Infinity, Infinity]);
  });

  test('has the ratios of INFaaS’s normalised prices: 1 to 6.1 to 16.1', () => {
    const catalogue = bundledCatalogue();
    const priced = (name: string, type: string): number => {
      const { variants, machineTypes } = selectCatalogue(catalogue, {
        variants: [name],
        machines: [type],
        sampling: 'mean',
        extrapolate: false,
      });
      return memoryPriceUsd(variants[0], machineTypes);
    };
    const cpu = priced('resnet50-tensorflow-cpu4', 'm5.2xlarge');
    expect(priced('resnet50-inferentia', 'inf1.2xlarge') / cpu).toBeCloseTo(6.1, 1);
    expect(priced('resnet50-tensorrt-b8', 'p3.2xlarge') / cpu).toBeCloseTo(15.9, 1);
  });

  test('is held from the claim to the death of a worker, and its peak is what was held at once', () => {
    const catalogue = catalogueOf([{ memoryBytes: 1024 }], [{ ...HOST, memoryBytes: 36_000 }]);
    const fleet = fleetOn(catalogue);
    const [one] = [fleet.claim(0, 0, 0), fleet.claim(0, 0, seconds(5))];
    fleet.setState(one, DEAD, seconds(8));
    const usage = usageOf(fleet, catalogue, seconds(10));
    expect(usage.memoryPeakBytes).toBe(2048);
    expect(usage.memoryMeanBytes).toBeCloseTo((1024 * (8 + 5)) / 10, 6);
    expect(usage.instanceCostUsd).toBeCloseTo(((13 / 3600) * 1024 * 3.6) / 36_000, 12);
  });
});

describe('a battery', () => {
  test('would have had to give what the hungriest machine drew, gone or not', () => {
    const catalogue = catalogueOf([{}], [HOST, { ...HOST, idleWatts: 150 }]);
    const fleet = fleetOn(catalogue);
    fleet.machines.setState(1, DOWN, seconds(10));
    const { energyJoules, machineEnergyMaxJoules } = usageOf(fleet, catalogue, seconds(12));
    expect([energyJoules, machineEnergyMaxJoules]).toEqual([1200 + 1500, 1500]);
  });

  test('of one type of machine would have had to give what the hungriest of that type drew', () => {
    const catalogue = catalogueOf([{}], [HOST, { ...HOST, idleWatts: 150 }, HOST]);
    const fleet = new Fleet(catalogue, { workersMax: 4, machinesMax: 3 });
    for (const bootS of [0, 4]) fleet.machines.claim(0, seconds(bootS));
    fleet.machines.claim(1, seconds(10));
    expect(usageOf(fleet, catalogue, seconds(12)).typeEnergyMaxJoules).toEqual([1200, 300, 0]);
  });
});
