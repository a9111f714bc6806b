/** The page of a comparison: the verdict, the overview of a matrix, the cells, the figures, and what it leaves out. */
import type { FidelityCellResult, FidelityResult } from '../../core/index.ts';
import { FIDELITY_QUANTITIES } from '../../core/index.ts';
import { formatConfidence, formatInstant, formatPlain } from '../format.ts';
import { html, trusted, unbroken } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { page } from '../html/page.ts';
import { numberCell, numberHead, textHead, wideTable } from '../html/tables.ts';
import type { RenderedFigure } from '../render-figure.ts';
import { cellsTable, fullTables } from './cell-tables.ts';
import { FIDELITY_STYLE } from './fidelity-style.ts';
import { cellName, differenceText, extremeText, fidelitySentence } from './fidelity-words.ts';
import { heatTable } from './heat-table.ts';

/** The drawn figures of the cells that belong together. */
export interface GroupFigures {
  readonly group: string;
  readonly distributions: RenderedFigure | null;
  readonly overTime: readonly RenderedFigure[];
  /** Lines that were not drawn because they never changed. */
  readonly constant: readonly string[];
}

/** Groups whose time lines are open from the start; of more, a reader opens what the overview points to. */
const OPEN_GROUPS_MAX = 2;

/** Misses in the list at the top; the tables mark all. */
const MISSES_MAX = 20;

/** The whole page. */
export function fidelityPage(result: FidelityResult, figures: readonly GroupFigures[]): string {
  const sections = [
    { id: 'overview', title: 'Overview', content: heatTable(result) },
    { id: 'cells', title: 'Side by side', content: result.cells.length === 0 ? null : cellsTable(result) },
    { id: 'figures', title: 'Figures', content: figuresSection(figures) },
    { id: 'left-out', title: 'Runs left out', content: leftOut(result) },
    { id: 'excluded', title: 'What is excluded', content: excluded(result) },
    { id: 'quantities', title: 'All quantities', content: fullTables(result) },
    { id: 'judging', title: 'How it is judged', content: judging(result) },
    { id: 'reproduction', title: 'Reproduction', content: reproduction(result) },
  ].filter(({ content }) => content !== null);
  return page(
    `${result.name}, simulated beside live`,
    html`
      <style>
        ${trusted(FIDELITY_STYLE)}
      </style>
      ${header(result)}
      <nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
      ${sections.map(({ content }) => content)}
      <footer>
        Made by Rehearse ${result.environment.rehearse} from <code>fidelity.json</code>; <code>rehearse report</code>
        makes it again.
      </footer>
    `,
  );
}

const STANDINGS = {
  met: { status: 'Bar met', style: '' },
  missed: { status: 'Bar missed', style: ' invalid' },
  undecided: { status: 'Undecided', style: ' open' },
} as const;

function header(result: FidelityResult): Markup {
  const { name, question, environment, summary, notes } = result;
  const { status, style } = STANDINGS[summary.verdict];
  const missed = summary.worst.filter(({ verdict }) => verdict === 'misses');
  return html`<header>
      <div class="kicker">
        Rehearse fidelity · simulated beside live · live runs started ${formatInstant(environment.startedAt)}
      </div>
      <h1>${name}</h1>
      ${question !== '' && html`<p class="question">${question}</p>`}
    </header>
    <section class="verdict${style}" aria-label="Verdict">
      <span class="status">${status}</span>
      <p>${unbroken(fidelitySentence(result))}</p>
    </section>
    ${
      missed.length > 0 &&
      html`<section class="notes">
        <h3>What misses the bar, the worst first</h3>
        <ul>
          ${missed
            .slice(0, MISSES_MAX)
            .map((each) => html`<li>${unbroken(extremeText(each, result))}${partsText(result, each)}</li>`)}
          ${missed.length > MISSES_MAX && html`<li>and ${missed.length - MISSES_MAX} more, in the tables below</li>`}
        </ul>
      </section>`
    }
    ${
      notes.length > 0 &&
      html`<section class="notes">
        <h3>To know when reading</h3>
        <ul>
          ${notes.map((note) => html`<li>${note}</li>`)}
        </ul>
      </section>`
    }`;
}

/** Where a latency comes from: a miss in execution is one of the latency table, a miss in waiting alone is not. */
function partsText({ cells }: FidelityResult, { group, cell }: { group: string; cell: string }): string {
  const found = cells.find((each) => each.group === group && each.label === cell);
  const [execution, queueing] = (['infer_mean_ms', 'queue_mean_ms'] as const).map((name) =>
    differenceText(name, found?.comparisons.find(({ quantity }) => quantity === name)?.difference.mean ?? null),
  );
  return ` (mean execution ${execution}, mean queueing ${queueing})`;
}

function figuresSection(groups: readonly GroupFigures[]): Markup | null {
  if (groups.every(({ distributions, overTime }) => distributions === null && overTime.length === 0)) return null;
  return html`<section id="figures">
    <h2>Figures</h2>
    ${groups.map(({ group, distributions, overTime, constant }) => {
      const unchanged = constant.length > 0 && constant.join(', ').toLowerCase();
      const lines = html`${overTime.map(figure)}${
        unchanged !== false && html`<p class="note">Not drawn, since it never changed: ${unchanged}.</p>`
      }`;
      return html`<h3 class="group">${group}</h3>
        ${distributions !== null && figure(distributions)}
        <details${trusted(groups.length <= OPEN_GROUPS_MAX ? ' open' : '')}>
          <summary>Over time</summary>
          ${lines}
        </details>`;
    })}
  </section>`;
}

function figure({ id, title, caption, svg }: RenderedFigure): Markup {
  return html`<figure id="figure-${id}">
    <h3>${title}</h3>
    <div class="plot">${trusted(svg)}</div>
    <figcaption>${unbroken(caption)}</figcaption>
  </figure> `;
}

function leftOut(result: FidelityResult): Markup | null {
  const runs = result.leftOut;
  if (runs.length === 0) return null;
  const head = html`<tr>
    ${textHead('cell')}${textHead('world')}${numberHead('replication')}${textHead('why')}
  </tr>`;
  const rows = runs.map(
    (each) =>
      html`<tr>
        <th scope="row" class="name">${cellName(each, result)}</th>
        <td>${each.world}</td>
        ${numberCell(each.replication)}
        <td class="reason">${each.problem.message}; ${each.problem.advice} <code>${each.problem.code}</code></td>
      </tr>`,
  );
  return html`<section id="left-out">
    <h2>Runs left out</h2>
    <p class="note">An invalid run is compared with nothing, and takes its partner along.</p>
    ${wideTable(
      'Runs left out',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}

function excluded({ excluded: entries }: FidelityResult): Markup | null {
  if (entries.length === 0) return null;
  const rows = entries.map(
    ({ what, where, why }) =>
      html`<tr>
        <th scope="row">${what}</th>
        <td>${where}</td>
        <td class="reason">${why}</td>
      </tr>`,
  );
  return html`<section id="excluded">
    <h2>What is excluded, and why</h2>
    ${wideTable(
      'What is excluded',
      html`<tr>
        ${textHead('what')}${textHead('where it exists')}${textHead('why it is left out')}
      </tr>`,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}

function judging({ bar, confidence, cells }: FidelityResult): Markup {
  const method = cells.some((cell: FidelityCellResult) => cell.pairs > 1)
    ? 'Student t over the replications of a cell; of a single pair of runs, over the jackknife parts of its window'
    : 'over the jackknife parts of the window of a run, where they do not depend on each other';
  return html`<section id="judging">
    <h2>How it is judged</h2>
    <ul>
      <li>
        SLA attainment: at most ${formatPlain(bar.attainmentPointsMax)} points from the live mean in every cell,
        ${formatPlain(bar.attainmentPointsMeanMax)} on average over the cells, at every load.
      </li>
      <li>
        p50 and p99, up to ${formatPlain(bar.latencyUpToLoadPercent)} % load: within
        ${formatPlain(bar.latencyShareMax * 100)} % of the live mean, or within the half-width of the live runs' own
        interval where that is larger and the interval of the paired difference contains 0: the live interval also holds
        what every run met anew and both runs of a pair were told. The verdict says which of the two applied.
      </li>
      <li>
        A percentile takes n ≥ 10 / (1 − p) answered requests in every run: 20 for p50, 100 for p90, 1,000 for p99.
      </li>
      <li>Intervals hold with ${formatConfidence(confidence)} confidence: ${method}.</li>
      <li>The same requests on both sides: pairs share their seed or trace, and differences are paired.</li>
    </ul>
    <dl class="facts">
      ${FIDELITY_QUANTITIES.map(
        ({ label, unit, doc }) =>
          html`<dt>${label}${unit !== '' && `, ${unit}`}</dt>
            <dd>${doc}</dd>`,
      )}
    </dl>
  </section>`;
}

function reproduction({ command, environment }: FidelityResult): Markup {
  return html`<section id="reproduction">
    <h2>Reproduction</h2>
    <pre>${command}</pre>
    <dl class="facts">
      <dt>Rehearse</dt>
      <dd>${environment.rehearse}</dd>
      <dt>Node, V8</dt>
      <dd>${environment.node}, ${environment.v8}</dd>
      <dt>machine of the live runs</dt>
      <dd>${environment.platform}, ${environment.cpu}, ${environment.cores} cores</dd>
    </dl>
  </section>`;
}
