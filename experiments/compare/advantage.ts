/**
 * How many times better one policy is than another, with an interval. Ratios are averaged where they add up, on a
 * logarithmic scale: the mean is the geometric mean of the ratios under each seed, and the ends are those of the
 * Student-t interval of their logarithms. So twice and half as much weigh the same, and the ratio of a to b is one
 * over that of b to a, interval and all.
 */
import { mean } from 'simple-statistics';
import type { AdvantageRatio } from '../../core/index.ts';
import { intervalOf } from '../statistics/index.ts';
import type { Pairs } from './pairs.ts';

/**
 * The ratio of the left values to the right ones; null where the right ones are 0 throughout.
 *
 * Parts of a single run are jackknife pseudo-values, which spread around the run's own value A and may be negative:
 * they have no logarithm of their own, so it is taken to first order, log A + (a - A) / A (the delta method).
 *
 * Where a value is 0 or below, there is no geometric mean: then it is the ratio of the means, without an interval.
 */
export function advantageOf({ left, right, method }: Pairs, confidence: number): AdvantageRatio | null {
  const [over, under] = [mean([...left]), mean([...right])];
  const known = method === 'jackknife' ? [over, under] : [...left, ...right];
  if (known.some((value) => value <= 0)) {
    const ratio = over / under;
    return Number.isFinite(ratio) ? { mean: ratio, low: null, high: null, method: 'ratio-of-means' } : null;
  }
  const logarithms = left.map((value, index) =>
    method === 'jackknife'
      ? Math.log(over / under) + (value - over) / over - (right[index] - under) / under
      : Math.log(value / right[index]),
  );
  const interval = intervalOf(logarithms, confidence);
  return {
    mean: Math.exp(interval.mean),
    low: interval.low === null ? null : Math.exp(interval.low),
    high: interval.high === null ? null : Math.exp(interval.high),
    method: 'geometric-mean',
  };
}
