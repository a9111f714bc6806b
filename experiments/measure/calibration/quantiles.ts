/** The quantiles that a calibration keeps of a distribution: as many as its samples can carry. */
import { quantileSorted } from 'simple-statistics';
import type { Nanos } from '../../../core/index.ts';

const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
/** A quantile needs this many samples beyond it. */
const BEYOND_MIN = 5;

/** @param sorted ascending. */
export function quantilesNs(sorted: readonly Nanos[]): { readonly probability: number; readonly valueNs: Nanos }[] {
  return PROBABILITIES.filter(
    (probability) => sorted.length * Math.min(probability, 1 - probability) >= BEYOND_MIN,
  ).map((probability) => ({ probability, valueNs: Math.round(quantileSorted([...sorted], probability)) }));
}
