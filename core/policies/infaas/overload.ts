/**
 * When INFaaS calls an instance overloaded or interfered with ("blacklisted"), and when it calls an accelerator hardly
 * used: the thresholds of query_executor.cc. All comparisons are strict: a figure on a threshold changes nothing.
 */
import { ON_CPU, ON_GPU } from './variant-facts.ts';
import type { HardwareKind } from './variant-facts.ts';

/** An instance in an interval. Times in milliseconds. */
export interface InstanceFigures {
  readonly kind: HardwareKind;
  readonly replicas: number;
  /** Predicted latency at the mean batch. */
  readonly expectedMs: number;
  readonly averageLatencyMs: number;
  /** Requests per second over all replicas. */
  readonly qps: number;
  readonly inFlight: number;
  readonly averageSloMs: number;
}

/** Multiples of the predicted latency, of one replica's requests per second, and of what it serves in a second. */
interface Thresholds {
  readonly latency: number;
  readonly rate: number;
  readonly inFlight: number;
  readonly recovered: number;
}

const USUAL: Thresholds = { latency: 2.5, rate: 0.5, inFlight: 0.8, recovered: 1.5 };
const ONE_CPU_REPLICA: Thresholds = { latency: 4, rate: 1, inFlight: 1.1, recovered: 1.5 };
const SLOW_GPU: Thresholds = { latency: 1.5, rate: 0.3, inFlight: 0.8, recovered: 1.25 };
/** From here on a GPU variant counts as slow, in milliseconds; faster ones may be further above their prediction. */
const SLOW_GPU_FROM_MS = 10;

/** Whether the instance is flagged after the interval. @param isFlagged whether it was before. */
export function flagAfter(isFlagged: boolean, figures: InstanceFigures): boolean {
  const { replicas, expectedMs, averageLatencyMs, qps, inFlight } = figures;
  const limits = thresholdsOf(figures);
  const perSecond = 1000 / expectedMs;
  const inFlightLimit = limits.inFlight * replicas * perSecond;
  const isSlow = averageLatencyMs > limits.latency * expectedMs && qps / replicas > limits.rate * perSecond;
  if (isSlow || inFlight > inFlightLimit) return true;
  if (inFlight < inFlightLimit && averageLatencyMs < limits.recovered * expectedMs) return false;
  return isFlagged;
}

/** Whether an accelerator instance is so little used, by such patient requests, that CPUs would do. */
export function isHardlyUsed({ kind, averageSloMs, qps, expectedMs }: InstanceFigures): boolean {
  const perSecond = 1000 / expectedMs;
  if (kind === ON_GPU) return averageSloMs > 10 * expectedMs && qps < 0.03 * perSecond;
  return averageSloMs > 5 * expectedMs && qps < 0.2 * perSecond;
}

function thresholdsOf({ kind, replicas, expectedMs }: InstanceFigures): Thresholds {
  if (kind === ON_CPU) return replicas === 1 ? ONE_CPU_REPLICA : USUAL;
  if (kind !== ON_GPU) return USUAL;
  return expectedMs >= SLOW_GPU_FROM_MS ? SLOW_GPU : { ...SLOW_GPU, latency: Math.min(5, 15 / expectedMs) };
}
