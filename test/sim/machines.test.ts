/** Machines in a run: boot times, drains, losses; price, energy and usage against sums worked out by hand. */
import { describe, expect, test } from 'vitest';
import { DOWN, UP, milliseconds, seconds, usageOf } from '../../core/index.ts';
import type { RunRecord, Usage } from '../../core/index.ts';
import { planOf, scriptedMachines, scriptedModels } from '../fixtures/plans.ts';
import type { PlanParts } from '../fixtures/plans.ts';
import { decisionsOf, latenciesOf, outcomesOf, rowsOf, simulate } from '../fixtures/runs.ts';
import { deterministic } from '../fixtures/services.ts';
import { arrivalsAt } from '../fixtures/workloads.ts';

const SERVICE = milliseconds(10);
const LOAD = milliseconds(30);
const BOOT = milliseconds(50);
const TICK = milliseconds(100);
const MACHINE = { cores: 2, bootNs: BOOT, pricePerHourUsd: 3600, idleWatts: 100, busyWatts: 300, max: 4 };

function run(parts: PlanParts, ...arrivalsMs: readonly number[]): RunRecord {
  const plan = planOf({
    variants: [{ service: deterministic(SERVICE, { loadNs: LOAD }) }],
    machines: [MACHINE],
    ...parts,
  });
  return simulate(plan, arrivalsAt(...arrivalsMs.map((ms) => milliseconds(ms))));
}

function usage({ serving, endNs }: RunRecord): Usage {
  return usageOf(serving.fleet, serving.plan.catalogue, endNs);
}

describe('the start', () => {
  test('has the initial machines up and the initial workers ready at time 0, for nothing', () => {
    const record = run({ machines: [{ ...MACHINE, initial: 2 }], workers: [4] }, 0);
    expect(latenciesOf(record)).toEqual([SERVICE]);
    expect(record.serving.fleet.machines.up.length).toBe(2);
    expect(record.serving.fleet.ready(0).length).toBe(4);
  });
});

describe('a machine that is added', () => {
  const grown = run(
    {
      policies: {
        'machine-scaling': scriptedMachines(TICK, [{ type: 0, delta: 1 }]),
        'model-scaling': scriptedModels(milliseconds(150), [{ variant: 0, delta: 2 }]),
      },
    },
    0,
    400,
  );

  test('is up after its boot time, in time for a decision at that instant, and its worker ready after its load time', () => {
    expect(decisionsOf(grown)).toEqual([
      '0 machine.boot initial machine',
      '0 worker.start initial worker',
      '100 machine.boot script',
      '150 worker.start script',
      '150 worker.start script',
    ]);
    expect([...grown.serving.fleet.machine.subarray(0, 3)]).toEqual([0, 0, 1]);
    // Ready from 180 to the end at 410, two workers; the first all the time.
    expect(usage(grown).workerSeconds).toBeCloseTo(0.41 + 2 * 0.23, 9);
  });

  test('is paid for from the request to boot', () => {
    const { machineSeconds, costUsd, energyJoules, utilisation } = usage(grown);
    expect(machineSeconds).toBeCloseTo(0.41 + 0.31, 9);
    expect(costUsd).toBeCloseTo(0.72, 9);
    // Two batches of 10 ms on one of two cores, at a difference of 200 W.
    expect(energyJoules).toBeCloseTo(72 + 0.02 * 0.5 * 200, 9);
    expect(utilisation).toBeCloseTo(0.02 / 0.87, 9);
  });
});

describe('a machine that is drained', () => {
  const parts: PlanParts = {
    variants: [{ service: deterministic(milliseconds(80), { loadNs: LOAD }) }],
    machines: [{ ...MACHINE, cores: 1, initial: 2 }],
    workers: [2],
    policies: { 'machine-scaling': scriptedMachines(TICK, [{ type: 0, delta: -1 }]), dispatch: 'round-robin' },
  };

  test('finishes what runs, gives back what waits, and is paid for until then', () => {
    // Worker 1 on machine 1 (the newest of equals) gets the second and the fourth: one runs, one waits.
    const record = run(parts, 0, 50, 60, 70, 400);
    expect(outcomesOf(record)).toEqual(Array.from({ length: 5 }, () => 'served'));
    expect(rowsOf(record).map(({ worker }) => worker)).toEqual([0, 1, 0, 0, 0]);
    expect(rowsOf(record)[1].latencyNs).toBe(milliseconds(80));
    // Batches of worker 0: 0-80, 80-160, 160-240 with the one given back at 100.
    expect(rowsOf(record)[3].latencyNs).toBe(milliseconds(170));
    expect(usage(record).machineSeconds).toBeCloseTo(0.48 + 0.13, 9);
    expect(record.serving.fleet.machines.state[1]).toBe(DOWN);
    expect(record.findings).toEqual([]);
  });

  test('takes no more workers', () => {
    const record = run(
      {
        ...parts,
        policies: {
          'machine-scaling': scriptedMachines(TICK, [{ type: 0, delta: -1 }]),
          'model-scaling': scriptedModels(milliseconds(120), [{ variant: 0, delta: 1 }]),
        },
      },
      0,
      50,
      400,
    );
    expect(decisionsOf(record).slice(4)).toEqual([
      '100 machine.drain script',
      '120 capacity.short script: no machine has room',
    ]);
  });

  test('that is empty is gone at once', () => {
    const record = run({ ...parts, workers: [1], machines: [{ ...MACHINE, initial: 2 }] }, 0, 200);
    expect(usage(record).machineSeconds).toBeCloseTo(0.28 + 0.1, 9);
  });
});

describe('a machine that is lost', () => {
  test('is paid for until then, and its number can be used again', () => {
    const record = run(
      {
        machines: [{ ...MACHINE, initial: 1 }],
        run: { faults: [{ fault: 'machine-loss', times: { kind: 'at', atNs: [milliseconds(20)] } }] },
        policies: {
          'machine-scaling': scriptedMachines(TICK, [{ type: 0, delta: 1 }]),
          'model-scaling': scriptedModels(milliseconds(150), [{ variant: 0, delta: 1 }]),
        },
      },
      0,
      15,
      300,
    );
    expect(outcomesOf(record)).toEqual(['served', 'failed machine-lost', 'served']);
    expect(usage(record).machineSeconds).toBeCloseTo(0.02 + 0.21, 9);
    const { machines } = record.serving.fleet;
    expect([machines.state[0], machines.generation[0], machines.coresFree[0]]).toEqual([UP, 2, 1]);
  });
});

describe('a boot in progress', () => {
  test('counts against the maximum', () => {
    const record = run(
      {
        machines: [{ ...MACHINE, bootNs: seconds(1), max: 2 }],
        policies: { 'machine-scaling': scriptedMachines(TICK, [{ type: 0, delta: 1 }], [{ type: 0, delta: 1 }]) },
      },
      0,
      400,
    );
    expect(decisionsOf(record).filter((decision) => decision.includes('script'))).toEqual(['100 machine.boot script']);
  });
});

describe('utilisation', () => {
  test('is the share of ready time that batches ran', () => {
    const record = run({ workers: [2], machines: [{ ...MACHINE, initial: 1 }] }, 0, 0, 90);
    expect(usage(record).utilisation).toBeCloseTo(30 / 200, 9);
  });
});

test('memory and devices bound placement in a run as cores do', () => {
  const accelerator = { hardware: 'gpu', count: 1, memoryBytes: 8 };
  const gpu = { hardware: 'gpu', accelerators: 0.25, memoryBytes: 3, cores: 0, service: deterministic(SERVICE) };
  const placed =
    (workers: number): (() => RunRecord) =>
    () =>
      simulate(planOf({ variants: [gpu], machines: [{ accelerator }], workers: [workers] }), arrivalsAt(0));
  expect(placed(2)().serving.fleet.ready(0).length).toBe(2);
  expect(placed(3)).toThrow('no machine has room for an initial worker of variant-0');
});
