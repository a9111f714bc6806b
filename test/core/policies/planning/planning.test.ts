import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEAD, DRAINING, HOLD, NEVER, NONE, START } from '../../../../core/index.ts';
import { ArrivalLog } from '../../../../core/policies/planning/arrival-log.ts';
import { KindTraffic } from '../../../../core/policies/planning/kind-traffic.ts';
import { machineOffers } from '../../../../core/policies/planning/machine-offers.ts';
import { matchMachines } from '../../../../core/policies/planning/match-machines.ts';
import {
  changesTowards,
  coldByTarget,
  isForMachines,
  placeByTarget,
  targetsOf,
} from '../../../../core/policies/planning/target.ts';
import type { MachineTarget } from '../../../../core/policies/planning/target.ts';
import { CPU, GPU_HOST, HOST, SMALL, TINY_HOST, addMachine, addWorker, emptyWorld, open } from '../fixtures.ts';
import type { World } from '../fixtures.ts';

const column = (...workers: readonly (readonly [number, number])[]): Int32Array => {
  const all = new Int32Array(4);
  for (const [variant, count] of workers) all[variant] = count;
  return all;
};

function target(world: World, machine: number, ...workers: readonly (readonly [number, number])[]): MachineTarget {
  return { machine, generation: world.fleet.machines.generation[machine], workers: column(...workers) };
}

describe('a log of arrivals', () => {
  test('gives what came at an instant or later, and keeps the latest when it is full', () => {
    const log = new ArrivalLog(3);
    for (const at of [10, 20, 30, 40]) log.push(at, at / 10);
    expect([...log.since(0).atNs]).toEqual([20, 30, 40]);
    expect([...log.since(30).inputs]).toEqual([3, 4]);
    expect(log.since(41).atNs.length).toBe(0);
  });
});

describe('the traffic of a kind', () => {
  test('counts inputs and keeps the most demanding objectives', () => {
    const world = emptyWorld();
    const traffic = new KindTraffic(world.requests, 1e9);
    traffic.note(open(world, { kind: 2, inputs: 3, latencyMs: 50, accuracyPercent: 70 }));
    traffic.note(open(world, { kind: 2, inputs: 1, latencyMs: 80, accuracyPercent: 75, atNs: 1e9 }));
    expect([traffic.inputs(2), traffic.objectiveNs(2), traffic.accuracyPercent(2)]).toEqual([4, 50e6, 75]);
    expect([traffic.inputs(0), traffic.objectiveNs(0), traffic.accuracyPercent(7)]).toEqual([0, NEVER, 0]);
  });
});

describe('what a kind asks for of late', () => {
  test('is the most demanding of two windows, and what it was while nothing is asked', () => {
    const world = emptyWorld();
    const traffic = new KindTraffic(world.requests, 10);
    const asked = (): readonly number[] => [traffic.objectiveNs(0), traffic.accuracyPercent(0)];
    traffic.note(open(world, { latencyMs: 50, accuracyPercent: 76.15 }));
    traffic.upTo(10);
    traffic.note(open(world, { latencyMs: 80, accuracyPercent: 70 }));
    expect(asked()).toEqual([50e6, 76.15]);
    traffic.upTo(19);
    expect(asked()).toEqual([50e6, 76.15]);
    traffic.upTo(20);
    expect(asked()).toEqual([80e6, 70]);
    traffic.upTo(30);
    traffic.upTo(40);
    expect(asked()).toEqual([80e6, 70]);
  });
});

describe('the machines on offer', () => {
  test('are offered with what their own workers hold, whatever state they are in', () => {
    const world = emptyWorld();
    addMachine(world, TINY_HOST);
    const before = machineOffers(world.catalogue, world.fleet);
    addWorker(world, { variant: SMALL });
    addWorker(world, { variant: SMALL, state: DRAINING });
    expect(machineOffers(world.catalogue, world.fleet)).toEqual(before);
    expect(before[0]).toMatchObject({ cores: 2, type: TINY_HOST, hosts: Uint8Array.of(0, 1, 1, 0) });
  });
});

describe('matching machines', () => {
  test('leaves workers where they are when equal machines can change columns', () => {
    const planned = [column([CPU, 2]), column([SMALL, 3])];
    const current = [column([SMALL, 2]), column([CPU, 2])];
    expect(matchMachines(planned, current, ['a', 'a'])).toEqual([planned[1], planned[0]]);
    expect(matchMachines(planned, current, ['a', 'b'])).toEqual(planned);
  });

  test('deals each column once, to a machine of its class', () => {
    const anyColumns = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyColumns, anyColumns, (planned, current) => {
        const columns = planned.map((workers) => Int32Array.from(workers));
        const there = planned.map((_, at) => Int32Array.from(current[at % current.length]));
        const classes = planned.map((_, at) => `${at % 2}`);
        const matched = matchMachines(columns, there, classes);
        for (const each of ['0', '1']) {
          const of = (list: readonly Int32Array[]): string[] =>
            list.flatMap((workers, at) => (classes[at] === each ? [workers.join()] : [])).sort();
          expect(of(matched)).toEqual(of(columns));
        }
      }),
    );
  });
});

describe('the way to a target', () => {
  test('drains what is too much and starts what fits beside it', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    for (let i = 0; i < 3; i += 1) addWorker(world, { variant: CPU });
    // 6 of 8 cores are taken: one worker of 2 cores fits, the other two wait for the drains.
    const changes = changesTowards(world, [target(world, 0, [CPU, 1], [SMALL, 4])], 'plan 1');
    expect(changes).toEqual([
      { variant: CPU, delta: -2, machine: 0, reason: 'plan 1' },
      { variant: SMALL, delta: 2, machine: 0, reason: 'plan 1' },
    ]);
  });

  test('replaces what died and asks for nothing when all is there', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    const goal = [target(world, 0, [CPU, 2])];
    addWorker(world, { variant: CPU, state: DEAD });
    expect(changesTowards(world, goal, '1').map(({ delta }) => delta)).toEqual([1]);
    addWorker(world, { variant: CPU });
    expect(changesTowards(world, goal, '1')).toEqual([]);
  });

  test('keeps the workers of a variant that requests wait for', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    world.fleet.waiting[CPU] = 1;
    expect(changesTowards(world, [target(world, 0)], '1')).toEqual([]);
  });

  test('leaves machines alone that began a new life', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    const goal = [{ ...target(world, 0), generation: 7 }];
    expect(changesTowards(world, goal, '1')).toEqual([]);
    expect(isForMachines(goal, world.fleet)).toBe(false);
    expect(isForMachines([target(world, 0)], world.fleet)).toBe(true);
    expect(isForMachines([], world.fleet)).toBe(false);
  });

  test('deals planned columns to the machines that have them', () => {
    const world = emptyWorld();
    for (const type of [HOST, HOST, GPU_HOST]) addMachine(world, type);
    addWorker(world, { variant: SMALL, machine: 1 });
    const offers = machineOffers(world.catalogue, world.fleet);
    const targets = targetsOf(world, offers, [column([SMALL, 1]), column(), column([CPU, 1])]);
    expect(targets.map(({ workers }) => [...workers])).toEqual([
      [0, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 1, 0, 0],
    ]);
  });
});

describe('placing by a target', () => {
  test('goes where the plan lacks a worker, else where there are fewest', () => {
    const world = emptyWorld();
    for (const type of [HOST, HOST, HOST]) addMachine(world, type);
    addWorker(world, { variant: CPU, machine: 0 });
    const goal = [target(world, 0, [CPU, 1]), target(world, 1), target(world, 2, [SMALL, 1])];
    const { place } = placeByTarget(world, () => goal);
    expect(place(SMALL, 0)).toBe(2);
    expect(place(CPU, 0)).toBe(1);
  });
});

describe('a request without a ready worker', () => {
  test('waits for what loads or is planned, starts the first worker before a plan, and is refused otherwise', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    let targets: readonly MachineTarget[] = [];
    const cold = coldByTarget(world.fleet, () => targets);
    expect(cold(0, CPU)).toBe(START);
    world.fleet.waiting[CPU] = 1;
    expect(cold(0, CPU)).toBe(HOLD);
    targets = [target(world, 0, [SMALL, 1])];
    expect(cold(0, CPU)).toBe(NONE);
    expect(cold(0, SMALL)).toBe(HOLD);
  });
});
