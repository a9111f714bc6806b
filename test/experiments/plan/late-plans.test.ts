import { describe, expect, test } from 'vitest';
import type { PolicyChoices } from '../../../core/index.ts';
import {
  DEFAULT_POLICIES,
  FAMILIES,
  MODULE_POLICIES,
  builtInPolicy,
  defaultsOf,
  invariant,
  seconds,
} from '../../../core/index.ts';
import { latePlanNotes } from '../../../experiments/plan/late-plans.ts';

/** The default policies, and one for model scaling. */
function choicesWith(name: string, given: Readonly<Record<string, number>> = {}): PolicyChoices {
  const choices = FAMILIES.map((family) => {
    const definition = builtInPolicy(family, family === 'model-scaling' ? name : DEFAULT_POLICIES[family]);
    invariant(definition !== undefined, `no policy ${name}`);
    return [family, { definition, options: { ...defaultsOf(definition.options), ...given } }];
  });
  return Object.fromEntries(choices);
}

describe('a note about a first plan that comes too late', () => {
  test('is given when it is made as the queries end, and not a second before', () => {
    const nexus = choicesWith('nexus', { epoch: seconds(60) });
    expect(latePlanNotes(nexus, seconds(60))).toEqual([
      'nexus planned nothing while queries arrived: its first plan comes after 1 min, the last query by 1 min; ' +
        'lengthen the run, or shorten its epoch',
    ]);
    expect(latePlanNotes(nexus, seconds(61))).toEqual([]);
  });

  test('names the option as a config has it', () => {
    const [note] = latePlanNotes(choicesWith('inferline'), seconds(0.1));
    expect(note).toMatch(/shorten its first_sample$/);
  });

  test('is not given of a policy that has no plan to make', () => {
    for (const name of ['none', 'fixed', 'queue-depth', 'infaas']) {
      expect(latePlanNotes(choicesWith(name), 1)).toEqual([]);
    }
  });

  test('names an option that the policy has', () => {
    const planners = MODULE_POLICIES.filter(({ firstPlan }) => firstPlan !== undefined);
    expect(planners.map(({ name }) => name).sort()).toEqual(['alpaserve', 'inferline', 'nexus', 'proteus']);
    for (const { options, firstPlan } of planners) {
      const plan = firstPlan?.(defaultsOf(options) as Parameters<typeof firstPlan>[0]);
      expect(Object.keys(options)).toContain(plan?.option);
      expect(plan?.afterNs).toBeGreaterThan(0);
    }
  });
});
