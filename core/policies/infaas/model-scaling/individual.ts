/**
 * Autoscaler type 2: every variant is replicated by its own need and never exchanged for another. SageMaker+ (SM+) of
 * the evaluation. A rejected need is asked for all the same: the execution has the last word.
 */
import { NONE } from '../../../policy.ts';
import { needOf } from './need.ts';
import type { Scaler } from './scale-request.ts';
import type { ScalingView } from './scaling-view.ts';

export function individualScaler(view: ScalingView): Scaler {
  return (machine, running) =>
    running.flatMap((variant) => {
      const { count } = needOf(view, variant, machine);
      if (count === 0) return [];
      return [{ variant, count, down: NONE, reason: count > 0 ? 'load above capacity' : 'load fits fewer replicas' }];
    });
}
