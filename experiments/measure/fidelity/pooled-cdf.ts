/** The latency distribution of several runs as one: the mean of their distributions, at even steps of the share. */
import type { CdfResult } from '../../../core/index.ts';

/** Every percent, and finer steps at both ends, where figures are read. */
const SHARES: readonly number[] = [
  0.0025,
  0.005,
  ...Array.from({ length: 99 }, (_, index) => (index + 1) / 100),
  0.995,
  0.9975,
  0.999,
  0.9995,
  1,
];
/** Significant digits of a latency: finer than the histogram it comes from. */
const DIGITS = 5;

/** Every run has the same say, however many requests it answered; runs that answered none have no say. */
export function pooledCdf(cdfs: readonly CdfResult[]): CdfResult {
  const known = cdfs.filter(({ latencyMs }) => latencyMs.length > 0);
  if (known.length === 0) return { latencyMs: [], share: [] };
  const points = [...new Set(known.flatMap(({ latencyMs }) => latencyMs))].sort((a, b) => a - b);
  const cursors = known.map(() => 0);
  const latencyMs: number[] = [];
  for (const point of points) {
    let sum = 0;
    for (const [index, cdf] of known.entries()) {
      while (cursors[index] < cdf.latencyMs.length && cdf.latencyMs[cursors[index]] <= point) cursors[index] += 1;
      sum += cursors[index] === 0 ? 0 : cdf.share[cursors[index] - 1];
    }
    // The least latency at which the mean share is reached; sums of shares may miss their last digit.
    while (latencyMs.length < SHARES.length && sum / known.length >= SHARES[latencyMs.length] - 1e-9) {
      latencyMs.push(Number(point.toPrecision(DIGITS)));
    }
  }
  return { latencyMs, share: SHARES.slice(0, latencyMs.length) };
}
