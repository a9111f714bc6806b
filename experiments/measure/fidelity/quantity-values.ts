/**
 * The values of one quantity in paired runs, and their intervals: Student t over pairs; for a single pair over the
 * jackknife parts of its runs, where they have them. It judges nothing.
 */
import type { FidelityQuantityName, IntervalResult, ReplicationResult } from '../../../core/index.ts';
import { comparePaired, intervalOf } from '../../statistics/index.ts';

/** The value of a run; null where it has none. */
export function valueIn(run: ReplicationResult, quantity: FidelityQuantityName): number | null {
  if (quantity !== 'workers_mean') return run.metrics[quantity];
  const { worker_seconds: workerSeconds } = run.metrics;
  return workerSeconds === null || run.durationS <= 0 ? null : workerSeconds / run.durationS;
}

/** The interval of one side. Without a mean when any run lacks a value: the others would answer another question. */
export function sideInterval(
  runs: readonly ReplicationResult[],
  quantity: FidelityQuantityName,
  confidence: number,
): IntervalResult {
  const known = runs.map((run) => valueIn(run, quantity)).filter((value) => value !== null);
  if (known.length === 0 || known.length < runs.length) return noInterval(null, known.length, confidence);
  if (known.length > 1) return intervalOf(known, confidence);
  return centred(known[0], partsOf(runs[0], quantity), confidence);
}

/** The interval of simulated minus live over pairs of runs, in the unit of the quantity. */
export function differenceInterval(
  pairs: { readonly simulated: readonly ReplicationResult[]; readonly live: readonly ReplicationResult[] },
  quantity: FidelityQuantityName,
  confidence: number,
): IntervalResult {
  const [candidate, baseline] = [pairs.simulated, pairs.live].map((runs) =>
    runs.map((run) => valueIn(run, quantity)).filter((value) => value !== null),
  );
  const count = pairs.live.length;
  if (count === 0 || candidate.length < count || baseline.length < count) return noInterval(null, 0, confidence);
  // The direction only words a verdict that is not used here.
  const compared = comparePaired({ baseline, candidate, direction: 'lower-is-better', confidence });
  if (count > 1) return compared.difference;
  const [simulated, live] = [pairs.simulated[0], pairs.live[0]].map((run) => partsOf(run, quantity));
  const parts = simulated.length === live.length ? simulated.map((value, part) => value - live[part]) : [];
  return centred(compared.difference.mean, parts, confidence);
}

/** The same interval in another unit. @param factor above 0. */
export function scaled(interval: IntervalResult, factor: number): IntervalResult {
  const times = (value: number | null): number | null => (value === null ? null : value * factor);
  return {
    ...interval,
    mean: times(interval.mean),
    halfWidth: times(interval.halfWidth),
    low: times(interval.low),
    high: times(interval.high),
  };
}

/** The jackknife parts of a single run; none where it has none, or where one of them is missing. */
function partsOf({ windowParts }: ReplicationResult, quantity: FidelityQuantityName): readonly number[] {
  const parts = quantity === 'workers_mean' ? [] : (windowParts[quantity] ?? []);
  const known = parts.filter((part) => part !== null);
  return known.length === parts.length ? known : [];
}

/** The run's own value is the mean; the parts only say how far it can be trusted. */
function centred(mean: number, parts: readonly number[], confidence: number): IntervalResult {
  // What never varied within the run may still vary between runs: no interval rather than one of width 0.
  if (parts.length < 2 || parts.every((part) => part === parts[0])) return noInterval(mean, 1, confidence);
  const { halfWidth } = intervalOf(parts, confidence);
  if (halfWidth === null) return noInterval(mean, 1, confidence);
  const ends = { halfWidth, low: mean - halfWidth, high: mean + halfWidth };
  return { mean, ...ends, confidence, samples: parts.length, method: 'jackknife' };
}

function noInterval(mean: number | null, samples: number, confidence: number): IntervalResult {
  return { mean, halfWidth: null, low: null, high: null, confidence, samples, method: 'replications' };
}
