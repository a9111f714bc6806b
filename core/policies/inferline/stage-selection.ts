/**
 * Selection by plan: the variant planned for the query's kind, once it has a ready worker and where it keeps the
 * query's promises; else the cheapest that keeps them, one with a worker before one without.
 */
import type { PolicyContext, SelectionPolicy } from '../../policy.ts';
import { promisesWith } from '../planning/promises.ts';
import { ascending, costPerInputUsd, selectFirst } from '../selection/candidates.ts';
import type { Pipelines } from './pipelines.ts';

export function stageSelection(
  context: PolicyContext<{ readonly latencyShare: number }>,
  pipelines: Pipelines,
): SelectionPolicy {
  const { fleet, requests, options } = context;
  const keeps = promisesWith(context, options.latencyShare);
  const usual = selectFirst(context, {
    latencyShare: options.latencyShare,
    preferReady: true,
    compare: ascending(costPerInputUsd(context)),
  });
  return {
    select(slot, now) {
      pipelines.note(slot, now);
      const planned = pipelines.variantOf(requests.kind[slot]);
      const serves = planned >= 0 && fleet.ready(planned).length > 0 && keeps(slot, planned);
      return serves ? planned : usual.select(slot, now);
    },
  };
}
