/**
 * The shape of a Weibull law from its coefficient of variation. With shape k the mean is `s G(1 + 1/k)` and
 * `1 + cv^2 = G(1 + 2/k) / G(1 + 1/k)^2` (G is the Gamma function), which has no closed inverse; the right side falls
 * as k grows, so the logarithms are bisected.
 */
import { gammaln } from 'simple-statistics';

// cv 5e5 and 0.0013: wider than the range the processes accept.
const LOG_SHAPE_MIN = Math.log(0.05);
const LOG_SHAPE_MAX = Math.log(1000);
// Each step halves an interval of about 10; 60 reach the resolution of a double.
const STEPS = 60;

/** The shape k with the given coefficient of variation. */
export function weibullShape(cv: number): number {
  const target = Math.log1p(cv * cv);
  let low = LOG_SHAPE_MIN;
  let high = LOG_SHAPE_MAX;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    const shape = Math.exp(middle);
    if (gammaln(1 + 2 / shape) - 2 * gammaln(1 + 1 / shape) > target) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** The mean of a Weibull law of scale 1: `G(1 + 1/k)`. */
export function weibullMean(shape: number): number {
  return Math.exp(gammaln(1 + 1 / shape));
}
