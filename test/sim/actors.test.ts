/** A run must not go on without one of its actors: what an actor throws comes out of the run. */
import { describe, expect, test } from 'vitest';
import { milliseconds } from '../../core/index.ts';
import { Actors } from '../../sim/actors.ts';
import { ownPolicy, planOf } from '../fixtures/plans.ts';
import { simulate } from '../fixtures/runs.ts';
import { arrivalsAt } from '../fixtures/workloads.ts';

function fail(): never {
  throw new Error('a policy failed');
}

describe('an error of a policy stops the run', () => {
  test('inside a reducer', () => {
    const admission = ownPolicy(() => ({ admission: { admit: fail } }));
    expect(() => simulate(planOf({ policies: { admission } }), arrivalsAt(5))).toThrow('a policy failed');
  });

  test('inside a statechart', () => {
    const scaling = ownPolicy(() => ({ 'model-scaling': { periodNs: milliseconds(1), decide: fail } }));
    const plan = planOf({ policies: { 'model-scaling': scaling } });
    expect(() => simulate(plan, arrivalsAt(milliseconds(5)))).toThrow('a policy failed');
  });
});

test('a message to an address where nobody is stops the run', () => {
  const deliver = (): void => new Actors().deliver(9, { type: 'machine.boot' });
  expect(deliver).toThrow('a message machine.boot goes to 9, where nobody is');
});
