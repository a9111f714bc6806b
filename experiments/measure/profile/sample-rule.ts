/**
 * Which quantiles a number of samples can carry, and the summary of samples by that rule. A quantile p is reported from
 * 10 / (1 - p) samples on, so that ten of them lie beyond it, and symmetrically below the median: p50 needs 20, p90 100,
 * p99 1,000, p99.9 10,000. (LoadGen's floor of 662 for p99 is for a bound that holds with 99 % confidence; ten samples
 * beyond keep the standard error of the share beyond at a third of it.)
 */
import { mean, quantileSorted } from 'simple-statistics';
import type { MeasuredTime, Nanos } from '../../../core/index.ts';

/** In thousandths, so that no rounding decides. */
const PER_MILLE = [10, 50, 100, 250, 500, 750, 900, 950, 990, 999];
const BEYOND = 10;

/** The rule in words, for tables. */
export const SAMPLE_RULE =
  'a quantile p is told from 10 / (1 - p) samples on, and p1 to p25 as p99 to p75; fewer than 100 samples stand as they are';

/** The probabilities that so many samples can carry, ascending. */
export function quantilesFor(samples: number): readonly number[] {
  return PER_MILLE.filter((perMille) => samples * Math.min(perMille, 1000 - perMille) >= BEYOND * 1000).map(
    (perMille) => perMille / 1000,
  );
}

/** Below so many samples a table gives them all, instead of the few quantiles they could carry. */
const SAMPLES_FEW = 100;

/** Mean and quantiles, or the samples themselves where they are few. @param samplesNs not empty. @param leastNs of each figure. */
export function measuredTime(samplesNs: readonly number[], leastNs: 0 | 1): MeasuredTime {
  const sorted = samplesNs.toSorted((a, b) => a - b);
  const whole = (value: number): Nanos => Math.max(leastNs, Math.round(value));
  const meanNs = whole(mean(sorted));
  if (sorted.length < SAMPLES_FEW) return { meanNs, samplesNs: sorted.map(whole) };
  const quantilesNs = quantilesFor(sorted.length).map((probability) => ({
    probability,
    valueNs: whole(quantileSorted(sorted, probability)),
  }));
  return { meanNs, quantilesNs };
}
