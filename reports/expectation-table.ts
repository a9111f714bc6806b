/** What was expected, for a terminal: a sentence for each claim and below it what was found; '' without any. */
import type { ExperimentResult } from '../core/index.ts';
import { expectedSentences, foundHead, foundText, outcomesInWords } from './expectations.ts';
import { remarksOf, subjectInWords, timesText } from './expectations.ts';
import { shortened } from './format.ts';
import { WIDTH_MAX, aligned, ruleUnder } from './text-table.ts';

const SUBJECT_MAX = 68;
/** Rows to tell; nobody reads more in a terminal. */
const ROWS_MAX = 60;

/** The table as lines of text, without a line break at the end. */
export function expectationTable({ expectations }: ExperimentResult): string {
  if (expectations.length === 0) return '';
  const told = expectedSentences(expectations.slice(0, ROWS_MAX));
  // What is not compared has no figure in the paper.
  const compares = expectations.some(({ kind }) => kind === 'comparison');
  const rows = told.flatMap((sentence) =>
    sentence.expectations.map((each) => {
      const { mean, range } = foundText(each);
      const found = range === '' ? mean : `${mean} ${range}`;
      const subject = `  ${shortened(subjectInWords(each), SUBJECT_MAX)}`;
      if (!compares) return [subject, found, each.outcome];
      return [subject, found, each.kind === 'comparison' ? timesText(each.paperRatio) : '', each.outcome];
    }),
  );
  const [head, ...lines] = aligned([['', foundHead(expectations), ...(compares ? ['paper'] : []), 'outcome'], ...rows]);
  const body: string[] = [];
  let at = 0;
  for (const { claim, says, expectations: judged } of told) {
    body.push(shortened(`${claim}  ${says}`, WIDTH_MAX), ...lines.slice(at, at + judged.length));
    at += judged.length;
  }
  const rest = expectations.length - ROWS_MAX;
  const more = rest > 0 ? ['', `${rest} more expectations are in report.html.`] : [];
  const notes = remarksOf(expectations).map((remark) => `note: ${remark}`);
  return [
    `What was expected: ${outcomesInWords(expectations)}.`,
    '',
    head,
    ruleUnder(lines),
    ...body,
    ...notes,
    ...more,
  ].join('\n');
}
