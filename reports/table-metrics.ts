/** The metrics of a comparison table, in the order in which they are read; the others are in the full table. */
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

/** Those of which some cell has a value, and what the experiment compares besides. */
export function tableMetrics({ cells, compared }: ExperimentResult): MetricName[] {
  const metrics = [...TABLE_METRICS, ...compared.filter((name) => !TABLE_METRICS.includes(name))];
  return metrics.filter((name) => cells.some((cell) => cell.metrics[name].mean !== null));
}
