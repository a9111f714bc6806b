/** The metrics of a comparison table: what the experiment compares first, for that is what it asks about. */
import type { ExperimentResult, MetricName } from '../core/index.ts';

const TABLE_METRICS: readonly MetricName[] = [
  'attainment_percent',
  'latency_p50_ms',
  'latency_p99_ms',
  'latency_mean_ms',
  'goodput_rps',
  'cost_usd',
  'accuracy_percent',
  'batch_mean_inputs',
];

/** What is compared and the usual ones besides, those of which some cell has a value. */
export function tableMetrics({ cells, compared }: ExperimentResult): MetricName[] {
  const metrics = [...compared, ...TABLE_METRICS.filter((name) => !compared.includes(name))];
  return metrics.filter((name) => cells.some((cell) => cell.metrics[name].mean !== null));
}
