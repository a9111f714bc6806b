/** The metrics of a comparison table, in the order in which they are read; the others are in the full table. */
import type { CellResult, MetricName } from '../core/index.ts';

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

/** Those of which some cell has a value. */
export function tableMetrics(cells: readonly CellResult[]): MetricName[] {
  return TABLE_METRICS.filter((name) => cells.some((cell) => cell.metrics[name].mean !== null));
}
