/**
 * The dispatcher of the INFaaS paper: the least loaded worker of the variant, those of overloaded and interfered
 * instances only when there are no others. While no worker is ready, one is started and the queries wait for it.
 */
import { HOLD, NONE, START } from '../../policy.ts';
import type { DispatchPolicy, PolicyContext } from '../../policy.ts';
import type { InstanceMonitor } from './instance-monitor.ts';

export function leastLoadedDispatch(
  { fleet }: Pick<PolicyContext<unknown>, 'fleet'>,
  monitor: InstanceMonitor,
): DispatchPolicy {
  /** When a worker was last asked for, by variant: one for all queries of an instant. */
  const askedNs = new Float64Array(fleet.waiting.length).fill(-1);
  return {
    // What the scaler drains belongs to a variant that it gives up.
    reselects: true,
    assign(_slot, variant, now) {
      monitor.refresh(now);
      const { column, length } = fleet.ready(variant);
      let best = NONE;
      let bestFlagged = true;
      for (let i = 0; i < length; i += 1) {
        const worker = column[i];
        const flagged = monitor.isFlagged(worker);
        if (best !== NONE && flagged && !bestFlagged) continue;
        const better = best === NONE || (bestFlagged && !flagged);
        if (!better && fleet.outstanding[worker] >= fleet.outstanding[best]) continue;
        best = worker;
        bestFlagged = flagged;
      }
      return best;
    },
    cold(_slot, variant, now) {
      if (fleet.loading(variant).length > 0 || askedNs[variant] === now) return HOLD;
      askedNs[variant] = now;
      return START;
    },
  };
}
