/** How requests ended and why, and what each application got. Counts are sums over replications. */
import { METRICS, OUTCOMES } from '../../core/index.ts';
import type { CellResult, ExperimentResult, MetricName, OutcomeName } from '../../core/index.ts';
import { formatCount, formatNumber, formatValue } from '../format.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { cellHead, numberCell, numberHead, textHead, wideTable } from './tables.ts';

const ENDINGS: readonly (OutcomeName | 'unfinished')[] = [...OUTCOMES, 'unfinished'];

export function outcomes({ cells }: ExperimentResult): Markup {
  const endings = ENDINGS.filter((name) => name === 'served' || cells.some((cell) => outcomeCount(cell, name) > 0));
  const reasons = [
    ...new Set(cells.flatMap(({ replications }) => replications.flatMap((each) => Object.keys(each.reasons)))),
  ].filter((name) => cells.some((cell) => reasonCount(cell, name) > 0));
  const requests = (cell: CellResult): number => ENDINGS.reduce((sum, name) => sum + outcomeCount(cell, name), 0);
  const head = html`<tr>
    ${textHead('cell')}${numberHead('requests')}${endings.map((name) => numberHead(name))}
  </tr>`;
  const rows = cells.map((cell) => {
    const all = requests(cell);
    return html`<tr>
      ${cellHead(cell)}${numberCell(formatCount(all))}${endings.map((name) => share(outcomeCount(cell, name), all))}
    </tr>`;
  });
  const why = html`<tr>
    ${textHead('cell')}${reasons.map((name) => numberHead(name))}
  </tr>`;
  const whyRows = cells.map((cell) => {
    const all = requests(cell);
    return html`<tr>
      ${cellHead(cell)}${reasons.map((name) => share(reasonCount(cell, name), all))}
    </tr>`;
  });
  return html`<section id="outcomes">
    <h2>Outcomes</h2>
    <p class="note">
      Requests scheduled inside the measured window, summed over replications; each has one outcome, and each but a
      served one a reason.
    </p>
    ${wideTable(
      'Requests by outcome',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
    ${
      reasons.length > 0 &&
      html`<h3>By reason</h3>
        ${wideTable(
          'Requests by reason',
          why,
          html`<tbody>
            ${whyRows}
          </tbody>`,
        )}`
    }
  </section>`;
}

/** A table of applications, when there is more than one. */
export function applications({ cells }: ExperimentResult): Markup | null {
  const names = [
    ...new Set(cells.flatMap(({ replications }) => replications.flatMap((each) => Object.keys(each.byApplication)))),
  ];
  if (names.length <= 1) return null;
  const metrics = METRICS.filter(({ name }) =>
    cells.some((cell) => names.some((application) => applicationMean(cell, application, name) !== null)),
  );
  const head = html`<tr>
    ${textHead('cell')}${textHead('application')}${metrics.map(({ label, unit }) => numberHead(label, unit))}
  </tr>`;
  const body = cells.map((cell) => {
    const rows = names.map(
      (application) =>
        html`<tr>
          ${cellHead(cell)}
          <td>${application}</td>
          ${metrics.map(({ name }) => numberCell(formatValue(applicationMean(cell, application, name))))}
        </tr>`,
    );
    return html`<tbody>
      ${rows}
    </tbody>`;
  });
  return html`<section id="applications">
    <h2>Applications</h2>
    <p class="note">Means over replications, without intervals.</p>
    ${wideTable('Metrics by application', head, body)}
  </section>`;
}

function applicationMean({ replications }: CellResult, application: string, name: MetricName): number | null {
  const values = replications.map(({ byApplication }) =>
    Object.hasOwn(byApplication, application) ? byApplication[application][name] : null,
  );
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return values.length === 0 ? null : sum / values.length;
}

function outcomeCount({ replications }: CellResult, name: OutcomeName | 'unfinished'): number {
  return replications.reduce((sum, each) => sum + each.outcomes[name], 0);
}

function reasonCount({ replications }: CellResult, name: string): number {
  return replications.reduce((sum, { reasons }) => {
    const counts: Readonly<Record<string, number>> = reasons;
    return sum + (Object.hasOwn(counts, name) ? counts[name] : 0);
  }, 0);
}

function share(count: number, all: number): Markup {
  if (count === 0) return numberCell(html`<span class="muted">0</span>`);
  const percent = formatNumber((100 * count) / all, 2);
  return numberCell(html`${formatCount(count)} <span class="pm">${percent} %</span>`);
}
