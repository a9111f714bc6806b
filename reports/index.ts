/** Results to read: the page, the figures, the tables, the timeline. Made from result files alone. */
export { applicationTable } from './application-table.ts';
export type { ClaimSummary, ClaimedRun } from './claim-summary.ts';
export { claimSummaries } from './claim-summary.ts';
export { claimTable } from './claim-table.ts';
export { comparisonTable } from './comparison-table.ts';
export { expectationTable } from './expectation-table.ts';
export { objectiveTable } from './objective-table.ts';
export { missedInWords } from './objectives.ts';
export { chromeTrace } from './timeline.ts';
export type { TimelineNames, TraceEvent } from './timeline.ts';
export { offlineLines } from './offline-lines.ts';
export { notesOf, problemsOf } from './problems.ts';
export { servedByTable } from './served-by-table.ts';
export { verdictSentence } from './verdict-sentence.ts';
export { writeClaims } from './write-claims.ts';
export { writeReport } from './write-report.ts';
