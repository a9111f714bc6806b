/** Results to read: the page, the figures, the tables, the timeline. Made from result files alone. */
export { comparisonTable } from './comparison-table.ts';
export { summaryCsv } from './csv.ts';
export { figuresOf } from './figures/all-figures.ts';
export type { Figure } from './figures/figure.ts';
export { renderHtml } from './html.ts';
export { renderFigure, standaloneSvg } from './render-figure.ts';
export type { RenderedFigure } from './render-figure.ts';
export { readResult } from './result-file.ts';
export { chromeTrace } from './timeline.ts';
export type { TimelineNames, TraceEvent } from './timeline.ts';
export { verdictSentence } from './verdict-sentence.ts';
export { writeReport } from './write-report.ts';
