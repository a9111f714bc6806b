/**
 * InferLine's estimator (SoCC 2020) for one stage: a simulation of the sample trace on replicas that share
 * one queue, first come first served. An idle replica takes what waits, up to its batch, and never waits for more.
 * Service times are the profile's means.
 */
import type { Nanos } from '../../time.ts';
import type { Trace } from '../planning/arrival-log.ts';

export interface StageConfig {
  readonly replicas: number;
  /** Inputs in a batch at most; a larger query is executed alone. */
  readonly batch: number;
  /** Execution time of a batch. */
  readonly batchNs: (inputs: number) => Nanos;
}

/** Latency of each arrival of the trace. */
export function simulateStage(trace: Trace, { replicas, batch, batchNs }: StageConfig): Float64Array {
  const { atNs, inputs } = trace;
  const freeNs = new Float64Array(replicas);
  const latencyNs = new Float64Array(atNs.length);
  let head = 0;
  while (head < atNs.length) {
    let replica = 0;
    for (let other = 1; other < replicas; other += 1) if (freeNs[other] < freeNs[replica]) replica = other;
    const startNs = Math.max(freeNs[replica], atNs[head]);
    let end = head + 1;
    let taken = inputs[head];
    while (end < atNs.length && atNs[end] <= startNs && taken + inputs[end] <= batch) {
      taken += inputs[end];
      end += 1;
    }
    const endNs = startNs + batchNs(taken);
    freeNs[replica] = endNs;
    for (; head < end; head += 1) latencyNs[head] = endNs - atNs[head];
  }
  return latencyNs;
}

/** The smallest latency that at least a share of the values do not exceed; 0 of none. */
export function quantileOf(values: Float64Array, share: number): Nanos {
  if (values.length === 0) return 0;
  return Float64Array.from(values).sort()[Math.max(0, Math.ceil(share * values.length - 1e-9) - 1)];
}
