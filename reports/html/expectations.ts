/** What was expected, claim by claim: the advantage beside the paper's figure, or the share, and whether it held. */
import type {
  ComparisonExpectation,
  ExpectationResult,
  ExperimentResult,
  ServedByExpectation,
} from '../../core/index.ts';
import {
  differenceText,
  expectationBasis,
  expectedSentences,
  foundHead,
  foundText,
  outcomesInWords,
  ratioText,
  subjectInWords,
  timesText,
} from '../expectations.ts';
import type { ExpectedSentence } from '../expectations.ts';
import { formatCount } from '../format.ts';
import { percentText } from '../shares.ts';
import { html, unbroken } from './markup.ts';
import type { Markup } from './markup.ts';
import { numberCell, numberHead, textHead, wideTable } from './tables.ts';

/** Rows of the table; result.json has them all. */
const ROWS_MAX = 400;

/** Which way an outcome is painted; undecided is no news. */
export const OUTCOME_CLASSES = { held: 'better', 'not held': 'worse', undecided: 'muted' } as const;

export function expectations(result: ExperimentResult): Markup | null {
  const all = result.expectations;
  if (all.length === 0) return null;
  // What is not compared has no difference, and no figure in the paper.
  const compares = all.some(({ kind }) => kind === 'comparison');
  const compared = compares && [numberHead('paper'), numberHead('difference')];
  const head = html`<tr>
    ${textHead('expected')}${numberHead(foundHead(all))}${compared}${textHead('outcome')}
  </tr>`;
  const sentences = expectedSentences(all.slice(0, ROWS_MAX));
  return html`<section id="expectations">
    <h2>What was expected</h2>
    <p>Of what was expected, <strong>${outcomesInWords(all)}</strong>.</p>
    <p class="note">${expectationBasis(result)}</p>
    ${wideTable(
      'What was expected',
      head,
      sentences.map((each) => sentenceRows(each, compares)),
    )}
    ${
      all.length > ROWS_MAX &&
      html`<p class="note">The first ${ROWS_MAX} of ${formatCount(all.length)}; <code>result.json</code> has all.</p>`
    }
  </section>`;
}

function sentenceRows({ claim, says, expectations: judged }: ExpectedSentence, compares: boolean): Markup {
  return html`<tbody>
    <tr>
      <th colspan="${compares ? 5 : 3}" scope="rowgroup" class="claim"><span class="tag">${claim}</span> ${says}</th>
    </tr>
    ${judged.map((each) => row(each, compares))}
  </tbody>`;
}

function row(each: ExpectationResult, compares: boolean): Markup {
  // The difference has a column of its own.
  const { mean, range } = each.kind === 'served-by' ? foundText(each) : ratioText(each.ratio);
  const found = html`<strong>${unbroken(mean)}</strong> <span class="pm">${range}</span>`;
  return html`<tr>
    <td class="subject">
      ${unbroken(subjectInWords(each))}${each.remark !== '' && html`<span class="against">${each.remark}</span>`}
    </td>
    ${numberCell([found, each.kind === 'served-by' && lowest(each)])}${compares && comparedCells(each)}
    <td><span class="${OUTCOME_CLASSES[each.outcome]}">${each.outcome}</span></td>
  </tr>`;
}

function comparedCells(each: ExpectationResult): Markup {
  if (each.kind === 'served-by') return html`${numberCell(null)}${numberCell(null)}`;
  return html`${numberCell([timesText(each.paperRatio), nearness(each)])}${numberCell(unbroken(differenceText(each)))}`;
}

function nearness({ withinFactor2 }: ComparisonExpectation): Markup | null {
  if (withinFactor2 === null) return null;
  return html`<span class="against">${withinFactor2 ? 'within' : 'not within'} a factor of 2</span>`;
}

/** The smallest share of a replication, where replications differ. */
function lowest({ lowestPercent, sharePercent }: ServedByExpectation): Markup | null {
  if (lowestPercent === null || lowestPercent === sharePercent.mean) return null;
  return html`<span class="against">lowest run ${unbroken(percentText(lowestPercent))}</span>`;
}
