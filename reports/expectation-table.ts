/** What was expected, for a terminal: a sentence for each claim and below it what was found; '' without any. */
import type { ExperimentResult } from '../core/index.ts';
import { confidenceLine, expectedSentences, outcomesInWords, remarksOf } from './expectations.ts';
import { findingLines, hanging } from './finding-lines.ts';

/** Rows to tell; nobody reads more in a terminal. */
const ROWS_MAX = 60;

/** The table as lines of text, without a line break at the end. */
export function expectationTable(result: ExperimentResult): string {
  const { expectations } = result;
  if (expectations.length === 0) return '';
  const groups = expectedSentences(expectations.slice(0, ROWS_MAX)).map(({ claim, says, expectations: findings }) => ({
    heading: `${claim}  ${says}`,
    findings,
  }));
  const basis = confidenceLine(result);
  const rest = expectations.length - ROWS_MAX;
  return [
    `What was expected: ${outcomesInWords(expectations)}.`,
    '',
    ...findingLines(groups),
    ...(basis === '' ? [] : [basis]),
    ...remarksOf(expectations).flatMap((remark) => hanging(`note: ${remark}`)),
    ...(rest > 0 ? ['', `${rest} more expectations are in report.html.`] : []),
  ].join('\n');
}
