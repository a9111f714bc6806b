/**
 * A single run cut into equal parts of time, one value of a metric for each: the observations that batch means are
 * made of. Parts are whole bins of the time series, so their edges are those of bins.
 */
import type { MetricName, Nanos, TimeSeries } from '../../core/index.ts';
import { toMilliseconds, toSeconds } from '../../core/index.ts';

/** Parts of the window: 20, the usual number of batches (Law, Simulation Modeling and Analysis, 9.5.3). */
export const PARTS = 20;

type Parts = Partial<Record<MetricName, readonly (number | null)[]>>;

export function windowParts(series: TimeSeries, fromNs: Nanos, untilNs: Nanos): Parts {
  const first = Math.ceil(fromNs / series.widthNs);
  const end = Math.min(series.length, Math.floor(untilNs / series.widthNs));
  const bins = Math.floor((end - first) / PARTS);
  if (bins < 1) return {};
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const start = first + part * bins;
    return { first: start, last: start + bins - 1 };
  });
  const partS = toSeconds(bins * series.widthNs);
  const sum = (column: Float64Array, part: { first: number; last: number }) =>
    column.subarray(part.first, part.last + 1).reduce((total, value) => total + value, 0);
  const ratio = (above: Float64Array, below: Float64Array, scale: number) =>
    parts.map((part) => finite((sum(above, part) / sum(below, part)) * scale));
  const quantile = (probability: number) =>
    parts.map((part) => finite(toMilliseconds(series.quantileNs(probability, part.first, part.last))));
  return {
    attainment_percent: ratio(series.attained, series.judged, 100),
    latency_mean_ms: ratio(series.latencySumNs, series.latencyCount, toMilliseconds(1)),
    latency_p50_ms: quantile(0.5),
    latency_p90_ms: quantile(0.9),
    latency_p95_ms: quantile(0.95),
    latency_p99_ms: quantile(0.99),
    offered_rps: parts.map((part) => sum(series.arrived, part) / partS),
    goodput_rps: parts.map((part) => sum(series.attained, part) / partS),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
