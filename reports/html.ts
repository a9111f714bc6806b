/**
 * The report as one HTML page: it opens offline, loads nothing, runs no script, and reads from the answer down to the
 * evidence. Everything that comes from a config or a trace is escaped on the way in.
 */
import type { ExperimentResult } from '../core/index.ts';
import { comparison } from './html/comparison.ts';
import { decisions } from './html/decisions.ts';
import { definitions } from './html/definitions.ts';
import { expectations } from './html/expectations.ts';
import { html, trusted, unbroken } from './html/markup.ts';
import type { Markup } from './html/markup.ts';
import { objectives } from './html/objectives.ts';
import { applications, outcomes } from './html/outcomes.ts';
import { offline } from './html/offline.ts';
import { page } from './html/page.ts';
import { provenance } from './html/provenance.ts';
import { servedBy } from './html/served-by.ts';
import { header, verdict } from './html/verdict.ts';
import type { RenderedFigure } from './render-figure.ts';

/** The whole page. @param figures as drawn by `renderFigure`, in order. */
export function renderHtml(result: ExperimentResult, figures: readonly RenderedFigure[]): string {
  const sections = [
    { id: 'expectations', title: 'What was expected', content: expectations(result) },
    { id: 'objectives', title: 'Objectives', content: objectives(result) },
    { id: 'comparison', title: 'Comparison', content: comparison(result) },
    { id: 'figures', title: 'Figures', content: figuresSection(figures) },
    { id: 'outcomes', title: 'Outcomes', content: outcomes(result) },
    { id: 'applications', title: 'Applications', content: applications(result) },
    { id: 'served-by', title: 'Who served whom', content: servedBy(result) },
    { id: 'offline', title: 'Offline jobs', content: offline(result) },
    { id: 'decisions', title: 'Decisions', content: decisions(result) },
    { id: 'reproduction', title: 'Reproduction', content: provenance(result) },
    { id: 'definitions', title: 'Definitions', content: definitions() },
  ].filter(({ content }) => content !== null);
  return page(
    result.name,
    html`
      ${header(result)} ${verdict(result)}
      <nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
      ${sections.map(({ content }) => content)}
      <footer>
        Made by Rehearse ${result.environment.rehearse} from <code>result.json</code>;
        <code>rehearse report</code> makes it again.
      </footer>
    `,
  );
}

function figuresSection(figures: readonly RenderedFigure[]): Markup | null {
  if (figures.length === 0) return null;
  const drawn = figures.map(
    ({ id, title, caption, svg }) =>
      html`<figure id="figure-${id}">
        <h3>${title}</h3>
        <div class="plot">${trusted(svg)}</div>
        <figcaption>${unbroken(caption)}</figcaption>
      </figure> `,
  );
  return html`<section id="figures">
    <h2>Figures</h2>
    ${drawn}
  </section>`;
}
