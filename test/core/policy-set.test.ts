/** How policies are created: once each, with a stream of their own, and held to what they say they serve. */
import { describe, expect, test } from 'vitest';
import { NO_SOLVER, FAMILIES, RandomStreams, Signals, createPolicies, definePolicy } from '../../core/index.ts';
import type { PolicyChoices, PolicyModule, QueryKind } from '../../core/index.ts';
import { ownPolicy, planOf, policiesOf } from '../fixtures/plans.ts';
import { simulate } from '../fixtures/runs.ts';
import { arrivalsAt } from '../fixtures/workloads.ts';
import { Bench } from './actors/bench.ts';

function create(choices: PolicyChoices): ReturnType<typeof createPolicies> {
  const { catalogue, fleet, requests } = new Bench();
  const initial = { workers: new Map<number, number>(), machines: new Map<number, never>() };
  const kinds: QueryKind[] = [];
  const context = { catalogue, fleet, requests, kinds, initial, signals: new Signals(), solver: NO_SOLVER };
  return createPolicies(choices, context, new RandomStreams('seed'));
}

describe('a policy', () => {
  test('that serves several families is created once and shares its state', () => {
    let created = 0;
    const choice = ownPolicy(() => {
      created += 1;
      const selection = { select: () => 0 };
      return { selection, admission: { admit: () => 0 } };
    });
    const set = create(policiesOf({ selection: choice, admission: choice }));
    expect(created).toBe(1);
    expect(set.admission.admit(0, 0, 0)).toBe(0);
  });

  test('that does not serve what it says stops the run', () => {
    const choice = ownPolicy((): PolicyModule => ({}));
    expect(() => create(policiesOf({ dispatch: choice }))).toThrow('policy "own" says it serves dispatch and does not');
  });

  test('draws from a stream named after its family and itself', () => {
    const draws: number[] = [];
    const definition = definePolicy({
      name: 'gambler',
      summary: 'Draws.',
      source: 'the test',
      families: ['selection'],
      options: {},
      create: ({ random }) => {
        draws.push(random.bits());
        return { selection: { select: () => 0 } };
      },
    });
    create(policiesOf({ selection: { definition, options: {} } }));
    expect(draws).toEqual([new RandomStreams('seed').stream('policy/selection/gambler').bits()]);
  });

  test('is there for every family of a set', () => {
    expect(Object.keys(create(policiesOf({}))).sort()).toEqual([...FAMILIES].sort());
  });
});

describe('the start of a service', () => {
  test('fails with one clear message when the initial workers do not fit', () => {
    const plan = planOf({ variants: [{ cores: 40 }], workers: [2], machines: [{ cores: 64 }] });
    expect(() => simulate(plan, arrivalsAt(0))).toThrow('no machine has room for an initial worker of variant-0');
  });

  test('fails in the same way when there are not enough worker numbers', () => {
    expect(() => simulate(planOf({ workers: [3], limits: { workersMax: 2 } }), arrivalsAt(0))).toThrow(
      'initial worker',
    );
  });
});
