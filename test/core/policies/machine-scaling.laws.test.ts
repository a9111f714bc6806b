import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InitialFleet, MachineScaling } from '../../../core/index.ts';
import { DOWN, NEVER, UP, seconds } from '../../../core/index.ts';
import { CPU, DETECTOR, GPU, GPU_HOST, HOST, SMALL, TINY_HOST, VARIANTS, addMachine, addWorker } from './fixtures.ts';
import { emptyWorld, namesOf, policyOf } from './fixtures.ts';
import type { World } from './fixtures.ts';

const initialOf = (machines: readonly (readonly [number, number, number])[]): InitialFleet => ({
  workers: new Map(),
  machines: new Map(machines.map(([type, initial, max]) => [type, { initial, max }])),
});

/** A world with up machines of one type, which began with `initial` of them and may have `max`. */
function hosts(up: number, { initial = up, max = 10 } = {}, type = HOST): World {
  const world = emptyWorld(initialOf([[type, initial, max]]));
  for (let i = 0; i < up; i += 1) addMachine(world, type);
  return world;
}

function short({ signals, catalogue }: World, variant: number): void {
  const { hardware } = catalogue.variants[variant];
  signals.capacityShort({ hardware, variant, atNs: 0, cause: 'no machine has room' });
}

function countOf({ fleet }: World, type: number): number {
  const { up, booting } = fleet.machines;
  const ids = [...Array(up.length).keys()].map((i) => up.at(i));
  ids.push(...[...Array(booting.length).keys()].map((i) => booting.at(i)));
  return ids.filter((machine) => fleet.machines.type[machine] === type).length;
}

interface Step {
  readonly add: readonly number[];
  readonly shortage: number;
  readonly lose: boolean;
  readonly boots: boolean;
  readonly ticks: number;
}

const anySteps = fc.array(
  fc.record<Step>({
    add: fc.array(fc.constantFrom(...VARIANTS), { maxLength: 4 }),
    shortage: fc.integer({ min: -4, max: 3 }),
    lose: fc.boolean(),
    boots: fc.boolean(),
    ticks: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 20 },
);

interface Decided extends MachineScaling {
  readonly before: number;
}

function bootAll({ fleet: { machines } }: World, now: number): void {
  while (machines.booting.length > 0) machines.setState(machines.booting.at(0), UP, now);
}

/** Runs a policy over machines that fill, get lost and boot; drains empty machines only, as the policy cannot choose. */
function history(name: string, steps: readonly Step[]): Decided[] {
  const world = emptyWorld(
    initialOf([
      [HOST, 2, 4],
      [GPU_HOST, 1, 2],
      [TINY_HOST, 0, 2],
    ]),
  );
  for (const type of [HOST, HOST, GPU_HOST]) addMachine(world, type);
  const { machines } = world.fleet;
  const { decide, periodNs } = policyOf('machine-scaling', name, world);
  const stepNs = periodNs === NEVER ? seconds(1) : periodNs;
  const decided: Decided[] = [];
  let now = 0;
  for (const { add, shortage, lose, boots, ticks } of steps) {
    for (const variant of add) {
      const fitting = [...Array(machines.up.length).keys()].map((i) => machines.up.at(i));
      const machine = fitting.find((id) => machines.fits(id, variant));
      if (machine !== undefined) addWorker(world, { variant, machine });
    }
    if (shortage >= 0) short(world, shortage);
    if (lose && machines.up.length > 0) machines.setState(machines.up.at(0), DOWN, now);
    for (let tick = 0; tick < ticks; tick += 1) {
      now += stepNs;
      const changes = decide(now);
      for (const change of changes) {
        decided.push({ ...change, before: countOf(world, change.type) });
        for (let more = change.delta; more > 0; more -= 1) machines.claim(change.type, now);
        const ups = [...Array(machines.up.length).keys()].map((i) => machines.up.at(i));
        const victims = ups.filter((id) => machines.type[id] === change.type).slice(0, Math.max(0, -change.delta));
        for (const victim of victims) machines.setState(victim, DOWN, now);
      }
      if (boots) bootAll(world, now);
    }
  }
  return decided;
}

describe.each(namesOf('machine-scaling'))('machine-scaling %s', (name) => {
  test('goes neither beyond the maximum nor below the initial count, with real changes and a reason', () => {
    const bounds: Readonly<Record<number, readonly number[]>> = {
      [HOST]: [2, 4],
      [GPU_HOST]: [1, 2],
      [TINY_HOST]: [0, 2],
    };
    fc.assert(
      fc.property(anySteps, (steps) => {
        for (const { type, delta, before, reason } of history(name, steps)) {
          expect(Number.isInteger(delta) && delta !== 0).toBe(true);
          // Machines may be below the initial count when some were lost; nobody takes more away.
          expect(delta > 0 || before + delta >= bounds[type][0]).toBe(true);
          expect(before + delta).toBeLessThanOrEqual(bounds[type][1]);
          expect(reason.length).toBeGreaterThan(5);
        }
      }),
    );
  });

  test('decides the same on the same history', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        expect(history(name, steps)).toEqual(history(name, steps));
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(['fixed', 'utilisation'])('machine-scaling %s', (name) => {
  test('replaces lost machines at once and counts those that boot', () => {
    const world = hosts(1, { initial: 4 });
    world.fleet.machines.claim(HOST, 0);
    expect(policyOf('machine-scaling', name, world).decide(seconds(1))).toEqual([
      { type: HOST, delta: 2, reason: '2 of 4 initial machines' },
    ]);
  });

  test('takes the shortages, so that they do not pile up', () => {
    const world = hosts(1);
    short(world, SMALL);
    policyOf('machine-scaling', name, world).decide(seconds(1));
    expect(world.signals.takeShortages()).toEqual([]);
  });
});

describe('machine-scaling utilisation', () => {
  /** Workers of two cores on the 8 cores of each machine. */
  const fill = (world: World, workers: number, machine = 0): void => {
    for (let i = 0; i < workers; i += 1) addWorker(world, { variant: CPU, machine });
  };

  test('adds a machine above the high share and not at it', () => {
    const at = hosts(1);
    fill(at, 3);
    expect(policyOf('machine-scaling', 'utilisation', at, { high: 0.75 }).decide(0)).toEqual([]);
    const above = hosts(1);
    fill(above, 4);
    expect(policyOf('machine-scaling', 'utilisation', above, { high: 0.75 }).decide(0)).toEqual([
      { type: HOST, delta: 1, reason: '100.0 % reserved, above 75.0 %' },
    ]);
  });

  test('judges by accelerators where they are the fuller share', () => {
    const world = hosts(1, {}, GPU_HOST);
    for (let i = 0; i < 2; i += 1) addWorker(world, { variant: GPU });
    expect(policyOf('machine-scaling', 'utilisation', world).decide(0)).toMatchObject([{ type: GPU_HOST, delta: 1 }]);
  });

  test('counts a machine that boots as empty capacity', () => {
    const world = hosts(1);
    fill(world, 4);
    world.fleet.machines.claim(HOST, 0);
    expect(policyOf('machine-scaling', 'utilisation', world).decide(0)).toEqual([]);
  });

  test('takes overcommitted cores for what they are', () => {
    const world = emptyWorld(initialOf([[HOST, 1, 2]]), 2);
    addMachine(world, HOST);
    fill(world, 6);
    expect(policyOf('machine-scaling', 'utilisation', world).decide(0)).toEqual([]);
    fill(world, 1);
    expect(policyOf('machine-scaling', 'utilisation', world).decide(0)).toMatchObject([{ delta: 1 }]);
  });

  test('adds nothing beyond the maximum', () => {
    const world = hosts(1, { max: 1 });
    fill(world, 4);
    short(world, SMALL);
    expect(policyOf('machine-scaling', 'utilisation', world).decide(0)).toEqual([]);
  });

  test('adds the cheapest machine that could host the worker that found no room', () => {
    const types = initialOf([
      [HOST, 0, 2],
      [GPU_HOST, 0, 2],
      [TINY_HOST, 0, 2],
    ]);
    const answer = (variant: number): readonly MachineScaling[] => {
      const world = emptyWorld(types);
      short(world, variant);
      return policyOf('machine-scaling', 'utilisation', world).decide(0);
    };
    // A quarter of host costs 0.1 USD an hour, all of tiny-host 0.2.
    expect(answer(CPU)).toMatchObject([{ type: HOST, delta: 1 }]);
    expect(answer(GPU)).toEqual([
      { type: GPU_HOST, delta: 1, reason: 'capacity short for resnet-gpu: no machine has room' },
    ]);
  });

  test('takes the next dearer machine when the cheapest may not grow', () => {
    const world = emptyWorld(
      initialOf([
        [HOST, 1, 1],
        [TINY_HOST, 0, 2],
      ]),
    );
    addMachine(world, HOST);
    short(world, CPU);
    expect(policyOf('machine-scaling', 'utilisation', world).decide(0)).toMatchObject([{ type: TINY_HOST, delta: 1 }]);
  });

  test('adds no machine that could not host the worker', () => {
    // yolo-cpu takes four cores, tiny-host has two.
    const world = hosts(0, { max: 2 }, TINY_HOST);
    short(world, DETECTOR);
    expect(policyOf('machine-scaling', 'utilisation', world).decide(0)).toEqual([]);
  });

  test('drains no machine while the share is at the low threshold', () => {
    const world = hosts(2, { initial: 1 });
    fill(world, 2);
    const { decide } = policyOf('machine-scaling', 'utilisation', world, { low: 0.25 });
    decide(0);
    expect(decide(seconds(300))).toEqual([]);
  });

  test('rests for the cooldown between two changes and forgets no shortage meanwhile', () => {
    const world = hosts(1);
    const { decide } = policyOf('machine-scaling', 'utilisation', world);
    short(world, SMALL);
    expect(decide(0)).toHaveLength(1);
    short(world, SMALL);
    expect(decide(seconds(10))).toEqual([]);
    expect(decide(seconds(60) - 1)).toEqual([]);
    expect(decide(seconds(60))).toHaveLength(1);
    expect(decide(seconds(120))).toEqual([]);
  });

  test('drains a machine after the share was low for the patience, down to the initial count', () => {
    const world = hosts(3, { initial: 1 });
    const { decide } = policyOf('machine-scaling', 'utilisation', world);
    expect(decide(0)).toEqual([]);
    expect(decide(seconds(300) - 1)).toEqual([]);
    expect(decide(seconds(300))).toEqual([{ type: HOST, delta: -1, reason: '0.0 % reserved, below 30.0 %' }]);
    world.fleet.machines.setState(2, DOWN, seconds(300));
    expect(decide(seconds(310))).toEqual([]);
    expect(decide(seconds(610))).toHaveLength(1);
    world.fleet.machines.setState(1, DOWN, seconds(610));
    expect(decide(seconds(620))).toEqual([]);
    expect(decide(seconds(2000))).toEqual([]);
  });

  test('loses its patience when the share was not low in between', () => {
    const world = hosts(2, { initial: 1 });
    const { decide } = policyOf('machine-scaling', 'utilisation', world);
    decide(0);
    fill(world, 3);
    decide(seconds(100));
    for (let worker = 0; worker < 3; worker += 1) world.fleet.machines.giveBack(0, CPU);
    decide(seconds(200));
    expect(decide(seconds(499))).toEqual([]);
    expect(decide(seconds(500))).toHaveLength(1);
  });

  test('refuses thresholds that cross', () => {
    expect(() => policyOf('machine-scaling', 'utilisation', hosts(1), { low: 0.8 })).toThrow(
      'machine-scaling policy "utilisation" would add and remove the same machine; found low 0.8, high 0.8',
    );
  });
});
