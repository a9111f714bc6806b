/** Workers by state and machines over time, a panel for each cell: what the autoscalers did. */
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import { paragraph, shownReplication } from '../claims.ts';
import { formatPlain, printable } from '../format.ts';
import { PANELS_MAX, drawnCells } from './drawn-cells.ts';
import type { Figure } from './figure.ts';
import { BOLD, DASHED, DOTTED, SOLID, cellsWithSeries, linesOverTime, peakOf } from './lines-over-time.ts';
import type { TimeLine } from './lines-over-time.ts';

const LINES: readonly TimeLine[] = [
  { name: 'machines up', column: 'machinesUp', colour: 'band', dash: SOLID, width: BOLD },
  { name: 'machines booting', column: 'machinesBooting', colour: 'series-4', dash: DOTTED, width: 2 },
  { name: 'workers ready', column: 'workersReady', colour: 'series-1', dash: SOLID, width: 2 },
  { name: 'workers loading', column: 'workersLoading', colour: 'series-2', dash: DASHED },
  { name: 'workers draining', column: 'workersDraining', colour: 'series-5', dash: DOTTED },
];

export function workersOverTime(result: ExperimentResult): Figure | null {
  const cells = cellsWithSeries(result.cells, ['workersReady', 'machinesUp']);
  if (cells.length === 0) return null;
  // A line that stays at zero in every panel says nothing and hides the axis.
  const lines = LINES.filter(({ column }) => (peakOf(cells, column)?.value ?? 0) > 0);
  const drawn = drawnCells(cells, PANELS_MAX);
  return {
    id: 'workers-over-time',
    title: 'Workers and machines over time',
    caption: paragraph([claimOf(cells), 'Means of the samples in each bin.', shownReplication(cells), drawn.note]),
    spec: linesOverTime({
      cells: drawn.cells,
      lines: lines.length > 0 ? lines : LINES,
      measure: 'count',
      stepped: true,
    }),
  };
}

function claimOf(cells: readonly CellResult[]): string {
  const peak = peakOf(cells, 'workersReady');
  if (peak === null || peak.value === 0) return 'No worker was ever ready.';
  const changes = cells.some((cell) =>
    LINES.some(({ column }) => new Set(cell.replications[0].series[column].filter((value) => value !== null)).size > 1),
  );
  if (!changes) return 'No worker or machine was added or removed.';
  const { cell, value, at } = peak;
  return `Ready workers peak at ${formatPlain(value)}, under ${printable(cell.label)} at ${at}.`;
}
