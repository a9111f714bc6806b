/** Autoscaler type 1: a fixed number of replicas of every loaded variant. Adds what is missing, never removes. */
import { NONE } from '../../../policy.ts';
import { STATIC_REPLICAS } from './limits.ts';
import type { Scaler } from './scale-request.ts';
import type { ScalingView } from './scaling-view.ts';

export function staticScaler(view: ScalingView): Scaler {
  return (machine, running) =>
    running.flatMap((variant) => {
      const replicas = view.replicas(variant, machine);
      const wanted = STATIC_REPLICAS[view.kind(variant)];
      if (replicas === 0 || replicas >= wanted) return [];
      return [{ variant, count: wanted - replicas, down: NONE, reason: `${wanted} replicas of every variant` }];
    });
}
