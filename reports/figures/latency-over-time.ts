/** Median and tail latency over time, a panel for each cell. */
import type { ExperimentResult } from '../../core/index.ts';
import { paragraph, shownReplication } from '../claims.ts';
import { formatPlain, formatSeconds, printable } from '../format.ts';
import { PANELS_MAX, drawnCells } from './drawn-cells.ts';
import type { Figure } from './figure.ts';
import { DASHED, DOTTED, SOLID, cellsWithSeries, linesOverTime, peakOf } from './lines-over-time.ts';
import type { TimeLine } from './lines-over-time.ts';

const LINES: readonly TimeLine[] = [
  { name: 'p50', column: 'latencyP50Ms', colour: 'series-1', dash: DOTTED, width: 2 },
  { name: 'p90', column: 'latencyP90Ms', colour: 'series-3', dash: DASHED },
  { name: 'p99', column: 'latencyP99Ms', colour: 'series-2', dash: SOLID },
];

export function latencyOverTime(result: ExperimentResult): Figure | null {
  const cells = cellsWithSeries(
    result.cells,
    LINES.map(({ column }) => column),
  );
  const peak = peakOf(cells, 'latencyP99Ms');
  if (cells.length === 0) return null;
  const claim =
    peak === null
      ? ''
      : `The p99 latency peaks at ${formatPlain(peak.value)} ms, under ${printable(peak.cell.label)} at ${peak.at}.`;
  const drawn = drawnCells(cells, PANELS_MAX);
  return {
    id: 'latency-over-time',
    title: 'Latency over time',
    caption: paragraph([
      claim,
      `Percentiles of the requests scheduled in each bin of ${formatSeconds(cells[0].replications[0].series.binS)}.`,
      shownReplication(cells),
      drawn.note,
    ]),
    spec: linesOverTime({ cells: drawn.cells, lines: LINES, measure: 'latency, ms', mayBeLogarithmic: true }),
  };
}
