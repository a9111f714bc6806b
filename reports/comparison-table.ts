/** The comparison for a terminal: how policies stand in the metrics that decide, against the baseline. */
import { metricNamed } from '../core/index.ts';
import type { ComparisonResult, ExperimentResult } from '../core/index.ts';
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
    const against = shortened(printable(baseline.policy), NAME_MAX);
    const known = totalsOf(result).find(({ difference }) => difference.halfWidth !== null);
    lines.push(
      `${known === undefined ? 'Differences to' : 'Verdicts against'} ${against}: ${differencesInWords(known)}`,
    );
  }
  return lines;
}

/** What the verdicts rest on. @param known a comparison with an interval, if there is one. */
function differencesInWords(known: ComparisonResult | undefined): string {
  if (known === undefined) return 'one run each gives no interval, so none is proven; add replications.';
  const { confidence, method } = known.difference;
  const paired =
    method === 'replications' ? 'paired differences' : 'differences paired by equal parts of the single run';
  return `${paired}, ${formatConfidence(confidence)} intervals.`;
}
