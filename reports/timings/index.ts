/** Reports of init and handle timings: the page, the tables, the comparison of two runs. */
export { holdsTimings, readTimings } from './timings-file.ts';
export { timingsComparisonTable, timingsRemarks, timingsTable } from './timings-text.ts';
export { writeTimings, writeTimingsComparison, writeTimingsReport } from './write-timings.ts';
