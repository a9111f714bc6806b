/**
 * Several policies against one baseline. Each further comparison is a further chance to be wrong, so the
 * confidence of each is raised until all verdicts together are right with the confidence asked for. The
 * correction is named in the result, and every comparison carries the confidence it was judged at.
 */
import { invariant } from '../../core/index.ts';
import { DEFAULT_CONFIDENCE } from './interval.ts';
import { comparePaired } from './paired.ts';
import type { MetricDirection, PairedComparison } from './paired.ts';

/**
 * - `none`: each verdict alone holds with the confidence asked for.
 * - `bonferroni`: each of m is judged at 1 - (1 - confidence) / m. All intervals hold together.
 * - `holm`: the clearest difference is judged at that level, the next at 1 - (1 - confidence) / (m - 1), and so
 *   on until one is inconclusive. The verdicts hold together and are never fewer than Bonferroni's; the
 *   intervals, being narrower, hold one by one only.
 */
export type Correction = 'none' | 'bonferroni' | 'holm';

export interface BaselineComparisons {
  /** One value per replication. */
  readonly baseline: readonly number[];
  /** Name of each candidate policy and its values for the same replications in the same order. */
  readonly candidates: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly direction: MetricDirection;
  /** Confidence of all verdicts together. Default 0.95. */
  readonly confidence?: number;
  /** Default `holm`. */
  readonly correction?: Correction;
}

/** A comparison with the candidate's name; `difference.confidence` is the corrected one. */
export interface NamedComparison extends PairedComparison {
  readonly name: string;
}

export interface ComparisonFamily {
  readonly correction: Correction;
  /** Confidence of all verdicts together (of each alone under `none`). */
  readonly confidence: number;
  /** In the order of the candidates given. */
  readonly comparisons: readonly NamedComparison[];
}

/**
 * Compares every candidate with the baseline.
 *
 * Sources: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6(2),
 * 1979; Bonferroni for simulation: Law, Simulation Modeling and Analysis, 5th ed., section 10.3.
 */
export function compareToBaseline(options: BaselineComparisons): ComparisonFamily {
  const { baseline, candidates, direction, confidence = DEFAULT_CONFIDENCE, correction = 'holm' } = options;
  invariant(
    confidence > 0 && confidence < 1,
    `the confidence of a family of comparisons must be inside 0-1, found ${confidence}`,
  );
  const compareAt = (index: number, share: number): NamedComparison => {
    const { name, values } = candidates[index];
    const level = share === 1 ? confidence : 1 - (1 - confidence) / share;
    return { name, ...comparePaired({ baseline, candidate: values, direction, confidence: level }) };
  };
  const share = correction === 'bonferroni' ? candidates.length : 1;
  const compared = candidates.map((_, index) => compareAt(index, share));
  return { correction, confidence, comparisons: correction === 'holm' ? stepDown(compared, compareAt) : compared };
}

/**
 * Holm's steps: by ascending p-value (ties by position), each against a smaller share of the error, and after the
 * first inconclusive one all the rest at the level that stopped it.
 */
function stepDown(
  compared: readonly NamedComparison[],
  compareAt: (index: number, share: number) => NamedComparison,
): NamedComparison[] {
  const order = compared.map((_, index) => index).sort((a, b) => compared[a].pValue - compared[b].pValue || a - b);
  const result = [...compared];
  let share = compared.length;
  let stopped = false;
  for (const index of order) {
    result[index] = compareAt(index, share);
    stopped ||= result[index].verdict === 'inconclusive';
    if (!stopped) share -= 1;
  }
  return result;
}
