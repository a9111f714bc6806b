/**
 * What selection policies share: the variants a query may be served by, in an order of preference, and the search
 * for the first that keeps the query's promises. A policy is the order. Candidate lists are made once per query kind,
 * so that a selection costs no allocation; kinds that join later (live) get theirs on first sight.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import { invariant } from '../../errors.ts';
import { NONE } from '../../policy.ts';
import type { PolicyContext, SelectionPolicy } from '../../policy.ts';
import { variantsNamed } from '../../queries/query-form.ts';
import { NEVER } from '../../time.ts';
import type { QueryKind } from '../../workload.ts';
import { hostingOn } from '../hosting.ts';

/** Options every ordered selection has, apart from the default of `preferReady`. */
export const LATENCY_SHARE = {
  kind: 'number',
  default: 1,
  minimum: 0.01,
  maximum: 1,
  doc: 'Share of the latency objective that the expected execution may take; the rest is left for queueing.',
} as const;

export interface Preference {
  readonly latencyShare: number;
  /** Take the first qualifying variant that has a ready or loading worker before any that has none. */
  readonly preferReady: boolean;
  /** Total order of variants, preferred first. */
  readonly compare: (a: VariantIndex, b: VariantIndex) => number;
}

/**
 * Selects the first variant, in order of preference, that the query allows: by name (variant, else architecture, else
 * use case, else any), with room for its inputs in one batch, at least its accuracy, and an expected execution of its
 * inputs within the share of its latency objective.
 */
export function selectFirst(
  context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests' | 'kinds'>,
  { latencyShare, preferReady, compare }: Preference,
): SelectionPolicy {
  const { catalogue, fleet, requests, kinds } = context;
  const { variants, latency } = catalogue;
  const lists: (Int32Array | undefined)[] = [];
  const candidatesOf = (kind: number): Int32Array =>
    (lists[kind] ??= Int32Array.from(allowed(catalogue, kinds[kind])).sort(compare));
  for (let kind = 0; kind < kinds.length; kind += 1) candidatesOf(kind);

  return {
    select(slot) {
      const candidates = candidatesOf(requests.kind[slot]);
      const inputs = requests.inputs[slot];
      const accuracyPercent = requests.accuracyPercent[slot];
      const deadlineNs = requests.deadlineNs[slot];
      const budgetNs = deadlineNs === NEVER ? NEVER : latencyShare * (deadlineNs - requests.scheduledNs[slot]);
      let first = NONE;
      for (let i = 0; i < candidates.length; i += 1) {
        // A version that was rolled over is judged by what serves in its place.
        const index = fleet.servedBy[candidates[i]];
        const variant = variants[index];
        if (inputs > variant.maxBatch || variant.accuracyPercent < accuracyPercent) continue;
        if (latency[index].expectedBatchNs(inputs) > budgetNs) continue;
        if (!preferReady || fleet.ready(index).length + fleet.loading(index).length > 0) return index;
        if (first === NONE) first = index;
      }
      return first;
    },
  };
}

/**
 * Cost of one input by variant: expected execution time per input at full batch, in hours, times the hourly price of
 * the share of the cheapest machine type that hosts the variant. In USD; `Infinity` when no machine type hosts it.
 */
export function costPerInputUsd({
  catalogue,
  fleet,
}: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>): Float64Array {
  const nanosPerHour = 3.6e12;
  const hosting = hostingOn(catalogue, fleet);
  return Float64Array.from(catalogue.variants, (variant, index) => {
    const perInputNs = catalogue.latency[index].expectedBatchNs(variant.maxBatch) / variant.maxBatch;
    return (perInputNs / nanosPerHour) * hosting.cheapestUsd(variant);
  });
}

/** Order by a column, smallest first, equal values (and equal infinities) by index. */
export function ascending(column: Float64Array): (a: VariantIndex, b: VariantIndex) => number {
  return (a, b) => (column[a] === column[b] ? a - b : column[a] - column[b]);
}

/** @throws InvariantError for a kind that does not exist. */
function allowed(catalogue: Catalogue, kind: QueryKind | undefined): readonly VariantIndex[] {
  invariant(kind !== undefined, 'a request refers to a query kind that exists');
  return variantsNamed(catalogue, kind);
}
