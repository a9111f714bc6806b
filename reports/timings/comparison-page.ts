/** Two runs of timings side by side as one page. */
import type { TimingsComparedRun, TimingsComparison, TimingsComparisonRow } from '../../core/index.ts';
import { formatCount, formatInstant, formatNumber, formatValue } from '../format.ts';
import { html } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { page } from '../html/page.ts';
import { INVALID_TAG, numberCell, numberHead, textHead, wideTable } from '../html/tables.ts';
import { labelOf } from './timings-text.ts';
import { ratioText } from './words.ts';

const CLASSES = { faster: 'better', slower: 'worse', undecided: 'muted' } as const;

export function comparisonPage(comparison: TimingsComparison): string {
  const { a, b, confidence, resamples, kernelRatio, rows, notes } = comparison;
  const decided = (verdict: TimingsComparisonRow['verdict']): number =>
    rows.filter((row) => row.verdict === verdict).length;
  const labels = [...new Set(rows.map(({ label }) => label))];
  const head = html`<tr>
    ${textHead('phase')}${textHead('part')}${numberHead('median A', 'ms')}${numberHead('median B', 'ms')}${numberHead('B / A', `${confidence * 100} % interval`)}${textHead('B is')}${numberHead('samples', 'A, B')}
  </tr>`;
  return page(
    'Timings compared',
    html`
      <header>
        <div class="kicker">Rehearse timings · two runs</div>
        <h1>${a.name}${a.name === b.name ? '' : ` and ${b.name}`}</h1>
        <p class="question">
          Of ${rows.length} parts, B is faster in ${decided('faster')}, slower in ${decided('slower')}, and in
          ${decided('undecided')} the runs do not tell.
        </p>
      </header>
      <dl class="facts">
        ${runFacts('A', a)} ${runFacts('B', b)}
        <dt>reference kernel, B / A</dt>
        <dd>${kernelRatio === null ? 'unknown' : formatNumber(kernelRatio, 3)}</dd>
      </dl>
      ${
        notes.length > 0 &&
        html`<section class="notes">
          <h3>To know when reading</h3>
          <ul>
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>
        </section>`
      }
      <section id="parts">
        <h2>Part by part</h2>
        <p class="note">
          Ratio of the medians; its interval by a bootstrap that draws the processes or turns of both runs anew,
          ${formatCount(resamples)} times. B is told as faster or slower where the interval lies beyond both 1 and the
          ratio of the reference kernels: what the machine's own change explains is undecided. Each holds by itself: of
          twenty true ties one looks decided.
        </p>
        ${wideTable(
          'Parts',
          head,
          labels.map(
            (label) =>
              html`<tbody>
                <tr>
                  <th colspan="7" scope="rowgroup">${label}</th>
                </tr>
                ${rows.filter((row) => row.label === label).map(rowMarkup)}
              </tbody>`,
          ),
        )}
      </section>
    `,
  );
}

function rowMarkup(row: TimingsComparisonRow): Markup {
  return html`<tr>
    <td>${row.phase}</td>
    <td>${labelOf(row)}</td>
    ${numberCell(formatValue(row.medianAMs))}${numberCell(formatValue(row.medianBMs))}${numberCell(ratioText(row))}
    <td><span class="${CLASSES[row.verdict]}">${row.verdict}</span></td>
    ${numberCell(`${formatCount(row.samplesA)}, ${formatCount(row.samplesB)}`)}
  </tr>`;
}

function runFacts(name: string, { folder, startedAt, machine, valid }: TimingsComparedRun): Markup {
  return html`<dt>${name}</dt>
    <dd>${folder}, ${formatInstant(startedAt)}, ${machine}${valid ? null : INVALID_TAG}</dd>`;
}
