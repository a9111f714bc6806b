/**
 * LoadGen's early stopping: whether a run has enough queries for what it claims, at confidence 0.99 and tolerance 0.
 * The bound itself, h_min(t), is in `experiments/statistics`; here is what each scenario makes of it. Offline has none.
 */
import type { Nanos } from '../../../core/index.ts';
import { conservativePercentileIndex, earlyStopping, samplesForPercentile } from '../../statistics/index.ts';
import type { LoadSettings } from './settings.ts';

/** MultiStream is also judged from SingleStream runs, at its own percentile. */
const MULTI_STREAM_PERCENTILE = 0.99;

export interface EarlyStoppingEstimate {
  readonly percentile: number;
  /** A latency that is at or above the percentile with confidence 0.99; null with too few queries. */
  readonly latencyNs: Nanos | null;
  /** Queries that make an estimate possible. */
  readonly needed: number;
}

export interface EarlyStoppingResult {
  readonly satisfied: boolean;
  /** Of SingleStream and MultiStream. */
  readonly estimates: readonly EarlyStoppingEstimate[];
  /** Of Server: queries over the limit, and how many queries in all make up for them. */
  readonly server: { readonly overLatency: number; readonly needed: number } | null;
  readonly queries: number;
}

/** @param sortedNs latency of every query, ascending; `NEVER` for those without an answer. */
export function earlyStoppingOf(sortedNs: readonly Nanos[], settings: LoadSettings): EarlyStoppingResult {
  const { scenario, targetLatencyPercentile: quantile, targetLatencyNs } = settings;
  const queries = sortedNs.length;
  if (scenario === 'offline') return { satisfied: true, estimates: [], server: null, queries };
  if (scenario === 'server') {
    const overLatency = sortedNs.filter((latencyNs) => latencyNs > targetLatencyNs).length;
    const { satisfied, needed } = earlyStopping(queries, overLatency, { quantile });
    return { satisfied, estimates: [], server: { overLatency, needed }, queries };
  }
  const more = scenario === 'single-stream' && quantile !== MULTI_STREAM_PERCENTILE ? [MULTI_STREAM_PERCENTILE] : [];
  const estimates = [quantile, ...more].map((percentile) => estimateOf(sortedNs, percentile));
  return { satisfied: estimates[0].latencyNs !== null, estimates, server: null, queries };
}

/** `sorted[n - t]`, with the largest t that n queries allow. */
function estimateOf(sortedNs: readonly Nanos[], percentile: number): EarlyStoppingEstimate {
  const rule = { quantile: percentile };
  const index = conservativePercentileIndex(sortedNs.length, rule);
  return { percentile, latencyNs: index === null ? null : sortedNs[index], needed: samplesForPercentile(rule) };
}
