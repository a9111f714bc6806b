/** What each metric means, from the list that defines them. */
import { METRICS } from '../../core/index.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { textHead, wideTable } from './tables.ts';

const DIRECTIONS = {
  'higher-is-better': 'higher is better',
  'lower-is-better': 'lower is better',
  neutral: '',
} as const;

export function definitions(): Markup {
  const head = html`<tr>
    ${['metric', 'in files', 'unit', 'direction', 'definition'].map(textHead)}
  </tr>`;
  const rows = METRICS.map(
    ({ name, label, unit, direction, doc }) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td><code>${name}</code></td>
        <td>${unit}</td>
        <td class="muted">${DIRECTIONS[direction]}</td>
        <td>${doc}</td>
      </tr>`,
  );
  return html`<section id="definitions">
    <h2>Definitions</h2>
    <p class="note">
      Over the requests scheduled inside the measured window, unless a definition says otherwise. Latency counts from
      the scheduled time of a request, not from when it could be sent.
    </p>
    ${wideTable(
      'Definitions of the metrics',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}
