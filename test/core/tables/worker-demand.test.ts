/** What is asked for and owed, by variant, and how long a failed load is left alone. */
import { describe, expect, test } from 'vitest';
import { COLD, Fleet, LOADING, READY, UP, WorkerDemand, seconds } from '../../../core/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';

describe('what is owed', () => {
  test('is settled down to a number and never raised by it, the total with it', () => {
    const demand = new WorkerDemand(2);
    for (const variant of [0, 0, 1]) demand.owe(variant);
    demand.settle(0, 5);
    expect([...demand.owed, demand.owedTotal]).toEqual([2, 1, 3]);
    demand.settle(0, 0);
    expect([...demand.owed, demand.owedTotal]).toEqual([0, 1, 1]);
  });

  test('is apart from what is asked for, which is taken once', () => {
    const demand = new WorkerDemand(1);
    demand.ask(0);
    demand.take(0);
    demand.take(0);
    expect([demand.asked[0], demand.owedTotal]).toEqual([0, 0]);
  });
});

test('a load that failed is left alone for a second, and forgotten when a worker is ready', () => {
  const demand = new WorkerDemand(1);
  expect([demand.isFailing(0), demand.mustWait(0, 0)]).toEqual([false, false]);
  demand.loadFailed(0, 0);
  expect([demand.mustWait(0, seconds(1) - 1), demand.mustWait(0, seconds(1))]).toEqual([true, false]);
  expect(demand.isFailing(0)).toBe(true);
  demand.loaded(0);
  expect(demand.isFailing(0)).toBe(false);
});

test('on their way are workers asked for, cold and loading; not those that drain, work offline or are ready', () => {
  const fleet = new Fleet(catalogueOf([{}, {}], [{}]), { workersMax: 8, machinesMax: 1 });
  const machine = fleet.machines.claim(0, 0);
  fleet.machines.setState(machine, UP, 0);
  fleet.demand.ask(0);
  const [one, two, other, offline] = [
    fleet.claim(0, machine, 0),
    fleet.claim(0, machine, 0),
    fleet.claim(1, machine, 0),
    fleet.claim(0, machine, 0, true),
  ];
  expect([fleet.coming(0), fleet.started(0), fleet.coming(1)]).toEqual([3, 2, 1]);
  for (const worker of [one, two, offline]) fleet.setState(worker, LOADING, 0);
  expect(fleet.coming(0)).toBe(3);
  fleet.condemn(two);
  fleet.setState(one, READY, 0);
  expect([fleet.coming(0), fleet.state[other]]).toEqual([1, COLD]);
});
