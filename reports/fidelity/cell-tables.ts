/** The tables of cells: the judged figures of every cell side by side, and all quantities of each in full. */
import { fidelityQuantity } from '../../core/index.ts';
import type { FidelityCellResult, FidelityQuantityName, FidelityResult } from '../../core/index.ts';
import { formatCount, formatNumber, formatValue } from '../format.ts';
import { html, unbroken } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { numberCell, numberHead, textHead, wideTable } from '../html/tables.ts';
import { cellName, comparisonIn, differenceText, labelInGroup, loadText, sideText } from './fidelity-words.ts';
import { verdictClass, verdictTag } from './verdict-tag.ts';

/** What tells in a glance whether the worlds agree, and where they part; the full tables have the rest. */
const SHOWN: readonly FidelityQuantityName[] = [
  'attainment_percent',
  'latency_p50_ms',
  'latency_p99_ms',
  'latency_mean_ms',
  'infer_mean_ms',
  'throughput_inputs_per_s',
  'batch_mean_inputs',
  'workers_mean',
];

export function cellsTable(result: FidelityResult): Markup {
  const groups = [...new Set(result.cells.map(({ group }) => group))];
  const hasLoads = result.cells.some(({ loadPercent }) => loadPercent !== null);
  const head = html`<tr>
    ${textHead('cell')}${hasLoads && numberHead('load')}${numberHead('runs')}${SHOWN.map((name) => {
      const { label, unit } = fidelityQuantity(name);
      return numberHead(label, unit);
    })}
  </tr>`;
  const bodies = groups.map(
    (group) =>
      html`<tbody>
        ${
          groups.length > 1 &&
          html`<tr>
            <th colspan="${SHOWN.length + (hasLoads ? 3 : 2)}" scope="rowgroup" class="claim">${group}</th>
          </tr>`
        }
        ${result.cells.filter((cell) => cell.group === group).map((cell) => row(cell, hasLoads))}
      </tbody>`,
  );
  return html`<section id="cells">
    <h2>Side by side</h2>
    <p class="note">
      In every field the simulated value, the live one, and simulated minus live: in points of attainment, in percent of
      the live mean for everything else. Point at a verdict to read what it rests on.
    </p>
    ${wideTable('Cells side by side', head, bodies)}
  </section>`;
}

function row(cell: FidelityCellResult, hasLoads: boolean): Markup {
  return html`<tr>
    <th scope="row" class="name" title="${cell.label}">${labelInGroup(cell)}</th>
    ${hasLoads && numberCell(unbroken(loadText(cell)))}${numberCell(formatCount(cell.pairs))}${SHOWN.map((name) => field(cell, name))}
  </tr>`;
}

function field(cell: FidelityCellResult, name: FidelityQuantityName): Markup {
  const found = comparisonIn(cell, name);
  if (found === undefined) return numberCell(null);
  const side = (label: string, value: string): Markup => html`<span class="side">${label} ${unbroken(value)}</span>`;
  return html`<td class="figure ${found.limit !== null && verdictClass(found)}">
    ${side('sim', formatValue(found.simulated.mean))}${side('live', sideText(found.live))}<span class="gap"
      ><strong>${unbroken(differenceText(name, found.difference.mean))}</strong></span
    >${verdictTag(found)}
  </td>`;
}

/** Every quantity of every cell, with the intervals of both sides and of the difference; folded away. */
export function fullTables({ cells }: FidelityResult): Markup {
  return html`<section id="quantities">
    <h2>All quantities</h2>
    ${cells.map(
      (cell) =>
        html`<details>
          <summary>${cellName({ group: cell.group, cell: cell.label }, { cells })}</summary>
          ${fullTable(cell)}${
            cell.notes.length > 0 &&
            html`<ul class="note">
              ${cell.notes.map((note) => html`<li>${note}</li>`)}
            </ul>`
          }
        </details>`,
    )}
  </section>`;
}

function fullTable(cell: FidelityCellResult): Markup {
  const head = html`<tr>
    ${textHead('quantity')}${numberHead('simulated')}${numberHead('live')}${numberHead('difference')}${numberHead('its interval')}${numberHead('limit')}${textHead('verdict')}${textHead('rests on')}
  </tr>`;
  const rows = cell.comparisons.map((each) => {
    const { label, unit, differenceUnit } = fidelityQuantity(each.quantity);
    const { low, high } = each.difference;
    const range = low === null || high === null ? '' : `${signed(low)} to ${signed(high)} ${differenceUnit}`;
    return html`<tr>
      <th scope="row">${label} <span class="muted">${unit}</span></th>
      ${numberCell(unbroken(sideText(each.simulated)))}${numberCell(unbroken(sideText(each.live)))}
      ${numberCell(unbroken(differenceText(each.quantity, each.difference.mean)))}${numberCell(range)}
      ${numberCell(each.limit === null ? null : `${formatNumber(each.limit, 1)} ${differenceUnit}`)}
      <td>${verdictTag(each) ?? html`<span class="muted">no bar</span>`}</td>
      <td class="reason muted">${each.remark}</td>
    </tr>`;
  });
  return wideTable(
    `All quantities of ${cell.label}`,
    head,
    html`<tbody>
      ${rows}
    </tbody>`,
  );
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${formatNumber(value, 1)}`;
}
