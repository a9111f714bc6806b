/**
 * The comparison of cells: the metrics that decide, each with its half-width and its standing against the baseline,
 * grouped by grid point; and all metrics below, for those who look for another one.
 */
import { METRICS, metricNamed } from '../../core/index.ts';
import type { CellResult, ExperimentResult, MetricName } from '../../core/index.ts';
import { basisInWords } from '../claims.ts';
import { formatConfidence } from '../format.ts';
import { gridPoints, isBaseline, isProvenBest, parameterName, parameterNames, totalsOf } from '../grid.ts';
import { tableMetrics } from '../table-metrics.ts';
import { byApplication } from './by-application.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { standing, value } from './standing.ts';
import { INVALID_TAG, numberCell, numberHead, textHead, wideTable } from './tables.ts';

/** More cells than this make columns nobody reads; summary.csv has them all. */
const COLUMNS_MAX = 12;

export function comparison(result: ExperimentResult): Markup {
  const { cells } = result;
  const metrics = tableMetrics(result);
  const parameters = parameterNames(cells);
  const head = html`<tr>
    ${parameters.map((name) => textHead(parameterName(name, parameters)))}${textHead('policy')}${metrics.map((name) =>
      numberHead(metricNamed(name).label, metricNamed(name).unit),
    )}
  </tr>`;
  const body = gridPoints(cells).map(
    (point) =>
      html`<tbody>
        ${point.cells.map((cell) => row(result, cell, { metrics, parameters }))}
      </tbody>`,
  );
  return html`<section id="comparison">
    <h2>Comparison</h2>
    <p class="note">${capitalised(basisInWords(cells))}. ${standingNote(result)}</p>
    ${wideTable('Comparison of cells', head, body)} ${allMetrics(cells)} ${byApplication(result)}
  </section>`;
}

interface Columns {
  readonly metrics: readonly MetricName[];
  readonly parameters: readonly string[];
}

function row(result: ExperimentResult, cell: CellResult, { metrics, parameters }: Columns): Markup {
  const tag = cell.verdict.valid ? isBaseline(result, cell) && html`<span class="tag">baseline</span>` : INVALID_TAG;
  return html`<tr${cell.verdict.valid ? null : html` class="void"`}>${parameters.map(
    (name) => html`<td>${cell.parameters[name] ?? ''}</td>`,
  )}<th scope="row" class="name" title="${cell.label}">${cell.policy}${tag}</th>${metrics.map((name) =>
    numberCell([
      value(cell.metrics[name], metricNamed(name).unit, isProvenBest(result, cell, name)),
      standing(result, cell, { metric: name, application: null }),
    ]),
  )}</tr>`;
}

function standingNote(result: ExperimentResult): string {
  const first = totalsOf(result).find(({ difference }) => difference.halfWidth !== null);
  if (first === undefined) return result.cells.length > 1 ? 'No paired comparison could be made.' : '';
  const pairs =
    first.difference.method === 'replications' ? 'replications under the same seed' : 'equal parts of the run';
  return (
    `Below a value stands its difference to the baseline at the same grid point, with the verdict of a paired ` +
    `comparison of ${pairs} (${formatConfidence(first.difference.confidence)} interval of the difference). ` +
    `Bold is what those comparisons place ahead of every other policy at its grid point.` +
    (result.cells.every((cell) => cell.verdict.valid) ? '' : ' Invalid cells are not compared.')
  );
}

/** Every metric of every cell; a metric without any value is left out. */
function allMetrics(cells: readonly CellResult[]): Markup {
  if (cells.length > COLUMNS_MAX) {
    return html`<p class="note">
      All ${METRICS.length} metrics of the ${cells.length} cells are in <code>summary.csv</code>.
    </p>`;
  }
  const known = METRICS.filter(({ name }) => cells.some((cell) => cell.metrics[name].mean !== null));
  const head = html`<tr>
    ${textHead('metric')}${textHead('unit')}${cells.map(({ label }) => numberHead(label))}
  </tr>`;
  const rows = known.map(
    ({ name, label, unit }) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td class="muted">${unit}</td>
        ${cells.map((cell) => numberCell(value(cell.metrics[name], unit)))}
      </tr>`,
  );
  return html`<details>
    <summary>All metrics</summary>
    ${wideTable(
      'All metrics',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </details>`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
