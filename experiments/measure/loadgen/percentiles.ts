/** LoadGen's percentile, and the figures of a list of times by it. */
import type { Nanos } from '../../../core/index.ts';
import { NEVER, invariant } from '../../../core/index.ts';

/** The percentiles that LoadGen prints. */
export const PRINTED_PERCENTILES: readonly number[] = [0.5, 0.9, 0.95, 0.97, 0.99, 0.999];

/**
 * The 0-based index, in ascending order, of LoadGen's percentile: `floor(n * p)`, which is at or above the usual one
 * (loadgen/results.cc). @param percentile a fraction, at least 0 and below 1.
 */
export function percentileIndex(count: number, percentile: number): number {
  invariant(count >= 1, 'a percentile of nothing');
  invariant(percentile >= 0 && percentile < 1, `a percentile is a fraction from 0, below 1; found ${percentile}`);
  return Math.floor(count * percentile);
}

export interface Percentile {
  /** As a fraction. */
  readonly percentile: number;
  /** `NEVER` where so many queries went without an answer. */
  readonly valueNs: Nanos;
}

/** Of a list of times, of which some may be `NEVER`. */
export interface Spread {
  readonly count: number;
  readonly minNs: Nanos;
  readonly maxNs: Nanos;
  /** Of those that are not `NEVER`; NaN when none is. */
  readonly meanNs: number;
  readonly percentiles: readonly Percentile[];
}

/** @param sortedNs ascending, at least one. */
export function spreadOf(sortedNs: readonly Nanos[]): Spread {
  const finite = sortedNs.filter((value) => value !== NEVER);
  return {
    count: sortedNs.length,
    minNs: sortedNs[0],
    maxNs: sortedNs[sortedNs.length - 1],
    meanNs: finite.reduce((sum, value) => sum + value, 0) / finite.length,
    percentiles: PRINTED_PERCENTILES.map((percentile) => ({
      percentile,
      valueNs: sortedNs[percentileIndex(sortedNs.length, percentile)],
    })),
  };
}

/** `p99.9` of 0.999, `p90` of 0.9. Twelve digits hide the rounding of the product. */
export function percentText(percentile: number): string {
  return String(Number((percentile * 100).toPrecision(12)));
}
