/**
 * The report as one HTML page: it opens offline, loads nothing, runs no script, and reads from the answer down to the
 * evidence. Everything that comes from a config or a trace is escaped on the way in.
 */
import type { ExperimentResult } from '../core/index.ts';
import { comparison } from './html/comparison.ts';
import { decisions } from './html/decisions.ts';
import { definitions } from './html/definitions.ts';
import { html, trusted, unbroken } from './html/markup.ts';
import type { Markup } from './html/markup.ts';
import { applications, outcomes } from './html/outcomes.ts';
import { provenance } from './html/provenance.ts';
import { STYLE } from './html/style.ts';
import { header, verdict } from './html/verdict.ts';
import type { RenderedFigure } from './render-figure.ts';

/** Nothing may be fetched, whatever a name in the result tries. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The whole page. @param figures as drawn by `renderFigure`, in order. */
export function renderHtml(result: ExperimentResult, figures: readonly RenderedFigure[]): string {
  const sections = [
    { id: 'comparison', title: 'Comparison', content: comparison(result) },
    { id: 'figures', title: 'Figures', content: figuresSection(figures) },
    { id: 'outcomes', title: 'Outcomes', content: outcomes(result) },
    { id: 'applications', title: 'Applications', content: applications(result) },
    { id: 'decisions', title: 'Decisions', content: decisions(result) },
    { id: 'reproduction', title: 'Reproduction', content: provenance(result) },
    { id: 'definitions', title: 'Definitions', content: definitions() },
  ].filter(({ content }) => content !== null);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${result.name} · Rehearse</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <main>
          ${header(result)} ${verdict(result)}
          <nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
          ${sections.map(({ content }) => content)}
          <footer>
            Made by Rehearse ${result.environment.rehearse} from <code>result.json</code>;
            <code>rehearse report</code> makes it again.
          </footer>
        </main>
      </body>
    </html> `;
  return page.text;
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
