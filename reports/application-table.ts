/** How each application fares under each policy, for a terminal; '' where there is only one application. */
import { metricNamed } from '../core/index.ts';
import type { ExperimentResult, MetricName } from '../core/index.ts';
import { NAME_MAX, cellTable, intervalIn } from './cell-table.ts';
import { formatConfidence, printable, shortened } from './format.ts';

/** What an application asks first: whether it is answered in time, and how late otherwise. */
export const APPLICATION_TABLE: readonly MetricName[] = ['attainment_percent', 'latency_p99_ms', 'violations_percent'];

/** The applications that are told one by one, in their order. */
export function toldApplications({ cells }: ExperimentResult): string[] {
  return [...new Set(cells.flatMap(({ metricsByApplication }) => Object.keys(metricsByApplication)))];
}

/** The metrics of `APPLICATION_TABLE` that some application has a value of. */
export function toldMetrics({ cells }: ExperimentResult): MetricName[] {
  return APPLICATION_TABLE.filter((metric) =>
    cells.some((cell) =>
      Object.values(cell.metricsByApplication).some((metrics) => (metrics[metric]?.mean ?? null) !== null),
    ),
  );
}

/** "Verdicts ...": at which confidence, and why it is that high. '' where nothing could be compared. */
export function applicationBasis(result: ExperimentResult): string {
  const first = result.comparisons.find(({ application }) => application !== null);
  if (first === undefined) return '';
  const confidence = formatConfidence(first.difference.confidence);
  return (
    `Verdicts: paired differences, ${confidence} intervals that hold together ` +
    `for all policies and applications at a grid point.`
  );
}

/** The table as lines of text, without a line break at the end. */
export function applicationTable(result: ExperimentResult): string {
  const metrics = toldMetrics(result);
  const rows = toldApplications(result).flatMap((application) =>
    metrics.map((metric) => {
      const { label, unit } = metricNamed(metric);
      return { label: `${shortened(printable(application), NAME_MAX)}: ${label}, ${unit}`, metric, application };
    }),
  );
  const known = rows.filter((row) => result.cells.some((cell) => (intervalIn(cell, row)?.mean ?? null) !== null));
  if (known.length === 0) return '';
  const basis = applicationBasis(result);
  const opening = basis === '' ? ['By application'] : ['By application', basis];
  return [...opening, '', ...cellTable(result, known, 'report.html')].join('\n');
}
