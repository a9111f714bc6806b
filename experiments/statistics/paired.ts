/**
 * Is policy A better than policy B? Compares two policies replication by replication under common random
 * numbers: pair i shares its seed, so what both suffered cancels out. Says `inconclusive` whenever the interval
 * of the difference holds zero, and never divides by zero. Several comparisons: `multiple-comparisons.ts`.
 */
import { mean } from 'simple-statistics';
import { invariant } from '../../core/index.ts';
import { DEFAULT_CONFIDENCE, intervalOf } from './interval.ts';
import type { Interval } from './interval.ts';
import { studentTCriticalValue, studentTTail } from './student-t.ts';

/** Which way a metric improves. */
export type MetricDirection = 'lower-is-better' | 'higher-is-better';

/** The candidate against the baseline. */
export type ComparisonVerdict = 'better' | 'worse' | 'inconclusive';

export interface PairedSamples {
  /** One value per replication, at least one. */
  readonly baseline: readonly number[];
  /** The same replications, in the same order, under the other policy. */
  readonly candidate: readonly number[];
  readonly direction: MetricDirection;
  /** Two-sided confidence of the interval and the verdict. Default 0.95. */
  readonly confidence?: number;
}

export interface PairedComparison {
  readonly verdict: ComparisonVerdict;
  /** Interval of candidate - baseline, in the metric's unit. */
  readonly difference: Interval;
  /** Mean of the candidate over mean of the baseline; null when the baseline's mean is 0 or next to it. */
  readonly ratio: number | null;
  /** Chance of a difference at least this large if there were none; 1 when one pair cannot say. */
  readonly pValue: number;
}

/**
 * Paired-t comparison (Law, Simulation Modeling and Analysis, 5th ed., sections 10.2.1 and 11.2).
 *
 * @example
 * comparePaired({ baseline: [10, 12, 11], candidate: [8, 10, 9.1], direction: 'lower-is-better' }).verdict; // 'better'
 */
export function comparePaired(samples: PairedSamples): PairedComparison {
  const { baseline, candidate, direction, confidence = DEFAULT_CONFIDENCE } = samples;
  invariant(
    baseline.length === candidate.length,
    `a paired comparison needs the same replications on both sides, found ${baseline.length} and ${candidate.length}`,
  );
  invariant(
    baseline.every(Number.isFinite) && candidate.every(Number.isFinite),
    'a paired comparison needs finite values',
  );
  const difference = intervalOf(
    candidate.map((value, index) => differenceOf(value, baseline[index])),
    confidence,
  );
  return {
    verdict: verdictOf(difference, direction),
    difference,
    ratio: ratioOf(mean(candidate), mean(baseline)),
    pValue: pValueOf(difference),
  };
}

/**
 * a - b, or 0 where only the last digits differ: two policies that did the same thing may have summed in another
 * order, and a constant difference of 1e-16 would otherwise count as certain.
 */
function differenceOf(a: number, b: number): number {
  const difference = a - b;
  return Math.abs(difference) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b)) ? 0 : difference;
}

function verdictOf({ low, high }: Interval, direction: MetricDirection): ComparisonVerdict {
  if (low === null || high === null || (low <= 0 && high >= 0)) return 'inconclusive';
  const increased = low > 0;
  return increased === (direction === 'higher-is-better') ? 'better' : 'worse';
}

function ratioOf(candidateMean: number, baselineMean: number): number | null {
  const ratio = candidateMean / baselineMean;
  return Number.isFinite(ratio) ? ratio : null;
}

function pValueOf({ mean: center, halfWidth, confidence, samples }: Interval): number {
  if (halfWidth === null || center === 0) return 1;
  if (halfWidth === 0) return 0;
  const standardError = halfWidth / studentTCriticalValue(confidence, samples - 1);
  return studentTTail(center / standardError, samples - 1);
}
