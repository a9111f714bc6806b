/** The machine autoscaler: changes carried out up to the maximum, the emptiest machines drained first. */
import { describe, expect, test } from 'vitest';
import { DOWN, MACHINE_AUTOSCALER, NEVER, UP } from '../../../core/index.ts';
import type { MachineScaling } from '../../../core/index.ts';
import { machineAutoscalerLogic } from '../../../core/actors/machine-autoscaler.ts';
import { MachinePool } from '../../../core/actors/pools.ts';
import { Bench } from './bench.ts';

class ScalerBench extends Bench {
  wants: Omit<MachineScaling, 'reason'>[] = [];

  constructor({ max = 10, machinesMax = 10, periodNs = 100 } = {}) {
    super({ machines: [{}, {}], machinesMax, workersMax: 10 });
    const { world, fleet } = this;
    const pool = new MachinePool({ world, host: world, fleet });
    const decide = (): MachineScaling[] => this.wants.splice(0).map((change) => ({ ...change, reason: 'wanted' }));
    const initial = { workers: new Map<number, number>(), machines: new Map([[0, { initial: 0, max }]]) };
    const scaling = { periodNs, decide };
    world.attach(MACHINE_AUTOSCALER, machineAutoscalerLogic, { world, fleet, pool, scaling, initial });
  }

  tick(...wants: readonly Omit<MachineScaling, 'reason'>[]): string[] {
    this.wants = [...wants];
    this.deliver(MACHINE_AUTOSCALER, { type: 'machines.tick' });
    return this.world.takeDecisions();
  }

  /** An up machine of the type with that many workers. */
  occupied(type: number, workers: number): number {
    const { machines } = this.fleet;
    const machine = machines.claim(type, 0);
    machines.setState(machine, UP, 0);
    for (let i = 0; i < workers; i += 1) this.fleet.claim(0, machine, 0);
    return machine;
  }
}

describe('more machines', () => {
  test('are booted, each with its own number', () => {
    const bench = new ScalerBench();
    expect(bench.tick({ type: 0, delta: 2 })).toEqual([
      'machine.boot machine-0: wanted',
      'machine.boot machine-1: wanted',
    ]);
    expect(bench.fleet.machines.booting.length).toBe(2);
  });

  test('are never more than the maximum, those that boot and those that are up counted', () => {
    const bench = new ScalerBench({ max: 3 });
    bench.occupied(0, 0);
    expect(bench.tick({ type: 0, delta: 1 }).length).toBe(1);
    expect(bench.tick({ type: 0, delta: 5 }).length).toBe(1);
    expect(bench.tick({ type: 0, delta: 1 })).toEqual([]);
  });

  test('are none of a type the experiment does not have', () => {
    expect(() => new ScalerBench().tick({ type: 1, delta: 1 })).toThrow('found 1 machines of type 1');
  });

  test('are no more than there are machine numbers', () => {
    expect(new ScalerBench({ machinesMax: 2 }).tick({ type: 0, delta: 5 }).length).toBe(2);
  });
});

describe('fewer machines', () => {
  test('drain those with the fewest workers, the newest of equals, and only of that type', () => {
    const bench = new ScalerBench();
    for (const [type, workers] of [
      [0, 2],
      [0, 0],
      [1, 0],
      [0, 0],
      [0, 1],
    ] as const)
      bench.occupied(type, workers);
    expect(bench.tick({ type: 0, delta: -3 })).toEqual([
      'machine.drain machine-3: wanted',
      'machine.drain machine-1: wanted',
      'machine.drain machine-4: wanted',
    ]);
  });

  test('are different ones in one decision, whether or not one is named', () => {
    const bench = new ScalerBench();
    for (let i = 0; i < 3; i += 1) bench.occupied(0, 0);
    expect(bench.tick({ type: 0, delta: -1 }, { type: 0, delta: -1 })).toEqual([
      'machine.drain machine-2: wanted',
      'machine.drain machine-1: wanted',
    ]);
    const named = new ScalerBench();
    for (let i = 0; i < 3; i += 1) named.occupied(0, 0);
    const [two, any] = [
      { type: 0, delta: -1, machine: 2 },
      { type: 0, delta: -1 },
    ];
    expect(named.tick(two, any, two)).toEqual(['machine.drain machine-2: wanted', 'machine.drain machine-1: wanted']);
  });

  test('may include a number again in its next life', () => {
    const bench = new ScalerBench();
    const machine = bench.occupied(0, 0);
    bench.tick({ type: 0, delta: -1 });
    bench.fleet.machines.setState(machine, DOWN, 0);
    bench.occupied(0, 0);
    expect(bench.tick({ type: 0, delta: -1 })).toEqual(['machine.drain machine-0: wanted']);
  });

  test('are no more than there are', () => {
    const bench = new ScalerBench();
    bench.occupied(0, 0);
    expect(bench.tick({ type: 0, delta: -3 }).length).toBe(1);
    bench.fleet.machines.setState(0, DOWN, 0);
    expect(bench.tick({ type: 0, delta: -1 })).toEqual([]);
  });
});

describe('ticks', () => {
  test('repeat every period', () => {
    const bench = new ScalerBench({ periodNs: 100 });
    bench.world.fire();
    expect(bench.world.pendingTimers.map(({ atNs }) => atNs)).toEqual([200]);
  });

  test('never come for a policy whose period is never', () => {
    expect(new ScalerBench({ periodNs: NEVER }).world.pendingTimers).toEqual([]);
  });
});
