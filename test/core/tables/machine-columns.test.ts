/** What fits on a machine, what is reserved and given back, and how long a machine is paid for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOOTING, DOWN, MACHINE_DRAINING, MachineColumns, UP } from '../../../core/index.ts';
import type { MachineState } from '../../../core/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';
import type { MachineParts, VariantParts } from '../../fixtures/catalogue.ts';

const CHECK = { seed: 20_260_306, numRuns: 200 };
const GPU = { hardware: 'gpu', count: 2, memoryBytes: 16 };

/** One machine that is up. */
function machineWith(offer: MachineParts, variants: readonly VariantParts[], overcommit = 1): MachineColumns {
  const machines = new MachineColumns(catalogueOf(variants, [offer]), 2, overcommit);
  machines.setState(machines.claim(0, 0), UP, 0);
  return machines;
}

/** How many workers of variant 0 go onto the machine, one after the other. */
function room(offer: MachineParts, variant: VariantParts, overcommit = 1): number {
  const machines = machineWith(offer, [variant], overcommit);
  let placed = 0;
  while (placed < 100 && machines.fits(0, 0)) {
    machines.reserve(0, 0);
    placed += 1;
  }
  return placed;
}

test('machines that come up or are up no more are counted, others are not', () => {
  const machines = new MachineColumns(catalogueOf([{}], [{}]), 2, 1);
  const machine = machines.claim(0, 0);
  expect(machines.upChanges).toBe(0);
  const counts = [UP, MACHINE_DRAINING, DOWN].map((state) => {
    machines.setState(machine, state as MachineState, 0);
    return machines.upChanges;
  });
  expect(counts).toEqual([1, 2, 2]);
});

describe('what fits', () => {
  test.each([
    ['cores', { cores: 4, memoryBytes: 64 }, { cores: 1.5 }, 2],
    ['memory', { cores: 64, memoryBytes: 10 }, { memoryBytes: 3 }, 3],
    ['devices', { accelerator: GPU }, { hardware: 'gpu', accelerators: 1, cores: 0 }, 2],
    ['shares of devices', { accelerator: GPU }, { hardware: 'gpu', accelerators: 0.1, cores: 0 }, 20],
    ['device memory', { accelerator: GPU }, { hardware: 'gpu', accelerators: 0.1, cores: 0, memoryBytes: 8 }, 4],
    ['host cores beside a device', { cores: 1, accelerator: GPU }, { hardware: 'gpu', accelerators: 0.1 }, 1],
    ['nothing without the accelerator', { cores: 64 }, { hardware: 'gpu', accelerators: 1 }, 0],
    ['nothing on another accelerator', { accelerator: GPU }, { hardware: 'tpu', accelerators: 1 }, 0],
  ])('is bounded by %s', (_what, offer, variant, expected) => {
    expect(room(offer, variant)).toBe(expected);
  });

  test('counts cores several times under overcommitment, and nothing else', () => {
    expect(room({ cores: 2 }, {}, 3)).toBe(6);
    expect(room({ cores: 2, memoryBytes: 4 }, {}, 3)).toBe(4);
  });

  test('a tenth of a core fits ten times into one core, rounding errors and all', () => {
    expect(room({ cores: 1 }, { cores: 0.1 })).toBe(10);
  });

  test('nothing goes onto a machine that is not up', () => {
    const machines = new MachineColumns(catalogueOf([{}], [{}]), 2, 1);
    const machine = machines.claim(0, 0);
    expect(machines.fits(machine, 0)).toBe(false);
    machines.setState(machine, UP, 0);
    expect(machines.fits(machine, 0)).toBe(true);
    machines.setState(machine, MACHINE_DRAINING, 0);
    expect(machines.fits(machine, 0)).toBe(false);
  });

  test('never promises more than the machine has, and gives back exactly what was taken', () => {
    const variants: VariantParts[] = [
      { cores: 1.5, memoryBytes: 3 },
      { cores: 0.3, memoryBytes: 1 },
      { cores: 0.5, accelerators: 0.25, memoryBytes: 4, hardware: 'gpu' },
    ];
    const offer = { cores: 8, memoryBytes: 16, accelerator: GPU };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.boolean()), { maxLength: 100 }), (steps) => {
        const machines = machineWith(offer, variants);
        const placed: number[] = [];
        for (const [variant, add] of steps) {
          if (add && machines.fits(0, variant)) {
            machines.reserve(0, variant);
            placed.push(variant);
          } else if (!add && placed.length > 0) machines.giveBack(0, placed.pop() ?? 0);
          const sum = (of: (parts: VariantParts) => number): number =>
            placed.reduce((total, each) => total + of(variants[each]), 0);
          expect(machines.workers[0]).toBe(placed.length);
          expect(machines.coresFree[0]).toBeCloseTo(8 - sum(({ cores = 0 }) => cores), 9);
          expect(machines.coresFree[0]).toBeGreaterThan(-1e-8);
          expect(machines.acceleratorsFree[0]).toBeCloseTo(2 - sum(({ accelerators = 0 }) => accelerators), 9);
          const host = sum(({ accelerators, memoryBytes = 0 }) => (accelerators === undefined ? memoryBytes : 0));
          expect(machines.memoryFreeBytes[0]).toBe(16 - host);
        }
      }),
      CHECK,
    );
  });
});

describe('machine numbers', () => {
  test('the lowest free number is taken, with a new generation; none is left when all are in use', () => {
    const machines = new MachineColumns(catalogueOf([{}], [{}]), 2, 1);
    expect([machines.claim(0, 0), machines.claim(0, 0), machines.claim(0, 0)]).toEqual([0, 1, -1]);
    machines.setState(0, DOWN, 5);
    expect(machines.claim(0, 9)).toBe(0);
    expect(machines.generation[0]).toBe(2);
  });

  test('a machine that comes back offers everything again', () => {
    const machines = machineWith({ cores: 4, memoryBytes: 8, accelerator: GPU }, [{ cores: 3, memoryBytes: 5 }]);
    machines.reserve(0, 0);
    machines.setState(0, DOWN, 5);
    machines.claim(0, 6);
    expect([machines.coresFree[0], machines.memoryFreeBytes[0], machines.workers[0]]).toEqual([4, 8, 0]);
    expect([machines.acceleratorsFree[0], machines.deviceMemoryFreeBytes[0]]).toEqual([2, 32]);
  });

  test('a machine that is down cannot change state', () => {
    const machines = machineWith({}, [{}]);
    machines.setState(0, DOWN, 5);
    expect(() => machines.setState(0, UP, 6)).toThrow('machine 0 is down and cannot change state');
  });
});

describe('time paid for', () => {
  test('runs from the request to boot until the machine is down, by type', () => {
    const machines = new MachineColumns(catalogueOf([{}], [{}, {}]), 3, 1);
    const [one, two] = [machines.claim(1, 100), machines.claim(0, 150)];
    machines.setState(one, UP, 130);
    machines.setState(two, DOWN, 160);
    machines.setState(one, MACHINE_DRAINING, 200);
    machines.setState(one, DOWN, 220);
    expect(machines.left.map(({ type, paidNs }) => [type, paidNs])).toEqual([
      [0, 10],
      [1, 120],
    ]);
  });
});

describe('the indexes', () => {
  test('list exactly the machines that are up and those that boot', () => {
    const walk = fc.array(fc.tuple(fc.nat(3), fc.constantFrom(UP, MACHINE_DRAINING, DOWN)), { maxLength: 60 });
    fc.assert(
      fc.property(walk, (steps) => {
        const machines = new MachineColumns(catalogueOf([{}], [{}]), 4, 1);
        for (const [machine, state] of steps) {
          if (machines.state[machine] === DOWN) machines.claim(0, 0);
          else machines.setState(machine, state, 0);
          const inState = (wanted: number): number[] => [0, 1, 2, 3].filter((id) => machines.state[id] === wanted);
          const listed = (ids: { length: number; at(position: number): number }): number[] =>
            Array.from({ length: ids.length }, (_, position) => ids.at(position));
          expect(listed(machines.up)).toEqual(inState(UP));
          expect(listed(machines.booting)).toEqual(inState(BOOTING));
        }
      }),
      CHECK,
    );
  });
});
