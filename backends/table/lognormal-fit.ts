/**
 * Fits a lognormal law to one profile row. The spread comes from the row's samples or quantiles, the mean is always
 * the row's own, so that all sampling modes of one table have the same expected work:
 *
 *   sigma from samples:   the standard deviation (n - 1) of ln x
 *   sigma from quantiles: the least-squares slope of ln q_p over z_p, z_p = the standard normal quantile of p (the
 *                         line of a probability plot); p = 0 and p = 1 are left out, their z_p is infinite
 *   sigma from a cv:      sqrt(ln(1 + cv^2)), for a row with neither
 *   mu:                   ln(mean) - sigma^2 / 2, because a lognormal's mean is exp(mu + sigma^2 / 2)
 *
 * Formulas: Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions" 1, 2nd edition, 1994, chapter 14.
 */
import { errorFunction, linearRegression, probit, sampleStandardDeviation } from 'simple-statistics';
import type { ProfileRow } from '../../core/index.ts';

export interface Lognormal {
  /** Mean of the logarithm of the time in nanoseconds. */
  readonly mu: number;
  /** Standard deviation of that logarithm; 0 makes the law a constant. */
  readonly sigma: number;
}

/**
 * The lognormal of a row.
 *
 * @param cv coefficient of variation (standard deviation over mean, 0 or more) of a row with a mean only.
 */
export function fitLognormal(row: ProfileRow, cv: number): Lognormal {
  const sigma = sigmaOf(row) ?? Math.sqrt(Math.log1p(cv * cv));
  return { mu: Math.log(row.meanNs) - (sigma * sigma) / 2, sigma };
}

function sigmaOf(row: ProfileRow): number | undefined {
  if (row.samplesNs !== undefined && row.samplesNs.length > 1) {
    return sampleStandardDeviation(row.samplesNs.map((sampleNs) => Math.log(sampleNs)));
  }
  const points = (row.quantilesNs ?? [])
    .filter(({ probability }) => probability > 0 && probability < 1)
    .map(({ probability, valueNs }) => [normalQuantile(probability), Math.log(valueNs)]);
  // One point has no slope. Values ascend, so the slope is never negative but for rounding.
  return points.length > 1 ? Math.max(0, linearRegression(points).m) : undefined;
}

/**
 * The standard normal quantile. The library's `probit` is off by 0.005 at p99 (measured against tabled values);
 * one Newton step with its error function (good to 1.2e-7) leaves 5e-5.
 */
function normalQuantile(probability: number): number {
  const guess = probit(probability);
  const density = Math.exp((-guess * guess) / 2) / Math.sqrt(2 * Math.PI);
  return guess - (0.5 * (1 + errorFunction(guess / Math.SQRT2)) - probability) / density;
}
