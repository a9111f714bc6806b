/**
 * The confidence interval of a mean, and how wide it is relative to the mean. The values must be independent:
 * one value per replication, or batch means. Feeding it single requests of one run is wrong, because
 * neighbouring requests share their queue (the jackknife of `run/window-parts.ts` is for that).
 */
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { invariant } from '../../core/index.ts';
import { studentTCriticalValue } from './student-t.ts';

/** A mean with the range that covers the true mean with the given confidence. */
export interface Interval {
  readonly mean: number;
  /** Half the width of the range; null when one value cannot say how wide it is. Never NaN. */
  readonly halfWidth: number | null;
  /** mean - halfWidth, null where that is. */
  readonly low: number | null;
  /** mean + halfWidth, null where that is. */
  readonly high: number | null;
  /** Two-sided confidence, 0-1. */
  readonly confidence: number;
  /** How many values went in: replications or batches. */
  readonly samples: number;
  /** What a sample was. */
  readonly method: 'replications' | 'jackknife';
}

export const DEFAULT_CONFIDENCE = 0.95;

/**
 * Student-t interval of the mean of independent values, mean +- t * s / sqrt(n) with n - 1 degrees of freedom
 * (Law, Simulation Modeling and Analysis, 5th ed., section 4.5).
 *
 * @param values - one or more finite numbers, one per replication
 * @param confidence - two-sided, above 0 and below 1
 */
export function intervalOf(values: readonly number[], confidence: number = DEFAULT_CONFIDENCE): Interval {
  invariant(values.length > 0, 'an interval needs at least one value');
  invariant(values.every(Number.isFinite), 'an interval needs finite values');
  invariant(confidence > 0 && confidence < 1, `an interval's confidence must be inside 0-1, found ${confidence}`);
  const center = mean(values);
  const samples = values.length;
  const common = { mean: center, confidence, samples, method: 'replications' } as const;
  if (samples === 1) return { ...common, halfWidth: null, low: null, high: null };
  const standardError = sampleStandardDeviation(values) / Math.sqrt(samples);
  const halfWidth = studentTCriticalValue(confidence, samples - 1) * standardError;
  return { ...common, halfWidth, low: center - halfWidth, high: center + halfWidth };
}

/**
 * Half-width over the magnitude of the mean: 0.05 reads "known to 5 %". An interval without width gives 0 even
 * around 0. Null when there is no half-width, or when a mean of 0 leaves nothing to be relative to.
 */
export function relativeHalfWidth({ mean: center, halfWidth }: Interval): number | null {
  if (halfWidth === null) return null;
  if (halfWidth === 0) return 0;
  return center === 0 ? null : halfWidth / Math.abs(center);
}
