/**
 * How much of a run's beginning is warm-up, by MSER-5: the cut that makes the mean of the rest most certain.
 * A cut beyond half of the run is refused, because then nothing shows that the run has settled at all.
 * Ties go to the shorter cut.
 */
import { meansOfBatches } from './batches.ts';

const BATCH_SIZE = 5;
/** Fewer batches than this say nothing about a trend (Hoad, Robinson and Davies 2010). */
const BATCHES_MIN = 10;
/** Cuts that keep fewer batches than this are not tried: a few equal values at the end look falsely certain. */
const KEPT_MIN = 5;

/** Delete the first `observations`. */
export interface WarmUpCut {
  readonly status: 'cut';
  /** How many observations to delete at the front, a multiple of 5, at most half of the run. */
  readonly observations: number;
  /** The MSER statistic at the cut: squared standard error of the mean of what is kept, in batch means. */
  readonly statistic: number;
}

export interface WarmUpRefusal {
  readonly status: 'refused';
  /** `not-settled`: the best cut lies beyond half of the run; make it longer. */
  readonly reason: 'too-few-observations' | 'not-settled';
  readonly observations: number;
  /** Observations needed at least; a run that has not settled needs twice its present length to begin with. */
  readonly needed: number;
}

/**
 * MSER-5 truncation point of a series. With Z_1..Z_k the means of batches of five, the cut d minimises
 * sum_{i > d} (Z_i - mean)^2 / (k - d)^2.
 *
 * Sources: White, An effective truncation heuristic for bias reduction in simulation output, Simulation 69(6),
 * 1997; batches of five: White, Cobb and Spratt, A comparison of five steady-state truncation heuristics for
 * simulation, Winter Simulation Conference 2000; the refusals: Hoad, Robinson and Davies, Automating warm-up
 * length estimation, Journal of the Operational Research Society 61(9), 2010.
 *
 * @param values - one finite observation per request in order of arrival, from the very start of the run
 */
export function mser5(values: ArrayLike<number>): WarmUpCut | WarmUpRefusal {
  const observations = values.length;
  const means = meansOfBatches(values, { batchSize: BATCH_SIZE });
  const count = means.length;
  if (count < BATCHES_MIN) {
    return { status: 'refused', reason: 'too-few-observations', observations, needed: BATCHES_MIN * BATCH_SIZE };
  }

  // Backwards, so that each cut extends the running mean and sum of squares of the previous one (Welford).
  let best = { cut: count, statistic: Infinity };
  let bestVarying = best;
  let mean = 0;
  let squares = 0;
  for (let cut = count - 1; cut >= 0; cut -= 1) {
    const kept = count - cut;
    const deviation = means[cut] - mean;
    mean += deviation / kept;
    squares += deviation * (means[cut] - mean);
    if (kept < KEPT_MIN) continue;
    const statistic = squares / (kept * kept);
    if (statistic <= best.statistic) best = { cut, statistic };
    if (statistic > 0 && statistic <= bestVarying.statistic) bestVarying = { cut, statistic };
  }
  // At low load a run may end in a stretch of equal latencies. That stretch has no variance, but it is not proof
  // that all before it was warm-up, so the best cut that keeps some variation decides.
  if (best.statistic === 0 && best.cut > count / 2) best = bestVarying;
  if (best.cut > count / 2) {
    return { status: 'refused', reason: 'not-settled', observations, needed: 2 * observations };
  }
  return { status: 'cut', observations: best.cut * BATCH_SIZE, statistic: best.statistic };
}
