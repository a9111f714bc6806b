/** How each application fares: in time, how late, and how that stands against the baseline. Folded: it is long. */
import { metricNamed } from '../../core/index.ts';
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import { applicationBasis, toldApplications, toldMetrics } from '../application-table.ts';
import { intervalIn } from '../cell-table.ts';
import type { CellRow } from '../cell-table.ts';
import { formatCount } from '../format.ts';
import { gridPoints } from '../grid.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { standing, value } from './standing.ts';
import { cellHead, numberCell, numberHead, textHead, wideTable } from './tables.ts';

/** Rows of the table; result.json has them all. */
const ROWS_MAX = 2000;

/** The table, when there are several applications that are told one by one. */
export function byApplication(result: ExperimentResult): Markup | null {
  const applications = toldApplications(result);
  const metrics = toldMetrics(result);
  if (applications.length === 0 || metrics.length === 0) return null;
  const head = html`<tr>
    ${textHead('application')}${textHead('cell')}${metrics.map((name) =>
      numberHead(metricNamed(name).label, metricNamed(name).unit),
    )}
  </tr>`;
  const groups = gridPoints(result.cells).flatMap(({ cells }) => applications.map((name) => ({ name, cells })));
  const shown = groups.slice(0, Math.max(1, Math.floor(ROWS_MAX / groups[0].cells.length)));
  const body = shown.map(
    ({ name, cells }) =>
      html`<tbody>
        ${cells.map(
          (cell) =>
            html`<tr${cell.verdict.valid ? null : html` class="void"`}><td>${name}</td>${cellHead(cell)}${metrics.map(
              (metric) => numberCell(content(result, cell, { metric, application: name })),
            )}</tr>`,
        )}
      </tbody>`,
  );
  const cut = shown.length < groups.length && html` <code>result.json</code> has the rows that are not here.`;
  return html`<details>
    <summary>By application (${formatCount(applications.length)})</summary>
    <p class="note">${applicationBasis(result)}${cut}</p>
    ${wideTable('Comparison by application', head, body)}
  </details>`;
}

function content(result: ExperimentResult, cell: CellResult, row: Omit<CellRow, 'label'>): Markup | null {
  const interval = intervalIn(cell, row);
  return interval === undefined
    ? null
    : html`${value(interval, metricNamed(row.metric).unit)}${standing(result, cell, row)}`;
}
