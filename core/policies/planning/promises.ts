/** Whether a variant keeps what a query was promised, for policies that choose by a plan instead of an order. */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { PolicyContext } from '../../policy.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import { objectiveOf } from './kind-traffic.ts';

/**
 * A test that a variant takes the query's inputs in one batch, has its accuracy, and is expected to execute them
 * within the share of its latency objective. The name is not asked about: a plan holds variants of the right name.
 */
export function promisesWith(
  { catalogue, requests }: Pick<PolicyContext<unknown>, 'catalogue' | 'requests'>,
  latencyShare: number,
): (slot: Slot, variant: VariantIndex) => boolean {
  const { variants, latency } = catalogue;
  return (slot, variant) => {
    const inputs = requests.inputs[slot];
    const { maxBatch, accuracyPercent } = variants[variant];
    if (inputs > maxBatch || accuracyPercent < requests.accuracyPercent[slot]) return false;
    const objectiveNs = objectiveOf(requests, slot);
    return objectiveNs === NEVER || latency[variant].expectedBatchNs(inputs) <= latencyShare * objectiveNs;
  };
}
