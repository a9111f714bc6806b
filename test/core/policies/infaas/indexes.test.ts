/** What INFaaS keeps up to date instead of searching for it, against the plain search, over random histories. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEAD, DRAINING, LOADING, READY } from '../../../../core/index.ts';
import type { Fleet } from '../../../../core/index.ts';
import { Hosts } from '../../../../core/policies/infaas/hosts.ts';
import { GPU_HOST, HOST, VARIANTS, addMachine, emptyWorld } from '../fixtures.ts';

const anyStep = fc.record({
  variant: fc.constantFrom(...VARIANTS),
  machine: fc.nat({ max: 3 }),
  worker: fc.nat({ max: 20 }),
  moves: fc.boolean(),
});

/** Moves a worker one state on: cold, loading, ready, draining, dead. */
function moveOn(fleet: Fleet, worker: number): void {
  const state = fleet.state[worker];
  if (state === DEAD) return;
  fleet.setState(
    worker,
    state === LOADING ? READY : state === READY ? DRAINING : state === DRAINING ? DEAD : LOADING,
    0,
  );
}

/** The plain search: every worker is looked at. */
function searched(fleet: Fleet, variant: number): number[] {
  const machines = new Set<number>();
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.state[worker] === READY && fleet.variant[worker] === variant) machines.add(fleet.machine[worker]);
  }
  return [...machines].sort((a, b) => a - b);
}

test('the machines that host a variant are those that a search over all workers finds, after any history', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const world = emptyWorld();
      for (const type of [HOST, GPU_HOST, HOST, GPU_HOST]) addMachine(world, type);
      const { fleet } = world;
      const hosts = new Hosts(fleet, VARIANTS.length);
      for (const { variant, machine, worker, moves } of steps) {
        if (moves) moveOn(fleet, worker);
        else fleet.claim(variant, machine, 0);
        for (const each of VARIANTS) {
          const kept = hosts.of(each);
          expect(Array.from({ length: kept.length }, (_, i) => kept.at(i))).toEqual(searched(fleet, each));
        }
      }
    }),
  );
});

test('the counts of cold and free workers are those of a search, after any history', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const world = emptyWorld();
      for (const type of [HOST, GPU_HOST, HOST, GPU_HOST]) addMachine(world, type);
      const { fleet } = world;
      for (const { variant, machine, worker, moves } of steps) {
        if (moves) moveOn(fleet, worker);
        else fleet.claim(variant, machine, 0);
      }
      const states = Array.from(fleet.state);
      expect(fleet.workersFree).toBe(states.filter((state) => state === DEAD).length);
      expect(fleet.workersCold).toBe(states.filter((state) => state === 0).length);
    }),
  );
});
