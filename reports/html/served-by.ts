/** Who served whom: a table for each grid point, a row for each variant that answered an application. */
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import { formatCount } from '../format.ts';
import { servedPercent, servedPoints } from '../served-by.ts';
import type { Answers, ServedPoint, ServedRow } from '../served-by.ts';
import { percentText } from '../shares.ts';
import { html, unbroken } from './markup.ts';
import type { Markup } from './markup.ts';
import { INVALID_TAG, numberCell, textHead, wideTable } from './tables.ts';

/** Tables with more rows are folded. */
const OPEN_ROWS_MAX = 12;
/** Rows over all tables; result.json has them all. */
const ROWS_MAX = 2000;

export function servedBy(result: ExperimentResult): Markup | null {
  const points = servedPoints(result);
  if (points.length === 0) return null;
  let left = ROWS_MAX;
  const shown = points.flatMap(({ point, rows }) => {
    const own = rows.slice(0, left);
    left -= own.length;
    return own.length === 0 ? [] : [{ point, rows: own }];
  });
  return html`<section id="served-by">
    <h2>Who served whom</h2>
    <p class="note">
      Of the answered requests of an application, the share that each variant answered, and how many; replications are
      added up.${left === 0 && html` <code>result.json</code> has the rows that are not here.`}
    </p>
    ${shown.map(pointTable)}
  </section>`;
}

function pointTable({ point, rows }: ServedPoint): Markup {
  const title = point.label === '' ? 'Who served whom' : point.label;
  const head = html`<tr>
    ${textHead('application')}${textHead('variant')}${point.cells.map(policyHead)}
  </tr>`;
  const table = wideTable(title, head, byApplication(rows).map(group));
  if (rows.length > OPEN_ROWS_MAX) {
    return html`<details>
      <summary>${title} (${formatCount(rows.length)} rows)</summary>
      ${table}
    </details>`;
  }
  return html`${point.label !== '' && html`<h3>${point.label}</h3>`}${table}`;
}

function policyHead({ policy, verdict }: CellResult): Markup {
  return html`<th scope="col" class="number">${policy}${verdict.valid ? null : INVALID_TAG}</th>`;
}

function byApplication(rows: readonly ServedRow[]): ServedRow[][] {
  const groups: ServedRow[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.[0].application === row.application) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

function group(rows: readonly ServedRow[]): Markup {
  const [{ application }] = rows;
  const name = application ?? html`<span class="muted">all requests</span>`;
  return html`<tbody>
    ${rows.map(
      ({ variant, answers }, index) =>
        html`<tr>
          ${index === 0 ? html`<th scope="rowgroup" class="name">${name}</th>` : html`<td></td>`}
          <td>${variant}</td>
          ${answers.map(share)}
        </tr>`,
    )}
  </tbody>`;
}

function share(answers: Answers): Markup {
  const text = unbroken(percentText(servedPercent(answers)));
  if (answers.requests === 0) return numberCell(html`<span class="muted">${text}</span>`);
  return numberCell(html`${text} <span class="pm">${formatCount(answers.requests)}</span>`);
}
