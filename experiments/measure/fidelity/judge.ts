/** The verdict on one quantity of one cell: what the bar allows, and whether the difference stays within it. */
import type { FidelityBar, FidelityComparison, FidelityQuantity, IntervalResult } from '../../../core/index.ts';

/** What the verdict on a quantity rests on. */
export interface Evidence {
  readonly quantity: FidelityQuantity;
  /** In the unit of the quantity's differences. */
  readonly difference: IntervalResult;
  readonly live: IntervalResult;
  /** Half-width of the live interval in the unit of the differences. */
  readonly liveNoise: number | null;
  /** Null where it is not known: latencies are judged then. */
  readonly loadPercent: number | null;
  readonly pairs: number;
  /** Pairs below which nothing is said. */
  readonly pairsMin: number;
  /** The fewest requests that one run of either side answered. */
  readonly answeredMin: number;
}

/** Live runs whose interval may excuse a difference: that of two or three excuses anything (t is 12.7 for two). */
const RUNS_FOR_NOISE = 5;

type Judgement = Pick<FidelityComparison, 'limit' | 'verdict' | 'remark'>;

/**
 * The answered requests that a percentile takes: ten beyond it, n (1 - p) >= 10, so that one slow request does not
 * move it. 20 for p50, 100 for p90, 1,000 for p99.
 */
export function answersForQuantile(quantile: number): number {
  // 1 - 0.99 is a little less than 0.01.
  return Math.ceil(10 / (1 - quantile) - 1e-6);
}

export function judged(evidence: Evidence, bar: FidelityBar): Judgement {
  const { quantity, difference, liveNoise, live } = evidence;
  const limit = limitOf(evidence, bar);
  const obstacle = obstacleOf(evidence);
  if (limit === null || obstacle !== '' || difference.mean === null) {
    const above = quantity.judged === 'latency' && limit === null;
    const remark = above ? `the load is above ${bar.latencyUpToLoadPercent} %` : obstacle;
    return { limit, verdict: 'not judged', remark };
  }
  const distance = Math.abs(difference.mean);
  if (distance <= limit) return { limit, verdict: 'within', remark: '' };
  if (liveNoise === null || liveNoise <= limit || distance > liveNoise) return { limit, verdict: 'misses', remark: '' };
  const width = `± ${liveNoise.toFixed(1)} ${quantity.differenceUnit}`;
  const isJackknife = live.method === 'jackknife';
  const over = isJackknife ? `${live.samples} parts of one live run` : `${live.samples} live runs`;
  const noise = `the half-width of the live interval is ${width} over ${over}`;
  // Attainment has to agree whatever the noise: at most so many points at every load.
  if (quantity.judged !== 'latency') {
    return { limit, verdict: 'misses', remark: `${noise}, for which the bar makes no allowance` };
  }
  if (!isJackknife && live.samples < RUNS_FOR_NOISE) {
    return { limit, verdict: 'not judged', remark: `${noise}, too few to excuse it: ${RUNS_FOR_NOISE} are needed` };
  }
  // New arrivals in each run widen the live interval, but not that of the pairs, both of which meet them.
  if (!holdsZero(difference)) {
    return { limit, verdict: 'misses', remark: `${noise}, but the paired difference is not 0 within its own` };
  }
  return { limit, verdict: 'within live noise', remark: noise };
}

function holdsZero({ low, high }: IntervalResult): boolean {
  return low !== null && high !== null && low <= 0 && high >= 0;
}

function limitOf({ quantity, loadPercent }: Evidence, bar: FidelityBar): number | null {
  if (quantity.judged === 'attainment') return bar.attainmentPointsMax;
  if (quantity.judged === 'no') return null;
  return loadPercent !== null && loadPercent > bar.latencyUpToLoadPercent ? null : bar.latencyShareMax * 100;
}

/** Why nothing can be said, or ''. */
function obstacleOf({ quantity, difference, live, pairs, pairsMin, answeredMin }: Evidence): string {
  if (pairs === 0) return 'no pair of valid runs';
  if (pairs < pairsMin) return `too few pairs of valid runs: ${pairsMin} are needed, found ${pairs}`;
  if (quantity.quantile !== null) {
    const needed = answersForQuantile(quantity.quantile);
    if (answeredMin < needed) {
      const name = `p${Number((quantity.quantile * 100).toPrecision(6))}`;
      return `not enough samples: ${name} needs ${needed} answered requests in every run, found ${answeredMin}`;
    }
  }
  if (difference.mean !== null) return '';
  return live.mean === 0 ? 'the live mean is 0' : 'a run has no value';
}
