/** Which variants of a config are versions still to be rolled out: queries find them by their own name only. */
import { newcomers } from '../../core/index.ts';
import type { RolloutConfig } from './experiment-config.ts';

/** Names of the variants that are rolled out; one that an earlier rollout replaced served from the start. */
export function hiddenVariants(rollouts: readonly RolloutConfig[]): ReadonlySet<string> {
  return newcomers(rollouts);
}
