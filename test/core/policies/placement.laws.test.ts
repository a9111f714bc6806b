import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOOTING, COLD, DRAINING, MACHINE_DRAINING, NONE } from '../../../core/index.ts';
import {
  CPU,
  GPU,
  GPU_HOST,
  HOST,
  SMALL,
  TINY_HOST,
  VARIANTS,
  addMachine,
  addWorker,
  anyFleet,
  emptyWorld,
  namesOf,
  policyOf,
  worldOf,
} from './fixtures.ts';

describe.each(namesOf('placement'))('placement %s', (name) => {
  test('places where the worker fits, and finds a machine when there is one', () => {
    fc.assert(
      fc.property(anyFleet, fc.constantFrom(...VARIANTS), (sketch, variant) => {
        const { fleet, ...world } = worldOf(sketch);
        const machine = policyOf('placement', name, { fleet, ...world }).place(variant, 0);
        const fitting = sketch.machines.map((_type, id) => id).filter((id) => fleet.machines.fits(id, variant));
        expect(fitting.length === 0 ? [NONE] : fitting).toContain(machine);
      }),
    );
  });

  test('fills the machines and stops: nothing is overcommitted', () => {
    fc.assert(
      fc.property(anyFleet, fc.array(fc.constantFrom(...VARIANTS), { maxLength: 40 }), (sketch, variants) => {
        const world = worldOf(sketch);
        const { place } = policyOf('placement', name, world);
        for (const variant of variants) {
          const machine = place(variant, 0);
          if (machine !== NONE) world.fleet.claim(variant, machine, 0);
        }
        for (const free of world.fleet.machines.coresFree) expect(free).toBeGreaterThanOrEqual(0);
        for (const free of world.fleet.machines.acceleratorsFree) expect(free).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('answers the same to the same fleet', () => {
    fc.assert(
      fc.property(anyFleet, fc.constantFrom(...VARIANTS), (sketch, variant) => {
        const place = (): number => policyOf('placement', name, worldOf(sketch)).place(variant, 0);
        expect(place()).toBe(place());
      }),
    );
  });

  test('ignores machines that boot or drain', () => {
    const world = emptyWorld();
    expect(world.fleet.machines.state[world.fleet.machines.claim(HOST, 0)]).toBe(BOOTING);
    world.fleet.machines.setState(addMachine(world, HOST), MACHINE_DRAINING, 0);
    expect(policyOf('placement', name, world).place(CPU, 0)).toBe(NONE);
  });

  test('puts an accelerator variant on a machine with the accelerator', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    const accelerated = addMachine(world, GPU_HOST);
    expect(policyOf('placement', name, world).place(GPU, 0)).toBe(accelerated);
  });
});

describe('placement first-fit', () => {
  test('fills machines one after the other', () => {
    const world = emptyWorld();
    for (let i = 0; i < 2; i += 1) addMachine(world, TINY_HOST);
    const { place } = policyOf('placement', 'first-fit', world);
    const placed = [1, 2, 3, 4, 5].map(() => {
      const machine = place(SMALL, 0);
      if (machine !== NONE) world.fleet.claim(SMALL, machine, 0);
      return machine;
    });
    expect(placed).toEqual([0, 0, 1, 1, NONE]);
  });
});

describe('placement best-fit', () => {
  test('leaves the fewest cores, the lowest number of equals', () => {
    const world = emptyWorld();
    for (const type of [HOST, TINY_HOST, TINY_HOST]) addMachine(world, type);
    expect(policyOf('placement', 'best-fit', world).place(CPU, 0)).toBe(1);
  });

  test('leaves the fewest accelerators, then the fewest cores', () => {
    const world = emptyWorld();
    for (let i = 0; i < 3; i += 1) addMachine(world, GPU_HOST);
    addWorker(world, { variant: GPU, machine: 1 });
    expect(policyOf('placement', 'best-fit', world).place(GPU, 0)).toBe(1);
    addWorker(world, { variant: GPU, machine: 1 });
    addWorker(world, { variant: SMALL, machine: 2 });
    expect(policyOf('placement', 'best-fit', world).place(GPU, 0)).toBe(2);
  });
});

describe('placement spread', () => {
  test('counts a worker that was placed a moment ago and is still cold', () => {
    const world = emptyWorld();
    for (let i = 0; i < 2; i += 1) addMachine(world, HOST);
    for (let i = 0; i < 2; i += 1) addWorker(world, { variant: CPU, machine: 0 });
    addWorker(world, { variant: SMALL, machine: 1, state: COLD });
    expect(policyOf('placement', 'spread', world).place(SMALL, 0)).toBe(0);
  });

  test('keeps the workers of a variant apart', () => {
    const world = emptyWorld();
    for (let i = 0; i < 3; i += 1) addMachine(world, HOST);
    const { place } = policyOf('placement', 'spread', world);
    const placed = [1, 2, 3, 4].map(() => {
      const machine = place(SMALL, 0);
      addWorker(world, { variant: SMALL, machine, state: COLD });
      return machine;
    });
    expect(placed).toEqual([0, 1, 2, 0]);
  });

  test('takes the emptier of machines with equally many of the variant', () => {
    const world = emptyWorld();
    for (let i = 0; i < 2; i += 1) addMachine(world, HOST);
    addWorker(world, { variant: CPU, machine: 0 });
    expect(policyOf('placement', 'spread', world).place(SMALL, 0)).toBe(1);
    addWorker(world, { variant: SMALL, machine: 1 });
    expect(policyOf('placement', 'spread', world).place(SMALL, 0)).toBe(0);
  });

  test('no longer counts a worker that drains', () => {
    const world = emptyWorld();
    for (let i = 0; i < 2; i += 1) addMachine(world, HOST);
    addWorker(world, { variant: SMALL, machine: 0, state: DRAINING });
    addWorker(world, { variant: SMALL, machine: 1 });
    addWorker(world, { variant: CPU, machine: 1 });
    expect(policyOf('placement', 'spread', world).place(SMALL, 0)).toBe(0);
  });
});
