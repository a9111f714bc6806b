/**
 * Selection by the planned fractions: among the variants that the plan gives the query's kind, those that have a ready
 * worker and keep the query's promises take turns by weight. Where there is none, the most accurate variant that keeps
 * them, one with a worker before one without.
 */
import { NONE } from '../../policy.ts';
import type { PolicyContext, SelectionPolicy } from '../../policy.ts';
import { promisesWith } from '../planning/promises.ts';
import { ascending, costPerInputUsd, selectFirst } from '../selection/candidates.ts';
import type { Allocator } from './allocator.ts';

export function planSelection(
  context: PolicyContext<{ readonly latencyShare: number }>,
  allocator: Allocator,
): SelectionPolicy {
  const { catalogue, fleet, requests, options } = context;
  const { variants } = catalogue;
  const byCost = ascending(costPerInputUsd(context));
  const keeps = promisesWith(context, options.latencyShare);
  const usual = selectFirst(context, {
    latencyShare: options.latencyShare,
    preferReady: true,
    compare: (a, b) => variants[b].accuracyPercent - variants[a].accuracyPercent || byCost(a, b),
  });
  return {
    select(slot, now) {
      const share = allocator.shareOf(requests.kind[slot]);
      const position =
        share === undefined
          ? NONE
          : share.weights.next((at) => fleet.ready(share.variants[at]).length > 0 && keeps(slot, share.variants[at]));
      const variant = position === NONE || share === undefined ? usual.select(slot, now) : share.variants[position];
      allocator.note(slot, variant);
      return variant;
    },
  };
}
