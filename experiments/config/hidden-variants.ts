/** Which variants of a config are versions still to be rolled out: queries find them by their own name only. */
import type { RolloutConfig } from './experiment-config.ts';

/** Names of the variants that are rolled out; one that an earlier rollout replaced served from the start. */
export function hiddenVariants(rollouts: readonly RolloutConfig[]): ReadonlySet<string> {
  const served = ({ to, atNs }: RolloutConfig): boolean =>
    rollouts.some((other) => other.from === to && other.atNs < atNs);
  return new Set(rollouts.filter((rollout) => !served(rollout)).map(({ to }) => to));
}
