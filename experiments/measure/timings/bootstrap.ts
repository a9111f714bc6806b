/**
 * Intervals for statistics of times that hang together. Times of one process are autocorrelated and share its luck, so
 * the unit that is drawn anew is the whole process (or the turn with a process of its own), never a single time: the
 * cluster bootstrap with percentile intervals (Davison and Hinkley, Bootstrap Methods and their Application, 1997,
 * sections 3.8 and 5.3). Pure; the same stream gives the same interval.
 */
import { quantileSorted } from 'simple-statistics';
import type { Stream } from '../../../core/index.ts';
import { invariant } from '../../../core/index.ts';

/** Fewer units than this cannot say how far they spread. */
export const UNITS_MIN = 10;
export const RESAMPLES = 2000;
export const CONFIDENCE = 0.95;

/** The range of a statistic over resamples. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * The ranges of several statistics; undefined with fewer than `UNITS_MIN` units.
 *
 * @param units the times of each unit, at least one in each. @param statistics of the times, ascending.
 */
export function bootstrapRanges(
  units: readonly (readonly number[])[],
  statistics: (sorted: Float64Array) => readonly number[],
  stream: Stream,
): Range[] | undefined {
  if (units.length < UNITS_MIN) return undefined;
  const drawn = Array.from({ length: RESAMPLES }, () => statistics(resampled(units, stream)));
  return drawn[0].map((_, at) => rangeOf(drawn.map((values) => values[at])));
}

/** The times of as many units as there are, each drawn anew with replacement; ascending. */
export function resampled(units: readonly (readonly number[])[], stream: Stream): Float64Array {
  invariant(units.length > 0, 'a resample of no units');
  const chosen = units.map(() => units[stream.int(units.length)]);
  const all = new Float64Array(chosen.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const times of chosen) {
    all.set(times, at);
    at += times.length;
  }
  return all.sort();
}

/** The middle `CONFIDENCE` of values. */
export function rangeOf(values: readonly number[]): Range {
  const sorted = [...values].sort((a, b) => a - b);
  const tail = (1 - CONFIDENCE) / 2;
  return { low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail) };
}
