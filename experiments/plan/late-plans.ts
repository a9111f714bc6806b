/**
 * A model-scaling policy that would make its first plan when the queries have ended: the run says nothing about it, and
 * a reader must know. Judged by what the policy declares, so that one that found nothing to change gives no alarm.
 */
import type { Nanos, PolicyChoices } from '../../core/index.ts';
import { formatDuration } from '../../core/index.ts';
import { snakeCase } from '../config/schema/policies.ts';

/** A note, or none. @param arrivalsEndNs when the last query can arrive. */
export function latePlanNotes(policies: PolicyChoices, arrivalsEndNs: Nanos): string[] {
  const { definition, options } = policies['model-scaling'];
  // The config layer made the values from the definition's own declaration.
  const plan = definition.firstPlan?.(options as Parameters<typeof definition.create>[0]['options']);
  if (plan === undefined || plan.afterNs < arrivalsEndNs) return [];
  const timing = `its first plan comes after ${formatDuration(plan.afterNs)}, the last query by ${formatDuration(arrivalsEndNs)}`;
  const remedy = `lengthen the run, or shorten its ${snakeCase(plan.option)}`;
  return [`${definition.name} planned nothing while queries arrived: ${timing}; ${remedy}`];
}
