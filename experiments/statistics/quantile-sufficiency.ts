/**
 * Whether a percentile rests on enough samples: MLPerf LoadGen's early-stopping rule, and the short sentence a
 * report prints beside a percentile that does not. It computes no percentile itself.
 *
 * The rule: of h + t queries t were over the latency limit. If the limit were not met by the required share p of
 * all queries, so few misses would be rare; the percentile counts as met when they are rarer than 1 - confidence.
 * Source: mlcommons/inference, loadgen/early_stopping.cc and results.cc.
 */
import { invariant } from '../../core/index.ts';
import { regularisedIncompleteBeta } from './incomplete-beta.ts';

export interface PercentileRule {
  /** The percentile as a fraction: 0.99 for p99. */
  readonly quantile: number;
  /** d: how much less than the fraction is still accepted. Default 0. */
  readonly tolerance?: number;
  /** c: confidence that the percentile is met. Default 0.99. */
  readonly confidence?: number;
}

/**
 * h_min(t): the least number of queries within the limit that makes up for `overLatency` queries beyond it. It is
 * the least h with P[Binomial(h + t, 1 - p + d) <= t] = I_{p-d}(h, 1 + t) <= 1 - c.
 */
export function minimumPassingQueries(overLatency: number, rule: PercentileRule): number {
  invariant(Number.isInteger(overLatency) && overLatency >= 0, `a count of queries, found ${overLatency}`);
  const enough = (passing: number): boolean => isEnough(passing, overLatency, rule);
  let high = 1;
  while (!enough(high)) high *= 2;
  return leastWith(enough, Math.floor(high / 2) + 1, high);
}

/**
 * How many of `queries` may be over the latency limit: the largest t with queries >= h_min(t) + t. Null when even
 * none over the limit would not be enough.
 */
export function overLatencyAllowed(queries: number, rule: PercentileRule): number | null {
  invariant(Number.isInteger(queries) && queries >= 0, `a count of queries, found ${queries}`);
  const tooMany = (overLatency: number): boolean =>
    overLatency >= queries || !isEnough(queries - overLatency, overLatency, rule);
  const least = leastWith(tooMany, 0, queries);
  return least === 0 ? null : least - 1;
}

/** LoadGen's Server scenario: a run stands when it has `needed` queries for the number that were over the limit. */
export interface EarlyStopping {
  readonly satisfied: boolean;
  /** Queries needed in all with so many over the limit. */
  readonly needed: number;
  /** How many may be over the limit in a run of this length; null when it is too short for any. */
  readonly allowed: number | null;
}

/** Judges a run of `queries`, of which `overLatency` took longer than the limit. */
export function earlyStopping(queries: number, overLatency: number, rule: PercentileRule): EarlyStopping {
  const needed = minimumPassingQueries(overLatency, rule) + overLatency;
  return { satisfied: queries >= needed, needed, allowed: overLatencyAllowed(queries, rule) };
}

/**
 * LoadGen's SingleStream estimate: the 0-based index, in ascending order, of a sample that is at or above the
 * percentile with the rule's confidence. Null below `samplesForPercentile`.
 */
export function conservativePercentileIndex(samples: number, rule: PercentileRule): number | null {
  const allowed = overLatencyAllowed(samples, rule);
  return allowed === null || allowed < 1 ? null : samples - allowed;
}

/** The fewest samples a percentile may be quoted from: h_min(1) + 1, LoadGen's floor. 64 for p90, 662 for p99. */
export function samplesForPercentile(rule: PercentileRule): number {
  return minimumPassingQueries(1, rule) + 1;
}

/** The sentence for a report, or null when there are enough samples. */
export function percentileNotice(samples: number, rule: PercentileRule): string | null {
  const needed = samplesForPercentile(rule);
  if (samples >= needed) return null;
  // Twelve digits hide the rounding of 0.999 * 100.
  const name = `p${Number((rule.quantile * 100).toPrecision(12))}`;
  return `not enough samples: ${name} needs at least ${needed}, found ${samples}`;
}

function isEnough(passing: number, overLatency: number, rule: PercentileRule): boolean {
  const { quantile, tolerance = 0, confidence = 0.99 } = rule;
  invariant(quantile > 0 && quantile < 1, `a percentile is a fraction inside 0-1, found ${quantile}`);
  invariant(tolerance >= 0 && tolerance < quantile, `the tolerance must be in 0-${quantile}, found ${tolerance}`);
  invariant(confidence > 0 && confidence < 1, `the confidence must be inside 0-1, found ${confidence}`);
  const chance = regularisedIncompleteBeta({ a: passing, b: 1 + overLatency, x: quantile - tolerance });
  return chance <= 1 - confidence;
}

/** The least whole number in low..high that holds, when all above it hold too and `high` does. */
function leastWith(holds: (value: number) => boolean, low: number, high: number): number {
  let first = low;
  let last = high;
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    if (holds(middle)) last = middle;
    else first = middle + 1;
  }
  return first;
}
