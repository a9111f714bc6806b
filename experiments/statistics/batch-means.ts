/**
 * The interval of a mean from one long run, by batch means: batches long enough to be nearly independent take
 * the place of replications. Warm-up must be cut before (`mser.ts`). Too short a run is refused by name, and the
 * correlation that is left between batches is reported so that the caller can warn.
 */
import { mean } from 'simple-statistics';
import { invariant } from '../../core/index.ts';
import { meansOfBatches } from './batches.ts';
import { DEFAULT_CONFIDENCE, intervalOf } from './interval.ts';
import type { Interval } from './interval.ts';

/**
 * Ten to thirty batches serve: more hardly narrow the interval and are less independent (Schmeiser, Batch size
 * effects in the analysis of simulation output, Operations Research 30, 1982). The upper part of that range is
 * taken because the check on neighbouring batches is blind with fewer than 20.
 */
const BATCHES_MIN = 20;
const BATCHES_MAX = 30;

export interface BatchMeansOptions {
  /** Two-sided confidence. Default 0.95. */
  readonly confidence?: number;
  /** Number of batches, 20-30. Default 20. */
  readonly batches?: number;
  /** Observations a batch must have at least. Default 100. */
  readonly batchSizeMin?: number;
}

export interface BatchMeansInterval {
  readonly status: 'estimated';
  readonly interval: Interval;
  /** Observations in each batch. */
  readonly batchSize: number;
  /** Observations left out at the front, where what remains of the warm-up is, so that the batches are equal. */
  readonly dropped: number;
  /** Correlation of neighbouring batch means, -1 to 1; null when the batch means do not vary. */
  readonly lag1: number | null;
  /** What `lag1` stays below in 95 % of cases when batches are independent. */
  readonly lag1Limit: number;
  /** `lag1` is above its limit: the batches are too short and the interval too narrow. */
  readonly correlated: boolean;
}

export interface BatchMeansRefusal {
  readonly status: 'refused';
  readonly reason: 'too-few-observations';
  readonly observations: number;
  readonly needed: number;
}

/**
 * Batch-means interval of a stationary, autocorrelated series.
 *
 * Source: Law, Simulation Modeling and Analysis, 5th ed., section 9.5.3.
 *
 * @param values - one observation per request in order of arrival, warm-up already removed
 */
export function batchMeans(
  values: ArrayLike<number>,
  { confidence = DEFAULT_CONFIDENCE, batches = BATCHES_MIN, batchSizeMin = 100 }: BatchMeansOptions = {},
): BatchMeansInterval | BatchMeansRefusal {
  invariant(
    Number.isInteger(batches) && batches >= BATCHES_MIN && batches <= BATCHES_MAX,
    `batch means: ${BATCHES_MIN}-${BATCHES_MAX} batches, found ${batches}`,
  );
  const observations = values.length;
  const needed = batches * batchSizeMin;
  if (observations < needed) return { status: 'refused', reason: 'too-few-observations', observations, needed };

  const batchSize = Math.floor(observations / batches);
  const dropped = observations - batchSize * batches;
  const means = meansOfBatches(values, { batchSize, from: dropped });
  const lag1 = lag1Autocorrelation(means);
  // Under independence lag1 is about normal with mean -1/k and variance 1/k (Bartlett 1946); 1.645 is its 95 % point.
  const lag1Limit = 1.645 / Math.sqrt(batches) - 1 / batches;
  return {
    status: 'estimated',
    interval: { ...intervalOf(means, confidence), method: 'batch-means' },
    batchSize,
    dropped,
    lag1,
    lag1Limit,
    correlated: lag1 !== null && lag1 > lag1Limit,
  };
}

/** sum (x_i - m)(x_{i+1} - m) / sum (x_i - m)^2; null for a series that does not vary. */
export function lag1Autocorrelation(values: readonly number[]): number | null {
  const center = mean(values);
  let products = 0;
  let squares = 0;
  for (let index = 0; index < values.length; index += 1) {
    const deviation = values[index] - center;
    squares += deviation * deviation;
    if (index > 0) products += deviation * (values[index - 1] - center);
  }
  return squares === 0 ? null : products / squares;
}
