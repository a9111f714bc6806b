/** Faults: each strikes when it is named and not otherwise, from a stream of its own. */
import { describe, expect, test } from 'vitest';
import { milliseconds, seconds } from '../../core/index.ts';
import type { RunRecord } from '../../core/index.ts';
import type { FaultPlan } from '../../sim/index.ts';
import type { PlanParts } from '../fixtures/plans.ts';
import { planOf } from '../fixtures/plans.ts';
import type { Delivery } from '../fixtures/runs.ts';
import { ObservedWorld, latenciesOf, outcomesOf, rowsOf, simulate } from '../fixtures/runs.ts';
import { deterministic, exponential } from '../fixtures/services.ts';
import { PoissonWorkload, arrivalsAt } from '../fixtures/workloads.ts';

const SERVICE = milliseconds(10);
const at = (...atMs: readonly number[]) => ({ kind: 'at' as const, atNs: atMs.map((ms) => milliseconds(ms)) });
const every = (ms: number) => ({ kind: 'random' as const, meanBetweenNs: milliseconds(ms) });

function withFaults(faults: readonly FaultPlan[], parts: PlanParts = {}): PlanParts {
  return { variants: [{ service: deterministic(SERVICE) }], ...parts, run: { faults, ...parts.run } };
}

function run(faults: readonly FaultPlan[], arrivalsMs: readonly number[], parts: PlanParts = {}): RunRecord {
  return simulate(planOf(withFaults(faults, parts)), arrivalsAt(...arrivalsMs.map((ms) => milliseconds(ms))));
}

describe('a worker crash', () => {
  test('fails the running batch at its instant and sends the queue to the workers that are left', () => {
    const record = run([{ fault: 'worker-crash', times: at(5) }], [0, 0, 0, 0], { workers: [2] });
    expect(outcomesOf(record).filter((outcome) => outcome === 'failed worker-crashed')).toEqual([
      'failed worker-crashed',
    ]);
    expect(latenciesOf(record).sort((a, b) => a - b)).toEqual([5e6, 10e6, 20e6, 30e6]);
    expect([...record.faults]).toEqual([['worker-crash', 1]]);
    expect(record.findings).toEqual([]);
  });

  test('of an idle worker fails nothing', () => {
    const record = run([{ fault: 'worker-crash', times: at(50) }], [0, 100], { workers: [2] });
    expect(outcomesOf(record)).toEqual(['served', 'served']);
  });

  test('gives the cores of its batch to the others', () => {
    // Two batches of 10 ms share one core until the crash at 6: 3 ms of each are done, the survivor's 7 go on alone.
    const record = run([{ fault: 'worker-crash', times: at(6) }], [0, 0, 100], {
      workers: [2],
      machines: [{ cores: 1 }],
      limits: { coreOvercommit: 2 },
      run: { contention: true },
    });
    expect(latenciesOf(record).sort((a, b) => a - b)).toEqual([6e6, 10e6, 13e6]);
    expect(record.serving.fleet.staleMessages).toBe(0);
  });

  test('with nobody left strikes nobody and counts for nothing', () => {
    const record = run([{ fault: 'worker-crash', times: at(50, 60) }], [0]);
    expect(record.faults.get('worker-crash')).toBeUndefined(); // The run drained at 10 ms.
    const held = run([{ fault: 'worker-crash', times: at(50, 60) }], [0, 100], { limits: { timeoutNs: seconds(1) } });
    expect(held.faults.get('worker-crash')).toBe(1);
    expect(outcomesOf(held)).toEqual(['served', 'failed timeout']);
  });

  test('leaves no trace of the batch in busy time, batch sizes and energy beyond its instant', () => {
    const record = run([{ fault: 'worker-crash', times: at(5) }], [0, 100], {
      limits: { timeoutNs: milliseconds(500) },
    });
    expect(record.serving.fleet.busyTotalNs).toBe(milliseconds(5));
    expect(record.serving.fleet.machines.coresWorkedNs[0]).toBe(milliseconds(5));
    expect([...record.serving.recorder.batchSizes]).toEqual([0, 0]);
  });
});

describe('a machine loss', () => {
  test('takes its workers, and machine scaling replaces it after the boot time', () => {
    const record = run([{ fault: 'machine-loss', times: at(5) }], [0, 0, 200], {
      machines: [{ bootNs: milliseconds(50) }],
      workers: [1],
      policies: {
        'machine-scaling': ['fixed', { period: milliseconds(10) }],
        'model-scaling': ['fixed', { period: milliseconds(10) }],
      },
    });
    expect(outcomesOf(record)).toEqual(['failed machine-lost', 'served', 'served']);
    // Lost at 5, missed at 10, up at 60, its worker started by the tick at 60: machines come before control ticks.
    expect(rowsOf(record)[1]).toMatchObject({ latencyNs: milliseconds(70), loadWaitNs: milliseconds(55) });
    expect(record.findings).toEqual([]);
  });

  test('strikes only machines that are up', () => {
    const record = run([{ fault: 'machine-loss', times: at(5, 6, 7) }], [0], {
      limits: { timeoutNs: milliseconds(100) },
    });
    expect(record.faults.get('machine-loss')).toBe(1);
  });
});

describe('a slow machine', () => {
  const slow = (speed: number, lastsMs: number, ...atMs: readonly number[]): FaultPlan => ({
    fault: 'slow-machine',
    speed,
    lastsNs: milliseconds(lastsMs),
    times: at(...atMs),
  });

  test('stretches the work of its time, from the middle of a batch on', () => {
    expect(latenciesOf(run([slow(0.5, 100, 5)], [0, 200]))).toEqual([15e6, 10e6]);
  });

  test('recovers in the middle of a batch', () => {
    expect(latenciesOf(run([slow(0.1, 50, 5)], [0]))).toEqual([55e6]);
  });

  test('stays slow until the last of overlapping strikes is over', () => {
    // Slow from 5 to 65 in two strikes, at a tenth: 5 + 6 of 20 done by then, 9 left.
    const parts = { variants: [{ service: deterministic(milliseconds(20)) }] };
    expect(latenciesOf(run([slow(0.1, 40, 5, 25)], [0], parts))).toEqual([74e6]);
  });

  test('that is lost does not slow the machine that gets its number', () => {
    const record = run([slow(0.1, 1000, 5), { fault: 'machine-loss', times: at(20) }], [100], {
      policies: {
        'machine-scaling': ['fixed', { period: milliseconds(10) }],
        'model-scaling': ['fixed', { period: milliseconds(10) }],
      },
    });
    expect(latenciesOf(record)).toEqual([10e6]);
  });

  test('does not end the slowness of the machine that gets its number', () => {
    // Slow until 45, lost at 20, its successor up at 30 and slow from 35 to 75.
    const record = run([slow(0.1, 40, 5, 35), { fault: 'machine-loss', times: at(20) }], [40], {
      policies: {
        'machine-scaling': ['fixed', { period: milliseconds(10) }],
        'model-scaling': ['fixed', { period: milliseconds(10) }],
      },
    });
    // 35 ms at a tenth are 3.5 of 10; the rest takes 6.5.
    expect(latenciesOf(record)).toEqual([41.5e6]);
  });
});

describe('a failed load', () => {
  test('kills the worker that loads; initial workers are there before any fault', () => {
    const record = run([{ fault: 'failed-load', probability: 1 }], [0, 10], {
      workers: [0],
      serving: { startOnRequest: true },
      limits: { timeoutNs: milliseconds(50) },
    });
    expect(outcomesOf(record)).toEqual(['failed timeout', 'failed timeout']);
    expect(record.faults.get('failed-load')).toBeGreaterThan(0);
    expect(outcomesOf(run([{ fault: 'failed-load', probability: 1 }], [0]))).toEqual(['served']);
  });

  test('is tried again where first workers start on request: nobody waits for ever', () => {
    const record = run([{ fault: 'failed-load', probability: 0.5 }], [0, 10, 20], {
      workers: [0],
      serving: { startOnRequest: true },
      run: { seed: 'retry' },
    });
    expect([record.ending, outcomesOf(record)]).toEqual(['drained', ['served', 'served', 'served']]);
    expect(record.faults.get('failed-load')).toBeGreaterThan(0);
  });
});

const ALL: readonly FaultPlan[] = [
  { fault: 'worker-crash', times: every(400) },
  { fault: 'machine-loss', times: every(900) },
  { fault: 'slow-machine', times: every(300), speed: 0.5, lastsNs: milliseconds(100) },
  { fault: 'failed-load', probability: 0.2 },
  { fault: 'lost-message', probability: 0.02 },
];

/** A service that heals itself, so that it lives through any faults. */
function healing(faults: readonly FaultPlan[], seed = 'faults'): PlanParts {
  return withFaults(faults, {
    variants: [{ service: exponential(SERVICE, { loadNs: milliseconds(20) }) }],
    workers: [4],
    machines: [{ initial: 3, max: 3, cores: 2, bootNs: milliseconds(100) }],
    policies: {
      'machine-scaling': ['fixed', { period: milliseconds(50) }],
      'model-scaling': ['fixed', { period: milliseconds(50) }],
    },
    limits: { timeoutNs: seconds(1) },
    run: { faults, seed },
  });
}

/** When each fault struck whom: `worker-crash 12.5`. */
function strikes(faults: readonly FaultPlan[]): { readonly record: RunRecord; readonly times: Map<string, number[]> } {
  const times = new Map<string, number[]>();
  const observe = ({ message, atNs }: Delivery): void => {
    if (message.type !== 'fault.strikes') return;
    const { fault } = faults[message.fault];
    times.set(fault, [...(times.get(fault) ?? []), atNs]);
  };
  const workload = new PoissonWorkload({ rateRps: 200, count: 1000, seed: 'arrivals' });
  return { record: new ObservedWorld(planOf(healing(faults)), workload, observe).run(), times };
}

describe('named faults', () => {
  const all = strikes(ALL);

  test('all strike, and are counted by name', () => {
    expect([...all.record.faults.keys()].sort()).toEqual(ALL.map(({ fault }) => fault).sort());
    expect([all.record.ending, all.record.findings]).toEqual(['drained', []]);
  });

  test('that are not named never strike', () => {
    const { record } = strikes([]);
    expect([...record.faults]).toEqual([]);
    expect(outcomesOf(record).every((outcome) => outcome === 'served')).toBe(true);
  });

  test.each(ALL.filter((plan) => 'times' in plan))(
    '$fault strikes at the same instants whatever else is named',
    ({ fault }) => {
      const alone = strikes(ALL.filter((plan) => plan.fault === fault)).times.get(fault) ?? [];
      const among = all.times.get(fault) ?? [];
      const common = Math.min(alone.length, among.length);
      expect(common).toBeGreaterThan(2);
      expect(among.slice(0, common)).toEqual(alone.slice(0, common));
    },
  );

  test('strike at the same instants when the first victim is missing', () => {
    // With one worker that stays dead there is nobody to strike; the times go on as if there were.
    const crash: FaultPlan[] = [{ fault: 'worker-crash', times: every(400) }];
    const dead = planOf(
      withFaults(crash, { limits: { timeoutNs: seconds(5) }, run: { faults: crash, seed: 'faults' } }),
    );
    const seen: number[] = [];
    new ObservedWorld(
      dead,
      new PoissonWorkload({ rateRps: 200, count: 1000, seed: 'arrivals' }),
      ({ message, atNs }) => {
        if (message.type === 'fault.strikes') seen.push(atNs);
      },
    ).run();
    const alive = strikes(crash).times.get('worker-crash') ?? [];
    const common = Math.min(alive.length, seen.length);
    expect(common).toBeGreaterThan(4);
    expect(seen.slice(0, common)).toEqual(alive.slice(0, common));
  });

  test('leave the workload and the service times of others alone', () => {
    const quiet = rowsOf(strikes([]).record).map(({ scheduledNs }) => scheduledNs);
    expect(rowsOf(all.record).map(({ scheduledNs }) => scheduledNs)).toEqual(quiet);
  });

  test('of the same kind may be named twice', () => {
    const { record } = strikes([
      { fault: 'worker-crash', times: at(100) },
      { fault: 'worker-crash', times: at(200) },
    ]);
    expect(record.faults.get('worker-crash')).toBe(2);
  });
});
