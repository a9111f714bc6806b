/** What clients get over time, a panel for each cell: attainment, and the accuracy of the variants that answered. */
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import { paragraph, shownReplication } from '../claims.ts';
import { formatPlain, formatSeconds, printable } from '../format.ts';
import { PANELS_MAX, drawnCells } from './drawn-cells.ts';
import type { Figure } from './figure.ts';
import { SOLID, cellsWithSeries, linesOverTime, lowestOf } from './lines-over-time.ts';

export function attainmentOverTime(result: ExperimentResult): Figure | null {
  const cells = cellsWithSeries(result.cells, ['attainmentPercent']);
  const lowest = lowestOf(cells, 'attainmentPercent');
  if (lowest === null) return null;
  const { value, cell, at } = lowest;
  const claim =
    value === 100
      ? 'Every request was served within its objective, at all times.'
      : `Attainment is lowest under ${printable(cell.label)}: ${formatPlain(value)} % at ${at}.`;
  return figureOf(result, cells, {
    id: 'attainment-over-time',
    title: 'SLA attainment over time',
    column: 'attainmentPercent',
    measure: 'SLA attainment, %',
    claim,
    basis: 'Of the requests scheduled in each bin of',
  });
}

/** Null also where the accuracy never changes: the table says what it is. */
export function accuracyOverTime(result: ExperimentResult): Figure | null {
  const cells = cellsWithSeries(result.cells, ['accuracyPercent']).filter(changesAccuracy);
  const lowest = lowestOf(cells, 'accuracyPercent');
  if (lowest === null) return null;
  const { value, cell, at } = lowest;
  return figureOf(result, cells, {
    id: 'accuracy-over-time',
    title: 'Accuracy delivered over time',
    column: 'accuracyPercent',
    measure: 'accuracy delivered, %',
    claim: `The accuracy is lowest under ${printable(cell.label)}: ${formatPlain(value)} % at ${at}.`,
    basis: 'Means over the answered requests scheduled in each bin of',
  });
}

interface Quality {
  readonly id: string;
  readonly title: string;
  readonly column: 'attainmentPercent' | 'accuracyPercent';
  readonly measure: string;
  readonly claim: string;
  /** The sentence that ends in the width of a bin. */
  readonly basis: string;
}

function figureOf(
  result: ExperimentResult,
  cells: readonly CellResult[],
  { id, title, column, measure, claim, basis }: Quality,
): Figure {
  const drawn = drawnCells(cells, PANELS_MAX);
  const binS = formatSeconds(cells[0].replications[0].series.binS);
  return {
    id,
    title,
    caption: paragraph([
      claim,
      `${basis} ${binS}.`,
      column === 'accuracyPercent' && cells.length < result.cells.length
        ? 'Cells where it never changes are left out.'
        : '',
      shownReplication(cells),
      drawn.note,
    ]),
    spec: linesOverTime({
      cells: drawn.cells,
      lines: [{ name: measure, column, colour: 'series-1', dash: SOLID }],
      measure,
      zoomed: true,
    }),
  };
}

/** Means that differ by rounding only are the same. */
const SAME_PERCENT = 1e-6;

function changesAccuracy({ replications }: CellResult): boolean {
  const known = replications[0].series.accuracyPercent.flatMap((value) => value ?? []);
  return known.length > 0 && Math.max(...known) - Math.min(...known) > SAME_PERCENT;
}
