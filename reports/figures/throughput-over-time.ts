/** What was asked for and what came of it over time: offered, answered and lost requests, a panel for each cell. */
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import { paragraph, shownReplication } from '../claims.ts';
import { formatPlain, printable } from '../format.ts';
import { PANELS_MAX, drawnCells } from './drawn-cells.ts';
import type { Figure } from './figure.ts';
import { BOLD, DOTTED, SOLID, cellsWithSeries, linesOverTime } from './lines-over-time.ts';
import type { TimeLine } from './lines-over-time.ts';

const OFFERED: TimeLine = { name: 'offered', column: 'offeredRps', colour: 'band', dash: SOLID, width: BOLD };
const ANSWERED: TimeLine = { name: 'answered', column: 'answeredRps', colour: 'series-1', dash: SOLID };
const LOST: TimeLine = {
  name: 'refused, expired, failed or cancelled',
  column: 'lostRps',
  colour: 'series-2',
  dash: DOTTED,
};

export function throughputOverTime(result: ExperimentResult): Figure | null {
  const cells = cellsWithSeries(result.cells, ['offeredRps', 'answeredRps']);
  if (cells.length === 0) return null;
  const lost = cells.map(lostShare);
  const most = Math.max(...lost);
  const claim =
    most === 0
      ? 'No request was refused, expired, failed or cancelled.'
      : `Most is lost under ${printable(cells[lost.indexOf(most)].label)}: ${formatPlain(100 * most)} % of what was offered.`;
  const drawn = drawnCells(cells, PANELS_MAX);
  return {
    id: 'throughput-over-time',
    title: 'Throughput over time, against the offered load',
    caption: paragraph([
      claim,
      'Answers and losses count when they happen, offers when they were scheduled.',
      shownReplication(cells),
      drawn.note,
    ]),
    spec: linesOverTime({
      cells: drawn.cells,
      lines: most === 0 ? [OFFERED, ANSWERED] : [OFFERED, ANSWERED, LOST],
      measure: 'requests per second',
    }),
  };
}

/** Lost requests over offered ones, in the first replication. */
function lostShare(cell: CellResult): number {
  const { series } = cell.replications[0];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const offered = sum(series.offeredRps);
  return offered === 0 ? 0 : sum(series.lostRps) / offered;
}
