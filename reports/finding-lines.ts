/**
 * Findings for a terminal, a row each under the sentence it belongs to: what is compared, what was found, the paper's
 * figure, the outcome. What is too wide goes on in the next line; nothing is cut.
 */
import type { ExpectationResult } from '../core/index.ts';
import { foundHead, foundText, subjectInWords, timesText } from './expectations.ts';
import { WIDTH_MAX, aligned, ruleUnder, wrapped } from './text-table.ts';

const SUBJECT_MAX = 66;
const INDENT = '  ';
/** What goes on in the next line stands further in. */
const HANGING = '    ';

/** A sentence and its findings; what has none heads the groups up to the next such one. */
export interface FindingGroup {
  readonly heading: string;
  readonly findings: readonly ExpectationResult[];
}

/** Head, rule and rows. @param groups with one finding at least. */
export function findingLines(groups: readonly FindingGroup[]): string[] {
  const all = groups.flatMap(({ findings }) => findings);
  // What is not compared has no figure in the paper.
  const compares = all.some(({ kind }) => kind === 'comparison');
  const rows = all.map((each) => rowsOf(each, compares));
  const heads = ['', foundHead(all), ...(compares ? ['paper'] : []), 'outcome'];
  const [head, ...lines] = aligned([heads, ...rows.flat()]);
  const body: string[] = [];
  let finding = 0;
  let line = 0;
  for (const { heading, findings } of groups) {
    if (findings.length === 0 && body.length > 0) body.push('');
    body.push(...hanging(heading));
    for (let count = 0; count < findings.length; count += 1) {
      const height = rows[finding].length;
      body.push(...lines.slice(line, line + height));
      finding += 1;
      line += height;
    }
  }
  return [head, ruleUnder(lines), ...body];
}

/** A text over as many lines as it takes, all but the first further in. */
export function hanging(text: string): string[] {
  return wrapped(text, WIDTH_MAX - HANGING.length).map((line, index) => (index === 0 ? line : `${HANGING}${line}`));
}

function rowsOf(each: ExpectationResult, compares: boolean): string[][] {
  const { mean, range } = foundText(each);
  const paper = each.kind === 'comparison' ? timesText(each.paperRatio) : '';
  const numbers = [range === '' ? mean : `${mean} ${range}`, ...(compares ? [paper] : []), each.outcome];
  const [first, ...rest] = wrapped(subjectInWords(each), SUBJECT_MAX);
  return [[`${INDENT}${first}`, ...numbers], ...rest.map((line) => [`${HANGING}${line}`])];
}
