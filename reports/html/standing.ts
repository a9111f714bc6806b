/** A value in a table of cells, and how it stands against the baseline: "97.1 ± 0.3", "better +3.2" below it. */
import type { CellResult, ExperimentResult, IntervalResult } from '../../core/index.ts';
import { intervalIn } from '../cell-table.ts';
import type { CellRow } from '../cell-table.ts';
import { differenceUnit, formatInterval, formatSigned, measuredText } from '../format.ts';
import { baselineOf, comparisonOf } from '../grid.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';

export function value(interval: IntervalResult, unit: string, isBest = false): Markup {
  const { mean, spread } = measuredText(interval, unit);
  const beside = spread !== '' && html` <span class="pm">${spread}</span>`;
  return isBest ? html`<strong class="best">${mean}</strong>${beside}` : html`${mean}${beside}`;
}

/** "better +3.2", only where both cells can be trusted; its interval for who points at it. */
export function standing(result: ExperimentResult, cell: CellResult, row: Omit<CellRow, 'label'>): Markup | null {
  const found = comparisonOf(result, cell, row.metric, row.application);
  if (found === undefined || !cell.verdict.valid || baselineOf(result, cell)?.verdict.valid !== true) return null;
  const { difference, verdict } = found;
  const title = `${formatSigned(difference)} ${differenceUnit(row.metric)} ${formatInterval(difference).range ?? ''}`;
  return html`<span class="against" title="${title}"
    ><span class="${verdict}">${verdict}</span> ${formatSigned(difference, intervalIn(cell, row))}</span
  >`;
}
