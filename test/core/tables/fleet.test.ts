/** Workers as columns: numbers, generations, indexes that are always true, and the times that utilisation is made of. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEAD, DRAINING, Fleet, LOADING, READY, UP } from '../../../core/index.ts';
import type { ReadonlyIds, WorkerState } from '../../../core/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';

const WORKERS = 5;

function fleetOf(variants = 2): Fleet {
  const catalogue = catalogueOf(
    Array.from({ length: variants }, () => ({})),
    [{}],
  );
  const fleet = new Fleet(catalogue, { workersMax: WORKERS, machinesMax: 1 });
  fleet.machines.setState(fleet.machines.claim(0, 0), UP, 0);
  return fleet;
}

function listed(ids: ReadonlyIds): number[] {
  return Array.from({ length: ids.length }, (_, position) => ids.at(position));
}

describe('worker numbers', () => {
  test('the lowest free one is taken; none is left when all are in use', () => {
    const fleet = fleetOf();
    const numbers = Array.from({ length: WORKERS + 1 }, () => fleet.claim(0, 0, 0));
    expect(numbers).toEqual([0, 1, 2, 3, 4, -1]);
  });

  test('a number comes back after a death, with another generation and clean columns', () => {
    const fleet = fleetOf();
    const worker = fleet.claim(0, 0, 0);
    fleet.setState(worker, LOADING, 0);
    fleet.setState(worker, READY, 0);
    fleet.batchStarted(worker, 3, 10);
    fleet.batchEnded(worker, 30);
    fleet.queued[worker] = 4;
    fleet.outstanding[worker] = 7;
    fleet.condemn(worker);
    fleet.setState(worker, DEAD, 40);
    expect(fleet.claim(1, 0, 0)).toBe(worker);
    expect(fleet.generation[worker]).toBe(2);
    expect([fleet.queued, fleet.running, fleet.outstanding, fleet.busyNs].map((column) => column[worker])).toEqual([
      0, 0, 0, 0,
    ]);
    expect(fleet.isCondemned(worker)).toBe(false);
    expect(fleet.variant[worker]).toBe(1);
  });

  test('a dead worker cannot change state', () => {
    const fleet = fleetOf();
    const worker = fleet.claim(0, 0, 0);
    fleet.setState(worker, DEAD, 0);
    expect(() => fleet.setState(worker, READY, 1)).toThrow('worker 0 is dead and cannot change state');
  });
});

describe('the indexes', () => {
  test('list exactly the ready and the loading workers of each variant, and machines know how many they host', () => {
    const step = fc.tuple(fc.nat(WORKERS - 1), fc.constantFrom<WorkerState>(LOADING, READY, DRAINING, DEAD), fc.nat(1));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const fleet = fleetOf();
        for (const [number, state, variant] of steps) {
          if (fleet.state[number] === DEAD) fleet.claim(variant, 0, 0);
          else fleet.setState(number, state, 0);
          const alive = Array.from({ length: WORKERS }, (_, worker) => worker).filter(
            (worker) => fleet.state[worker] !== DEAD,
          );
          for (const each of [0, 1]) {
            const inState = (wanted: WorkerState): number[] =>
              alive.filter((worker) => fleet.variant[worker] === each && fleet.state[worker] === wanted);
            expect(listed(fleet.ready(each))).toEqual(inState(READY));
            expect(listed(fleet.loading(each))).toEqual(inState(LOADING));
          }
          expect(fleet.machines.workers[0]).toBe(alive.length);
          expect(fleet.machines.coresFree[0]).toBe(64 - alive.length);
        }
      }),
      { seed: 20_260_307, numRuns: 200 },
    );
  });
});

describe('times', () => {
  test('ready time counts from each entry of the state to each leaving, whichever state comes next', () => {
    const fleet = fleetOf();
    const [one, two] = [fleet.claim(0, 0, 0), fleet.claim(1, 0, 0)];
    fleet.setState(one, READY, 10);
    fleet.setState(two, READY, 20);
    fleet.setState(one, DRAINING, 25);
    fleet.setState(one, DEAD, 60);
    fleet.setState(two, DEAD, 50);
    expect(fleet.readyTotalNs).toBe(15 + 30);
  });

  test('busy time sums batches, per worker and over all, and their cores on the machine', () => {
    const catalogue = catalogueOf([{ cores: 2 }], [{}]);
    const fleet = new Fleet(catalogue, { workersMax: 2, machinesMax: 1 });
    fleet.machines.setState(fleet.machines.claim(0, 0), UP, 0);
    const [one, two] = [fleet.claim(0, 0, 0), fleet.claim(0, 0, 0)];
    fleet.batchStarted(one, 1, 10);
    fleet.batchStarted(two, 5, 15);
    expect([fleet.running[one], fleet.running[two]]).toEqual([1, 5]);
    fleet.batchEnded(one, 30);
    fleet.batchEnded(two, 20);
    fleet.batchStarted(one, 1, 40);
    fleet.batchEnded(one, 45);
    expect([fleet.busyNs[one], fleet.busyNs[two], fleet.busyTotalNs]).toEqual([25, 5, 30]);
    expect(fleet.machines.coresWorkedNs[0]).toBe(60);
  });
});
