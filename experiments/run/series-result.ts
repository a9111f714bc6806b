/** The time series as the result file holds them: rates per second, means of samples, latency quantiles. */
import type { Gauge, SeriesResult, TimeSeries } from '../../core/index.ts';
import { toMilliseconds, toSeconds } from '../../core/index.ts';

export function seriesResult(series: TimeSeries): SeriesResult {
  const binS = toSeconds(series.widthNs);
  const bins = Array.from({ length: series.length }, (_, bin) => bin);
  const rate = (column: Float64Array) => bins.map((bin) => column[bin] / binS);
  const ratio = (above: number, below: number) => (below === 0 ? null : above / below);
  const gauge = (name: Gauge) => bins.map((bin) => ratio(series.gauges[name][bin], series.samples[bin]));
  const queued = gauge('queuedInputs');
  const held = gauge('heldInputs');
  const quantile = (probability: number) =>
    bins.map((bin) => {
      const valueNs = series.quantileNs(probability, bin);
      return Number.isNaN(valueNs) ? null : toMilliseconds(Math.round(valueNs));
    });
  return {
    binS,
    startS: bins.map((bin) => bin * binS),
    offeredRps: rate(series.arrived),
    answeredRps: rate(series.answered),
    lostRps: rate(series.lost),
    attainmentPercent: bins.map((bin) => ratio(series.attained[bin] * 100, series.judged[bin])),
    accuracyPercent: bins.map((bin) => ratio(series.accuracySum[bin], series.latencyCount[bin])),
    latencyP50Ms: quantile(0.5),
    latencyP90Ms: quantile(0.9),
    latencyP99Ms: quantile(0.99),
    queuedInputs: queued.map((value, bin) => (value === null ? null : value + (held[bin] ?? 0))),
    runningInputs: gauge('runningInputs'),
    workersReady: gauge('workersReady'),
    workersLoading: gauge('workersLoading'),
    workersDraining: gauge('workersDraining'),
    machinesUp: gauge('machinesUp'),
    machinesBooting: gauge('machinesBooting'),
  };
}
