/**
 * A replication that its policies ended: what they answered or threw. It spoils its cell and no other, so that one
 * policy set with a mistake does not cost the results of those beside it.
 */
import type { Problem, ServingErrorParts } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';
import type { ReplicationTask } from '../plan/tasks.ts';

export interface FailedReplication {
  readonly failure: ServingErrorParts;
}

const OF_POLICIES: ReadonlySet<string> = new Set(['RUN_POLICY_ANSWER', 'RUN_POLICY_FAILED']);

/** Whether a failure is that of the policies of one run. Any other, such as a full disk, concerns all of them. */
export function isOfPolicies({ failure }: FailedReplication): boolean {
  return OF_POLICIES.has(failure.code);
}

/** What the verdict says of it. */
export function problemOf({ replication }: ReplicationTask, { failure }: FailedReplication): Problem {
  const { code, next = 'mend the policy', ...parts } = failure;
  return { code, message: `replication ${replication}: ${new ServingError({ code, ...parts }).message}`, advice: next };
}
