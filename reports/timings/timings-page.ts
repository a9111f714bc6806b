/** The timings as one page, from the answer down to the evidence; it opens offline, loads nothing and runs no script. */
import type { TimingsPhaseName, TimingsResult } from '../../core/index.ts';
import { formatInstant } from '../format.ts';
import { html, trusted, unbroken } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { page } from '../html/page.ts';
import type { RenderedFigure } from '../render-figure.ts';
import {
  definitionsSection,
  microSection,
  percentiles,
  provenanceSection,
  sideBySide,
  subjectsSection,
  verdictSection,
} from './sections.ts';

const TITLES: Readonly<Record<TimingsPhaseName, { readonly title: string; readonly note: string }>> = {
  init: {
    title: 'Init',
    note: 'From a fresh process to a session that has run once. The models took turns; their files were in the page cache.',
  },
  handle: {
    title: 'Handle',
    note:
      'From the scheduled time of a request to its answer, with the actors of a live service. Parts without “=” add up ' +
      'to the latency; the models took turns, each turn on a fresh engine process after one unmeasured batch.',
  },
};

/** @param figures as drawn by `renderFigure`, by phase. */
export function timingsPage(
  result: TimingsResult,
  figures: Readonly<Record<TimingsPhaseName, readonly RenderedFigure[]>>,
): string {
  const sections = [
    { id: 'init', title: 'Init', content: phaseSection(result, 'init', figures.init) },
    { id: 'handle', title: 'Handle', content: phaseSection(result, 'handle', figures.handle) },
    { id: 'functions', title: 'Single functions', content: microSection(result) },
    { id: 'models', title: 'Models', content: subjectsSection(result) },
    { id: 'reproduction', title: 'Reproduction', content: provenanceSection(result) },
    { id: 'definitions', title: 'Definitions', content: definitionsSection(result) },
  ].filter(({ content }) => content !== null);
  return page(
    result.name,
    html`
      <header>
        <div class="kicker">Rehearse timings · started ${formatInstant(result.environment.startedAt)}</div>
        <h1>${result.name}</h1>
        <p class="question">${result.question}</p>
      </header>
      ${verdictSection(result)}
      <nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
      ${sections.map(({ content }) => content)}
      <footer>
        Made by Rehearse ${result.environment.rehearse} from <code>timings.json</code>, which holds every sample.
      </footer>
    `,
  );
}

function phaseSection(
  result: TimingsResult,
  phase: TimingsPhaseName,
  figures: readonly RenderedFigure[],
): Markup | null {
  const medians = sideBySide(result, phase);
  if (medians === null) return null;
  const { title, note } = TITLES[phase];
  return html`<section id="${phase}">
    <h2>${title}</h2>
    <p class="note">${note}</p>
    ${medians} ${percentiles(result, phase)}
    <h3>Part by part</h3>
    ${figures.map(
      (figure) =>
        html`<figure id="figure-${figure.id}">
          <h3>${figure.title}</h3>
          <div class="plot">${trusted(figure.svg)}</div>
          <figcaption>${unbroken(figure.caption)}</figcaption>
        </figure> `,
    )}
  </section>`;
}
