/** The comparison for a terminal: how policies stand in the metrics that decide, against the baseline. */
import { metricNamed } from '../core/index.ts';
import type { ExperimentResult } from '../core/index.ts';
import { NAME_MAX, cellTable } from './cell-table.ts';
import { basisInWords } from './claims.ts';
import { formatConfidence, printable, shortened } from './format.ts';
import { baselineOf, totalsOf } from './grid.ts';
import { standingLines } from './objectives.ts';
import { tableMetrics } from './table-metrics.ts';

/** The table as lines of text, without a line break at the end. */
export function comparisonTable(result: ExperimentResult): string {
  if (result.cells.length === 0) return 'No cell was finished.';
  const rows = tableMetrics(result).map((metric) => {
    const { label, unit } = metricNamed(metric);
    return { label: `${label}, ${unit}`, metric, application: null };
  });
  const judged = result.cells.some(({ objectives }) => objectives.length > 0);
  const standing = judged ? [{ label: 'objectives', lines: standingLines }] : [];
  return [...opening(result), '', ...cellTable(result, [...rows, ...standing], 'report.html and summary.csv')].join(
    '\n',
  );
}

function opening(result: ExperimentResult): string[] {
  const lines = [`${shortened(printable(result.name), NAME_MAX)}: ${basisInWords(result.cells)}`];
  const first = totalsOf(result).at(0);
  const candidate = first && result.cells.find(({ cell }) => cell === first.candidate);
  const baseline = candidate && baselineOf(result, candidate);
  if (first !== undefined && baseline !== undefined) {
    const confidence = formatConfidence(first.difference.confidence);
    lines.push(
      `Verdicts against ${shortened(printable(baseline.policy), NAME_MAX)}: paired differences, ${confidence} intervals.`,
    );
  }
  return lines;
}
