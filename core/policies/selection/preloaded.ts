/**
 * The developer's choice: of the variants that a query allows, the one the experiment loads at the start. This is how
 * serving systems before INFaaS are used: somebody picks a variant beforehand and says how many copies are loaded.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE, definePolicy } from '../../policy.ts';
import type { PolicyContext, SelectionPolicy } from '../../policy.ts';
import { variantsNamed } from '../../queries/query-form.ts';

export const preloadedVariant = definePolicy({
  name: 'preloaded',
  summary: 'Of the variants a query allows, the one with the most workers at the start, whatever the objectives.',
  source: 'Clipper, TensorFlow Serving and Triton as INFaaS (USENIX ATC 2021) describes their use',
  families: ['selection'],
  needsInitialWorkers: true,
  options: {},
  create: (context) => ({ selection: preloadedSelection(context) }),
});

/**
 * Objectives are not looked at: the developer did, once. Queries that need a larger batch than the variant's are
 * rejected by the scheduler. `NONE` when no variant that the query names is loaded at the start.
 */
export function preloadedSelection({
  catalogue,
  kinds,
  requests,
  initial,
}: Pick<PolicyContext<unknown>, 'catalogue' | 'kinds' | 'requests' | 'initial'>): SelectionPolicy {
  const chosen: (VariantIndex | undefined)[] = [];
  const choose = (kind: number): VariantIndex => {
    let best = NONE;
    let most = 0;
    for (const variant of variantsNamed(catalogue, kinds[kind])) {
      const workers = initial.workers.get(variant) ?? 0;
      if (workers <= most) continue;
      best = variant;
      most = workers;
    }
    return best;
  };
  return { select: (slot) => (chosen[requests.kind[slot]] ??= choose(requests.kind[slot])) };
}
