/** How steady the machine was while times were taken, by the times of the reference kernel in between. */
import { median, quantile } from 'simple-statistics';
import type { TimingsNoise } from '../../../core/index.ts';
import type { CpuShares } from '../cpu-watch.ts';

/**
 * Spread of the kernel's times above which a run is not to be trusted, in percent of their median. An idle machine of two
 * cores shows 5 to 15; a neighbour that takes a core, 50 and more.
 */
const LIMIT_PERCENT = 30;
/** Fewer times have no tenth and ninetieth percentile. */
const TIMES_MIN = 10;

export function kernelNoise(kernelMs: readonly number[], shares: CpuShares | undefined): TimingsNoise {
  const times = [...kernelMs];
  const spread = times.length < TIMES_MIN ? null : (quantile(times, 0.9) - quantile(times, 0.1)) / median(times);
  return {
    kernelMs: times,
    spreadPercent: spread === null ? null : spread * 100,
    limitPercent: LIMIT_PERCENT,
    othersPercent: shares?.othersPercent ?? null,
    stealPercent: shares?.stealPercent ?? null,
  };
}
