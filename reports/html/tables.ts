/** The parts that tables of a report share: a frame that scrolls when the page is narrow, cells, tags. */
import type { CellResult } from '../../core/index.ts';
import { html } from './markup.ts';
import type { Insertion, Markup } from './markup.ts';

/** A table in a frame of its own, reachable by keyboard because it may scroll. */
export function wideTable(label: string, head: Insertion, body: Insertion): Markup {
  return html`<div class="wide" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        ${head}
      </thead>
      ${body}
    </table>
  </div>`;
}

/** The head of a column of numbers, with its unit below. */
export function numberHead(label: string, unit = ''): Markup {
  return html`<th scope="col" class="number">${label}${unit !== '' && html`<span class="unit">${unit}</span>`}</th>`;
}

export function textHead(label: string): Markup {
  return html`<th scope="col">${label}</th>`;
}

export function numberCell(content: Insertion): Markup {
  return html`<td class="number">${content}</td>`;
}

/** The head of a row: a cell's label, marked when the cell is invalid. */
export function cellHead({ label, verdict }: CellResult): Markup {
  return html`<th scope="row" class="name" title="${label}">${label}${verdict.valid ? null : INVALID_TAG}</th>`;
}

/** Says in words that numbers beside it cannot be trusted. */
export const INVALID_TAG: Markup = html`<span class="tag bad">invalid</span>`;
