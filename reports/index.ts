/** Results to read: the page, the figures, the tables, the timeline. Made from result files alone. */
export { comparisonTable } from './comparison-table.ts';
export { chromeTrace } from './timeline.ts';
export type { TimelineNames, TraceEvent } from './timeline.ts';
export { notesOf, problemsOf } from './problems.ts';
export { verdictSentence } from './verdict-sentence.ts';
export { writeReport } from './write-report.ts';
