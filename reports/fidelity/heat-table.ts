/** The overview of a matrix: a row for each scenario, a column for each load, once for every quantity the bar judges. */
import { FIDELITY_QUANTITIES } from '../../core/index.ts';
import type { FidelityCellResult, FidelityQuantity, FidelityResult } from '../../core/index.ts';
import { formatPlain } from '../format.ts';
import { html } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { wideTable } from '../html/tables.ts';
import { comparisonIn, differenceText, labelInGroup } from './fidelity-words.ts';
import { VERDICT_WORDS, verdictClass } from './verdict-tag.ts';

const JUDGED: readonly FidelityQuantity[] = FIDELITY_QUANTITIES.filter(({ judged }) => judged !== 'no');

/** Null where there is no matrix to overlook: a single load, or loads that are not known. */
export function heatTable({ cells, bar }: FidelityResult): Markup | null {
  const known = cells.map(({ loadPercent }) => loadPercent).filter((load) => load !== null);
  const loads = [...new Set(known)].toSorted((a, b) => a - b);
  const groups = [...new Set(cells.map(({ group }) => group))];
  if (known.length < cells.length || loads.length < 2) return null;
  const bands = html`<tr>
    <th scope="col"></th>
    ${JUDGED.map(
      ({ label, differenceUnit }) =>
        html`<th scope="colgroup" colspan="${loads.length}" class="band first">${label}, ${differenceUnit}</th>`,
    )}
  </tr>`;
  const heads = html`<tr>
    <th scope="col">scenario at a load of</th>
    ${JUDGED.map(() =>
      loads.map(
        (load, index) => html`<th scope="col" class="band${index === 0 && ' first'}">${formatPlain(load)} %</th>`,
      ),
    )}
  </tr>`;
  const rows = groups.map(
    (group) =>
      html`<tr>
        <th scope="row" class="scenario">${group}</th>
        ${JUDGED.map((quantity) =>
          loads.map((load, index) => {
            const here = cells.filter((cell) => cell.group === group && cell.loadPercent === load);
            return slot(here, quantity, index === 0);
          }),
        )}
      </tr>`,
  );
  return html`<section id="overview">
    <h2>Overview</h2>
    <p class="note">
      Simulated minus live. Within: at most ${formatPlain(bar.attainmentPointsMax)} points of attainment,
      ${formatPlain(bar.latencyShareMax * 100)} % of the live latency; the darker shade is within half of that. Noise:
      further off, but within the half-width of the live runs' own interval. Latencies are judged up to
      ${formatPlain(bar.latencyUpToLoadPercent)} % load.
    </p>
    ${wideTable(
      'Overview of the differences',
      [bands, heads],
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}

/** Usually one cell; several, such as policies of one scenario, stand below each other with their names. */
function slot(cells: readonly FidelityCellResult[], quantity: FidelityQuantity, isFirst: boolean): Markup {
  const edge = isFirst && ' first';
  if (cells.length === 0) return html`<td class="heat${edge}"></td>`;
  const found = cells.flatMap((cell) => comparisonIn(cell, quantity.name) ?? []);
  const [worst] = found.toSorted((a, b) => rankOf(b.verdict) - rankOf(a.verdict));
  const lines = cells.map((cell) => {
    const comparison = comparisonIn(cell, quantity.name);
    if (comparison === undefined) return null;
    const number = differenceText(quantity.name, comparison.difference.mean).replace(/ [^ ]+$/, '');
    return html`<span title="${cell.label}: ${comparison.verdict}. ${comparison.remark}"
      >${cells.length > 1 && html`<span class="named">${labelInGroup(cell)}</span>`}${number}<span class="word"
        >${comparison.limit === null ? 'no bar' : VERDICT_WORDS[comparison.verdict]}</span
      ></span
    >`;
  });
  return html`<td class="heat ${worst !== undefined && verdictClass(worst)}${edge}">${lines}</td>`;
}

/** The slot has the colour of the worst of its cells. */
function rankOf(verdict: FidelityCellResult['comparisons'][number]['verdict']): number {
  return ['not judged', 'within', 'within live noise', 'misses'].indexOf(verdict);
}
