/** How long the batches of a policy set wait to fill, as far as its batching policy says. */
import type { Nanos } from '../../../core/index.ts';
import type { PolicySetConfig } from '../../config/experiment-config.ts';

/** Undefined where a policy may wait and has no option that says how long. */
export function batchWaitOf({ families }: PolicySetConfig): Nanos | undefined {
  const { policy, module, options } = families.batching;
  if (module === null && (policy === 'none' || policy === 'work-conserving')) return 0;
  const { maxDelay } = options;
  return typeof maxDelay === 'number' ? maxDelay : undefined;
}
