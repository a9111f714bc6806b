/** What one worker can serve at most, from its latency table: the saturation throughput of the INFaaS profiler. */
import type { LatencyModel } from '../../catalogue/latency-model.ts';
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';

/** Inputs per second of batches that run back to back. */
export function saturationRps(latency: Pick<LatencyModel, 'expectedBatchNs'>, batch: number): number {
  return (batch * NANOS_PER_SECOND) / latency.expectedBatchNs(batch);
}

/**
 * Inputs per second at the best batch, of the variant's maximum at most, that executes within the budget; 0 when not
 * even one input does. Adaptive batching grows a batch up to there at no cost.
 */
export function throughputRps(
  latency: Pick<LatencyModel, 'expectedBatchNs'>,
  maxBatch: number,
  budgetNs: Nanos,
): number {
  let most = 0;
  for (let batch = 1; batch <= maxBatch; batch += 1) {
    if (latency.expectedBatchNs(batch) <= budgetNs) most = Math.max(most, saturationRps(latency, batch));
  }
  return most;
}
