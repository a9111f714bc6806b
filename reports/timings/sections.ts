/** The sections of the timings page: what forbids belief, medians side by side, percentiles, functions, provenance. */
import { stringify } from 'yaml';
import { TIMINGS_PARTS } from '../../core/index.ts';
import type { TimingsCell, TimingsEstimate, TimingsPart, TimingsPhaseName, TimingsResult } from '../../core/index.ts';
import { NOTHING, formatCount, formatInstant, formatPlain, formatSeconds, formatValue } from '../format.ts';
import { html } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { numberCell, numberHead, textHead, wideTable } from '../html/tables.ts';
import { capital, estimateParts } from './words.ts';

export function verdictSection({ verdict, complete, noise }: TimingsResult): Markup {
  const state = verdict.valid ? 'Valid' : complete ? 'Invalid' : 'Interrupted';
  const spread = noise.spreadPercent === null ? 'is unknown' : `was ${noise.spreadPercent.toFixed(0)} %`;
  const sentence = verdict.valid
    ? `Every process and request was measured as asked; the machine's own spread ${spread} (limit ${noise.limitPercent} %).`
    : 'Read the problems below before any number.';
  return html`<section class="verdict${verdict.valid ? '' : ' invalid'}" aria-label="Verdict">
      <span class="status">${state}</span>
      <p>${sentence}</p>
    </section>
    ${
      verdict.problems.length > 0 &&
      html`<section class="alarm" role="alert">
        <h2>Do not trust all of these numbers</h2>
        <ul>
          ${verdict.problems.map(({ code, message, advice }) => html`<li><strong>${message}</strong> <code>${code}</code><br />What to do: ${advice}.</li>`)}
        </ul>
      </section>`
    }
    ${
      verdict.notes.length > 0 &&
      html`<section class="notes">
        <h3>To know when reading</h3>
        <ul>
          ${verdict.notes.map((note) => html`<li>${capital(note)}.</li>`)}
        </ul>
      </section>`
    }`;
}

/** Medians of all parts, a row for each cell. */
export function sideBySide({ cells, rules }: TimingsResult, phase: TimingsPhaseName): Markup | null {
  const shown = shownCells(cells, phase);
  if (shown.length === 0) return null;
  const percents = rules.percentiles[phase].map(({ percent }) => percent);
  const middle = percents.includes(50) ? 50 : percents[0];
  const parts = TIMINGS_PARTS[phase];
  const head = html`<tr>
    ${textHead('model and setting')}${parts.map(({ label, sum }) => numberHead(sum ? `= ${label}` : label, 'ms'))}
  </tr>`;
  const rows = shown.map(
    (cell) =>
      html`<tr>
        <th scope="row" class="name" title="${cell.label}">${cell.label}</th>
        ${parts.map(({ name, sum }) => numberCell(estimateMarkup(percentileOf(partOf(cell, phase, name), middle), sum)))}
      </tr>`,
  );
  return html`<h3>${middle === 50 ? 'Medians' : `p${middle ?? ''}`}, side by side</h3>
    ${wideTable(
      `Medians of ${phase}`,
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}`;
}

/** Every part of every cell with all its percentiles. */
export function percentiles({ cells, rules }: TimingsResult, phase: TimingsPhaseName): Markup | null {
  const shown = shownCells(cells, phase);
  if (shown.length === 0) return null;
  const wanted = rules.percentiles[phase];
  const head = html`<tr>
    ${textHead('part')}${numberHead('samples')}${numberHead('mean', 'ms')}${numberHead('least', 'ms')}${wanted.map(
      ({ percent, needed }) => numberHead(`p${formatPlain(percent)}`, `ms, needs ${formatCount(needed)}`),
    )}${numberHead('most', 'ms')}
  </tr>`;
  const bodies = shown.map(
    (cell) =>
      html`<tbody>
        <tr>
          <th colspan="${wanted.length + 5}" scope="rowgroup">${cell.label}</th>
        </tr>
        ${(cell[phase]?.parts ?? []).map((part) => partRow(part, phase))}
      </tbody>`,
  );
  return html`<h3>Percentiles</h3>
    ${wideTable(`Percentiles of ${phase}`, head, bodies)}`;
}

function partRow(part: TimingsPart, phase: TimingsPhaseName): Markup {
  const info = TIMINGS_PARTS[phase].find(({ name }) => name === part.part);
  const sum = info?.sum === true;
  return html`<tr>
    <td title="${info?.doc ?? ''}">${sum ? '= ' : ''}${info?.label ?? part.part}</td>
    ${numberCell(html`${formatCount(part.samples)} <span class="pm">${samplesOf(info?.sampleOf)}</span>`)}
    ${numberCell(estimateMarkup(part.mean, sum))}${numberCell(formatValue(part.minMs))}
    ${part.percentiles.map(({ estimate }) => numberCell(estimateMarkup(estimate, sum)))}${numberCell(formatValue(part.maxMs))}
  </tr>`;
}

export function microSection({ micro }: TimingsResult): Markup | null {
  if (micro.length === 0) return null;
  const head = html`<tr>
    ${textHead('function')}${textHead('of')}${numberHead('median', 'µs')}${numberHead('p99', `µs, needs ${formatCount(micro[0].p99Needed)} calls a round`)}${numberHead('calls')}${numberHead('rounds')}${numberHead('rounds for ±1 %')}
  </tr>`;
  const rows = micro.map(
    ({ name, doc, medianUs, lowUs, highUs, p99Us, samples, rounds, roundsNeeded }) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${doc}</td>
        ${numberCell(estimateMarkup({ valueMs: medianUs, lowMs: lowUs, highMs: highUs }, false))}${numberCell(formatValue(p99Us))}
        ${numberCell(formatCount(samples))}${numberCell(formatCount(rounds))}${numberCell(formatCount(roundsNeeded))}
      </tr>`,
  );
  return html`<section id="functions">
    <h2>Single functions</h2>
    <p class="note">
      Functions of pre- and postprocessing called back to back in one process, by tinybench; they took turns in rounds,
      and the interval is Student's over the rounds. A loop is kind to caches: within a request they take longer.
    </p>
    ${wideTable(
      'Single functions',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}

export function subjectsSection({ subjects }: TimingsResult): Markup {
  const head = html`<tr>
    ${['model', 'origin', 'precision'].map(textHead)}${numberHead('size', 'MB')}${['handler', 'requests carry', 'sha256'].map(textHead)}
  </tr>`;
  const rows = subjects.map(
    ({ name, origin, precision, bytes, handler, images, sha256 }) =>
      html`<tr>
        <th scope="row" class="name">${name}</th>
        <td>${origin}</td>
        <td>${precision}</td>
        ${numberCell(formatValue(bytes / 1e6))}
        <td>${handler}</td>
        <td>${images}</td>
        <td class="digest">${sha256.slice(0, 12)}…</td>
      </tr>`,
  );
  return html`<section id="models">
    <h2>Models</h2>
    ${wideTable(
      'Models',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}

export function definitionsSection({ rules }: TimingsResult): Markup {
  const list = (phase: TimingsPhaseName): Markup[] =>
    TIMINGS_PARTS[phase].map(
      ({ label, doc, sampleOf }) =>
        html`<dt>${label}</dt>
          <dd>${doc}; a sample for each ${sampleOf}</dd>`,
    );
  return html`<section id="definitions">
    <h2>Definitions</h2>
    <h3>Init</h3>
    <dl class="facts">${list('init')}</dl>
    <h3>Handle</h3>
    <dl class="facts">${list('handle')}</dl>
    <h3>Statistics</h3>
    <p>
      Intervals are of ${rules.confidence * 100} %, by a bootstrap that draws whole processes (init) or whole turns
      (handle) anew, ${formatCount(rules.resamples)} times: times of one process hang together, so requests are never
      taken for independent. Fewer than ${rules.unitsMin} units give no interval. A percentile is given only when the
      sample is as large as LoadGen's early-stopping rule asks for one value beyond it at 99 % confidence; what a batch
      shares is one sample for each batch.
    </p>
  </section>`;
}

export function provenanceSection({
  command,
  configHash,
  seed,
  environment,
  stamp,
  noise,
  config,
}: TimingsResult): Markup {
  const kernel = [...noise.kernelMs].sort((a, b) => a - b);
  return html`<section id="reproduction">
    <h2>Reproduction</h2>
    <p>This command repeats the run; on the clock no two runs are alike.</p>
    <pre>${command}</pre>
    <dl class="facts">
      <dt>hash of the config</dt>
      <dd class="digest">${configHash}</dd>
      <dt>seed</dt>
      <dd class="digest">${seed}</dd>
      <dt>Rehearse</dt>
      <dd>${environment.rehearse}</dd>
      ${Object.entries(stamp).map(
        ([name, text]) =>
          html`<dt>${name.replaceAll('_', ' ')}</dt>
            <dd>${text}</dd>`,
      )}
      <dt>other processes, other guests</dt>
      <dd>${shareText(noise.othersPercent)}, ${shareText(noise.stealPercent)}</dd>
      <dt>reference kernel</dt>
      <dd>
        ${formatCount(kernel.length)} times,
        ${kernel.length === 0 ? NOTHING : html`${formatValue(kernel[0])} to ${formatValue(kernel[kernel.length - 1])} ms`}
      </dd>
      <dt>started</dt>
      <dd>${formatInstant(environment.startedAt)}, took ${formatSeconds(environment.wallS)}</dd>
    </dl>
    <details>
      <summary>Resolved config, every default filled in</summary>
      <pre>${stringify(config, { aliasDuplicateObjects: false, lineWidth: 110 }).trimEnd()}</pre>
    </details>
  </section>`;
}

function shareText(percent: number | null): string {
  return percent === null ? 'unknown' : `${percent.toFixed(0)} % of one core`;
}

function shownCells(cells: readonly TimingsCell[], phase: TimingsPhaseName): TimingsCell[] {
  return cells.filter((cell) => (cell[phase]?.parts.length ?? 0) > 0);
}

function partOf(cell: TimingsCell, phase: TimingsPhaseName, name: string): TimingsPart | undefined {
  return cell[phase]?.parts.find(({ part }) => part === name);
}

function percentileOf(part: TimingsPart | undefined, percent: number | undefined): TimingsEstimate | null {
  return part?.percentiles.find((each) => each.percent === percent)?.estimate ?? null;
}

function estimateMarkup(estimate: TimingsEstimate | null, strong: boolean): Markup {
  if (estimate === null) return html`<span class="muted">${NOTHING}</span>`;
  const { value, range } = estimateParts(estimate);
  return html`${strong ? html`<strong>${value}</strong>` : value}${range !== '' && html`<span class="against">${range}</span>`}`;
}

function samplesOf(kind: 'process' | 'request' | 'batch' | undefined): string {
  return kind === 'process' ? 'processes' : kind === 'batch' ? 'batches' : 'requests';
}
