// The machine autoscaler of the release, loop by loop: what it starts, what it removes, how long it waits in between,
// each threshold at the edge and on both sides, each mistake of the release on and off.
import { describe, expect, test } from 'vitest';
import { UP } from '../../../../core/index.ts';
import { seconds } from '../../../../core/index.ts';
import { InfaasMachineAutoscaler } from '../../../../core/policies/infaas/machine-scaling.ts';
import { INF1, M5, P3, P3_LARGE, addMachine, loseMachine, scalingWorld, utilise } from './scaling-fixtures.ts';
import type { ScalingWorld, WorldSketch } from './scaling-fixtures.ts';

interface Bench {
  readonly world: ScalingWorld;
  /** Numbers of the machines, in the order they were named. */
  readonly machines: readonly number[];
  /** Runs loops and boots what they ask for; says what they ask for, as `[loop, type, delta]` with loops from 1. */
  loop(times?: number): number[][];
  /** Ends the boots that are under way. */
  bootsDone(): void;
}

type Machines = NonNullable<WorldSketch['machines']>;

/** At most three machines of each kind unless said otherwise; as many at the start as `initially` names. */
function maxima(initially: Readonly<Record<number, number>>, max: Readonly<Record<number, number>> = {}): Machines {
  return new Map([M5, P3, INF1].map((type) => [type, { initial: initially[type] ?? 0, max: max[type] ?? 3 }]));
}

function bench(types: readonly number[], sketch: WorldSketch = {}): Bench {
  const initially: Record<number, number> = {};
  for (const type of types) initially[type] = (initially[type] ?? 0) + 1;
  const world = scalingWorld({ machines: maxima(initially), ...sketch });
  const machines = types.map((type) => addMachine(world, type));
  const autoscaler = new InfaasMachineAutoscaler(world.state);
  let loops = 0;
  const columns = world.fleet.machines;
  return {
    world,
    machines,
    loop(times = 1) {
      const asked: number[][] = [];
      for (let i = 0; i < times; i += 1) {
        loops += 1;
        const now = seconds(2 * loops);
        for (const { type, delta, machine } of autoscaler.decide(now)) {
          asked.push([loops, type, delta]);
          if (delta > 0) columns.claim(type, now);
          else if (machine !== undefined) loseMachine(world, machine);
        }
      }
      return asked;
    },
    bootsDone() {
      while (columns.booting.length > 0) columns.setState(columns.booting.at(0), UP, 0);
    },
  };
}

/** GPU memory used and NeuronCores reserved, in percent, by machine; cores busy likewise. */
interface Use {
  readonly cpu?: number;
  readonly gpu?: number;
  readonly inferentia?: number;
}

function use({ world, machines }: Bench, uses: readonly Use[]): void {
  const columns = world.fleet.machines;
  const cpu: Record<number, number> = {};
  for (const [position, { cpu: percent = 50, gpu = 50, inferentia = 50 }] of uses.entries()) {
    const machine = machines[position];
    cpu[machine] = percent;
    if (columns.type[machine] === P3) columns.deviceMemoryFreeBytes[machine] = Math.round(16e9 * (1 - gpu / 100));
    if (columns.type[machine] === INF1) columns.acceleratorsFree[machine] = 4 * (1 - inferentia / 100);
  }
  utilise(world, cpu);
}

describe('a CPU-only machine is started', () => {
  test('when every machine has its CPUs busy by more than 80 %', () => {
    const busy = (first: number, second: number): number[][] => {
      const it = bench([M5, P3]);
      use(it, [{ cpu: first }, { cpu: second }]);
      return it.loop();
    };
    expect(busy(81, 90)).toEqual([[1, M5, 1]]);
    expect(busy(80, 90)).toEqual([]);
    expect(busy(90, 80)).toEqual([]);
  });

  test('while there are fewer than the maximum', () => {
    const it = bench([M5], { machines: maxima({ [M5]: 1 }, { [M5]: 1, [P3]: 0, [INF1]: 0 }) });
    use(it, [{ cpu: 99 }]);
    expect(it.loop(40)).toEqual([]);
  });
});

describe('a GPU machine is started', () => {
  test('when every GPU has more than 80 % of its memory used, and less than all', () => {
    const used = (first: number, second: number): number[][] => {
      const it = bench([P3, P3, M5]);
      use(it, [{ gpu: first }, { gpu: second }]);
      return it.loop();
    };
    expect(used(81, 99)).toEqual([[1, P3, 1]]);
    expect(used(80, 99)).toEqual([]);
    expect(used(100, 100)).toEqual([]);
  });

  test('when the dispatcher raised the flag, up to the maximum', () => {
    const flagged = (max: number): number[][] => {
      const it = bench([M5], { machines: maxima({ [M5]: 1 }, { [P3]: max }) });
      use(it, [{}]);
      it.world.state.flags.vmScale = true;
      return it.loop();
    };
    expect(flagged(1)).toEqual([[1, P3, 1]]);
    expect(flagged(0)).toEqual([]);
  });

  test('as a slack machine when that flag was raised', () => {
    const it = bench([M5]);
    use(it, [{}]);
    it.world.state.flags.slackScale = true;
    expect(it.loop()).toEqual([[1, P3, 1]]);
    it.bootsDone();
    it.world.state.machines.follow();
    expect(it.world.state.machines.slack[1]).toBe(-1);
  });

  test('of the cheapest type with room', () => {
    const machines = new Map([
      [M5, { initial: 1, max: 1 }],
      [P3_LARGE, { initial: 0, max: 3 }],
      [P3, { initial: 0, max: 1 }],
    ]);
    const it = bench([M5], { machines });
    use(it, [{}]);
    it.world.state.flags.vmScale = true;
    expect(it.loop()).toEqual([[1, P3, 1]]);
    it.bootsDone();
    it.world.state.flags.vmScale = true;
    expect(it.loop(15)).toEqual([[16, P3_LARGE, 1]]);
  });
});

describe('an Inferentia machine is started', () => {
  test('when every one of them has more than 70 % of its cores reserved', () => {
    const reserved = (percent: number): number[][] => {
      const it = bench([M5, INF1]);
      use(it, [{}, { inferentia: percent }]);
      return it.loop();
    };
    expect(reserved(75)).toEqual([[1, INF1, 1]]);
    expect(reserved(100)).toEqual([[1, INF1, 1]]);
    expect(reserved(70)).toEqual([]);
    expect(reserved(50)).toEqual([]);
  });

  test('at once where none runs with bugInferentiaMarker, never without', () => {
    const started = (bugInferentiaMarker: boolean): number[][] => {
      const it = bench([M5], { options: { bugInferentiaMarker } });
      use(it, [{}]);
      return it.loop();
    };
    expect(started(true)).toEqual([[1, INF1, 1]]);
    expect(started(false)).toEqual([]);
  });

  test('only when CPUs are not wanted more', () => {
    const it = bench([INF1]);
    use(it, [{ cpu: 90, inferentia: 100 }]);
    expect(it.loop()).toEqual([[1, M5, 1]]);
  });
});

describe('the choice of a type', () => {
  const full = (bugTypeChoiceIgnoresMaximum: boolean): number[][] => {
    const machines = maxima({ [M5]: 1 }, { [M5]: 1 });
    const it = bench([M5], { machines, options: { bugTypeChoiceIgnoresMaximum } });
    use(it, [{ cpu: 90 }]);
    it.world.state.flags.vmScale = true;
    return it.loop();
  };

  test('passes over a kind that is at its maximum', () => {
    expect(full(false)).toEqual([[1, P3, 1]]);
  });

  test('takes it all the same with bugTypeChoiceIgnoresMaximum, and nothing starts', () => {
    expect(full(true)).toEqual([]);
  });
});

describe('after an action', () => {
  test('the loop stands still while the machine boots, then waits for 15 loops', () => {
    const it = bench([M5], { machines: maxima({ [M5]: 1 }, { [M5]: 9 }) });
    use(it, [{ cpu: 90 }]);
    expect(it.loop()).toEqual([[1, M5, 1]]);
    expect(it.loop(100)).toEqual([]);
    it.bootsDone();
    // The new machine has no load to report; all others are busy.
    const busyAgain = (): void => utilise(it.world, { 0: 90, 1: 90 });
    it.world.state.machines.follow();
    busyAgain();
    // Loop 1 counted as the first of 15; the boot held loops 2 to 101.
    expect(it.loop(14)).toEqual([]);
    expect(it.loop()).toEqual([[116, M5, 1]]);
  });

  test('flags raised meanwhile are kept', () => {
    const it = bench([M5]);
    use(it, [{}]);
    it.world.state.flags.vmScale = true;
    expect(it.loop()).toEqual([[1, P3, 1]]);
    it.bootsDone();
    it.world.state.flags.vmScale = true;
    expect(it.loop(15)).toEqual([[16, P3, 1]]);
  });

  test('flags raised meanwhile are lost with bugDroppedVmFlags, those raised later are not', () => {
    const it = bench([M5], { options: { bugDroppedVmFlags: true } });
    use(it, [{}]);
    it.world.state.flags.vmScale = true;
    expect(it.loop()).toEqual([[1, P3, 1]]);
    it.bootsDone();
    it.world.state.flags.vmScale = true;
    it.world.state.flags.slackScale = true;
    expect(it.loop(14)).toEqual([]);
    expect(it.world.state.flags).toEqual({ vmScale: false, slackScale: false });
    it.world.state.flags.vmScale = true;
    expect(it.loop()).toEqual([[16, P3, 1]]);
  });

  test('a flag that was acted on is not acted on again', () => {
    const it = bench([M5]);
    use(it, [{}]);
    it.world.state.flags.vmScale = true;
    expect(it.loop()).toEqual([[1, P3, 1]]);
    it.bootsDone();
    use(it, [{}]);
    expect(it.loop(28)).toEqual([]);
  });
});

describe('a busy machine gets no work by load for two seconds', () => {
  const blacklisted = (type: number, used: Use): boolean => {
    const it = bench([type]);
    use(it, [used]);
    it.loop();
    return it.world.state.machines.isBlacklisted(it.machines[0], seconds(2) + seconds(2) - 1);
  };

  test('above 80 % of its CPUs', () => {
    expect(blacklisted(M5, { cpu: 80 })).toBe(false);
    expect(blacklisted(M5, { cpu: 80.1 })).toBe(true);
  });

  test('above 80 % of its GPU memory, but not when that is full', () => {
    expect(blacklisted(P3, { gpu: 80 })).toBe(false);
    expect(blacklisted(P3, { gpu: 81 })).toBe(true);
    expect(blacklisted(P3, { gpu: 100 })).toBe(false);
  });

  test('never for its NeuronCores', () => {
    expect(blacklisted(INF1, { inferentia: 100 })).toBe(false);
  });
});

describe('an idle machine', () => {
  /** One GPU machine more than at the start, used as said: the loops until one is removed. */
  const removed = (
    cpu: readonly number[],
    gpu: readonly number[],
    options: WorldSketch['options'] = {},
  ): number[][] => {
    const it = bench([P3, P3], { machines: maxima({ [P3]: 1 }, { [M5]: 0 }), options });
    use(
      it,
      cpu.map((percent, position) => ({ cpu: percent, gpu: gpu[position] })),
    );
    return it.loop(16);
  };

  test('is removed at the 15th idle loop', () => {
    expect(removed([5, 99], [8, 99])).toEqual([[15, P3, -1]]);
  });

  test('is one with up to 8 % of GPU memory and 5 % of CPUs in use', () => {
    expect(removed([5.1, 99], [8, 99])).toEqual([]);
    expect(removed([5, 99], [8.1, 99])).toEqual([]);
  });

  test('is any when they have up to 8 % of GPU memory and 30 % of CPUs in use on average', () => {
    expect(removed([20, 40], [7, 9])).toEqual([[15, P3, -1]]);
    expect(removed([20, 40.2], [7, 9])).toEqual([]);
    expect(removed([20, 40], [7, 9.2])).toEqual([]);
  });

  test('is any as soon as CPUs are, where Inferentia is missing, with bugMissingHardwareIsIdle', () => {
    const options = { bugMissingHardwareIsIdle: true };
    expect(removed([20, 40], [70, 70])).toEqual([]);
    expect(removed([20, 40], [70, 70], options)).toEqual([[15, P3, -1]]);
    expect(removed([20, 40.2], [70, 70], options)).toEqual([]);
  });

  test('counts a full GPU in the average, but for bugFullAcceleratorsIgnored', () => {
    expect(removed([20, 40], [6, 100])).toEqual([]);
    expect(removed([20, 40], [6, 100], { bugFullAcceleratorsIgnored: true })).toEqual([[15, P3, -1]]);
  });

  test('is any of Inferentia with up to 25 % of cores reserved and 30 % of CPUs in use on average', () => {
    const removedInferentia = (cpu: number, inferentia: number): number[][] => {
      const it = bench([P3, INF1, INF1], { machines: maxima({ [P3]: 1, [INF1]: 1 }) });
      use(it, [
        { cpu, gpu: 50 },
        { cpu, inferentia },
        { cpu, inferentia },
      ]);
      return it.loop(16);
    };
    expect(removedInferentia(30, 25)).toEqual([[15, INF1, -1]]);
    expect(removedInferentia(30.1, 25)).toEqual([]);
    expect(removedInferentia(30, 50)).toEqual([]);
  });

  test('stays when a loop in between was not idle', () => {
    const it = bench([P3, P3], { machines: maxima({ [P3]: 1 }) });
    use(it, [
      { cpu: 1, gpu: 1 },
      { cpu: 1, gpu: 1 },
    ]);
    expect(it.loop(14)).toEqual([]);
    use(it, [
      { cpu: 50, gpu: 50 },
      { cpu: 50, gpu: 50 },
    ]);
    expect(it.loop()).toEqual([]);
    use(it, [
      { cpu: 1, gpu: 1 },
      { cpu: 1, gpu: 1 },
    ]);
    expect(it.loop(14)).toEqual([]);
    expect(it.loop()).toEqual([[30, P3, -1]]);
  });

  test('stays while the flag for more machines is up', () => {
    const it = bench([P3, P3], { machines: maxima({ [P3]: 1 }, { [P3]: 2 }) });
    use(it, [
      { cpu: 1, gpu: 1 },
      { cpu: 1, gpu: 1 },
    ]);
    expect(it.loop(14)).toEqual([]);
    it.world.state.flags.vmScale = true;
    expect(it.loop(15)).toEqual([]);
    expect(it.loop()).toEqual([[30, P3, -1]]);
  });

  test('is never one of the first machines', () => {
    const it = bench([P3, P3]);
    use(it, [
      { cpu: 1, gpu: 1 },
      { cpu: 1, gpu: 1 },
    ]);
    expect(it.loop(60)).toEqual([]);
  });

  test('stays when others of the first are lost', () => {
    const it = bench([P3], { machines: maxima({ [M5]: 1 }) });
    use(it, [{ cpu: 1, gpu: 1 }]);
    expect(it.loop(60)).toEqual([]);
  });

  test('is never a CPU-only one', () => {
    const it = bench([M5, M5], { machines: maxima({ [M5]: 1 }) });
    use(it, [{ cpu: 1 }, { cpu: 1 }]);
    expect(it.loop(60)).toEqual([]);
  });

  test('is the one with the least GPU memory in use', () => {
    const it = bench([P3, P3], { machines: maxima({ [P3]: 1 }) });
    use(it, [
      { cpu: 1, gpu: 6 },
      { cpu: 2, gpu: 3 },
    ]);
    it.loop(15);
    expect(it.world.fleet.machines.up.has(it.machines[0])).toBe(true);
    expect(it.world.fleet.machines.up.has(it.machines[1])).toBe(false);
  });

  test('stays when the machine with the least busy CPUs is not among the three with the least GPU memory', () => {
    const least = (cpuOfFourth: number): number[][] => {
      const it = bench([P3, P3, P3, P3], { machines: maxima({ [P3]: 1 }, { [P3]: 9 }) });
      const uses = [1, 2, 3].map((gpu) => ({ cpu: 10, gpu }));
      use(it, [...uses, { cpu: cpuOfFourth, gpu: 8 }]);
      return it.loop(15);
    };
    expect(least(1)).toEqual([]);
    expect(least(20)).toEqual([[15, P3, -1]]);
  });
});
