/**
 * The inverse distribution function of one profile row, from its quantiles or its raw samples: piecewise linear
 * between the known points and constant beyond the outermost, so that no time is invented that was not measured.
 * A table of quantiles up to p99 therefore never gives a p99.9: add the quantile if the tail matters.
 *
 * On the simulator's hot path: a draw is one binary search over typed arrays.
 */
import type { MeasuredTime } from './variant.ts';
import { invariant } from '../errors.ts';

/** Known points of an inverse distribution function, ascending in both. */
export interface QuantileFunction {
  readonly probabilities: Float64Array;
  readonly valuesNs: Float64Array;
}

/**
 * The quantile function of a row, or undefined when the row has neither samples nor quantiles. Samples come first,
 * since they say more. The i-th of n sorted samples (from 0) stands at probability i / (n - 1): Hyndman and Fan's
 * type 7 ("Sample quantiles in statistical packages", The American Statistician 50(4), 1996), which R and NumPy use.
 */
export function quantileFunction(row: MeasuredTime): QuantileFunction | undefined {
  const { samplesNs, quantilesNs } = row;
  if (samplesNs !== undefined && samplesNs.length > 0) {
    const valuesNs = Float64Array.from(samplesNs).sort();
    const last = Math.max(1, valuesNs.length - 1);
    return { probabilities: valuesNs.map((_, index) => index / last), valuesNs };
  }
  if (quantilesNs !== undefined && quantilesNs.length > 0) {
    return {
      probabilities: Float64Array.from(quantilesNs, (quantile) => quantile.probability),
      valuesNs: Float64Array.from(quantilesNs, (quantile) => quantile.valueNs),
    };
  }
  return undefined;
}

/** The value at a probability, not rounded. @param probability 0 to 1. */
export function valueAt(quantiles: QuantileFunction, probability: number): number {
  const { probabilities, valuesNs } = quantiles;
  let above = probabilities.length - 1;
  if (probability <= probabilities[0]) return valuesNs[0];
  if (probability >= probabilities[above]) return valuesNs[above];
  let below = 0;
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    if (probabilities[middle] <= probability) below = middle;
    else above = middle;
  }
  const share = (probability - probabilities[below]) / (probabilities[above] - probabilities[below]);
  return valuesNs[below] + share * (valuesNs[above] - valuesNs[below]);
}

/** The mean of the distribution that `valueAt` describes, or undefined for a row with a mean only. */
export function quantileMeanNs(row: MeasuredTime): number | undefined {
  const quantiles = quantileFunction(row);
  if (quantiles === undefined) return undefined;
  const { probabilities, valuesNs } = quantiles;
  const last = probabilities.length - 1;
  invariant(last >= 0, 'a quantile function has at least one point');
  let sum = probabilities[0] * valuesNs[0] + (1 - probabilities[last]) * valuesNs[last];
  for (let index = 1; index <= last; index += 1) {
    sum += ((probabilities[index] - probabilities[index - 1]) * (valuesNs[index] + valuesNs[index - 1])) / 2;
  }
  return sum;
}
