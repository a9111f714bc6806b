/** Inputs that wait and inputs that run over time, a panel for each cell. */
import type { ExperimentResult } from '../../core/index.ts';
import { paragraph, shownReplication } from '../claims.ts';
import { formatPlain, printable } from '../format.ts';
import { PANELS_MAX, drawnCells } from './drawn-cells.ts';
import type { Figure } from './figure.ts';
import { DASHED, SOLID, cellsWithSeries, linesOverTime, peakOf } from './lines-over-time.ts';
import type { TimeLine } from './lines-over-time.ts';

const LINES: readonly TimeLine[] = [
  { name: 'waiting', column: 'queuedInputs', colour: 'series-2', dash: SOLID },
  { name: 'running', column: 'runningInputs', colour: 'series-1', dash: DASHED },
];

export function queueOverTime(result: ExperimentResult): Figure | null {
  const cells = cellsWithSeries(result.cells, ['queuedInputs', 'runningInputs']);
  if (cells.length === 0) return null;
  const peak = peakOf(cells, 'queuedInputs');
  const claim =
    peak === null || peak.value === 0
      ? 'Nothing ever waited.'
      : `The queue is longest under ${printable(peak.cell.label)}: ${formatPlain(peak.value)} inputs at ${peak.at}.`;
  const drawn = drawnCells(cells, PANELS_MAX);
  return {
    id: 'queue-over-time',
    title: 'Queue depth over time',
    caption: paragraph([claim, 'Means of the samples in each bin.', shownReplication(cells), drawn.note]),
    spec: linesOverTime({ cells: drawn.cells, lines: LINES, measure: 'inputs' }),
  };
}
