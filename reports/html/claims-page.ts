/** The page over several experiments: every claim with how often it held, every finding, and where the reports are. */
import type { ExpectationResult } from '../../core/index.ts';
import { claimFindings, claimSummaries } from '../claim-summary.ts';
import type { ClaimFindings, ClaimSummary, ClaimedRun } from '../claim-summary.ts';
import { claimInShort } from '../claim-words.ts';
import { foundText, outcomesInWords, subjectInWords, timesText } from '../expectations.ts';
import { OUTCOME_CLASSES } from './expectations.ts';
import { html, unbroken } from './markup.ts';
import type { Markup } from './markup.ts';
import { page } from './page.ts';
import { INVALID_TAG, numberCell, numberHead, textHead, wideTable } from './tables.ts';

export function claimsPage(runs: readonly ClaimedRun[]): string {
  const all = runs.flatMap(({ expectations }) => expectations);
  return page(
    'Claims',
    html`<header>
        <div class="kicker">Rehearse claims · ${runs.length} experiments</div>
        <h1>Claims</h1>
        <p class="question">Of what was expected, ${outcomesInWords(all)}.</p>
      </header>
      ${claimsSection(runs)} ${experimentsSection(runs)}`,
  );
}

function claimsSection(runs: readonly ClaimedRun[]): Markup {
  const head = html`<tr>
    ${textHead('claim')}${textHead('compared')}${numberHead('found')}${numberHead('paper')}${textHead('outcome')}${textHead('experiment')}
  </tr>`;
  return html`<section id="claims">
    <h2>Claim by claim</h2>
    <p class="note">
      One row for each expectation, grid point and policy compared. Found is the advantage, how many times better as the
      claim means it; where it would be divided by 0 the difference, which takes no part in the mean ratios; or the
      share of the answered requests that the expected variants answered. Each is judged by itself.
    </p>
    ${wideTable(
      'Claims',
      head,
      claimSummaries(runs).map((claim) => claimRows(claim, runs)),
    )}
  </section>`;
}

function claimRows(summary: ClaimSummary, runs: readonly ClaimedRun[]): Markup {
  return html`<tbody>
    <tr>
      <th colspan="6" scope="rowgroup" class="claim">
        <span class="tag">${summary.claim}</span> ${unbroken(claimInShort(summary))}
      </th>
    </tr>
    ${claimFindings(runs, summary.claim).map((group) => group.findings.map((each) => findingRow(group, each)))}
  </tbody>`;
}

function findingRow({ run, says }: ClaimFindings, each: ExpectationResult): Markup {
  const { mean, range } = foundText(each);
  return html`<tr>
    <td class="subject">${says}</td>
    <td class="subject">
      ${unbroken(subjectInWords(each))}${each.remark !== '' && html`<span class="against">${each.remark}</span>`}
    </td>
    ${numberCell(html`<strong>${unbroken(mean)}</strong> <span class="pm">${range}</span>`)}
    ${numberCell(each.kind === 'comparison' && timesText(each.paperRatio))}
    <td><span class="${OUTCOME_CLASSES[each.outcome]}">${each.outcome}</span></td>
    <td>${link(run)}</td>
  </tr>`;
}

function experimentsSection(runs: readonly ClaimedRun[]): Markup {
  const rows = runs.map(
    (run) =>
      html`<tr>
        <th scope="row">${link(run)}${run.valid ? null : INVALID_TAG}</th>
        <td>${run.expectations.length === 0 ? 'nothing was expected' : outcomesInWords(run.expectations)}</td>
      </tr>`,
  );
  return html`<section id="experiments">
    <h2>Experiments</h2>
    ${wideTable(
      'Experiments',
      html`<tr>
        ${textHead('experiment')}${textHead('what was expected')}
      </tr>`,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}

function link({ name, report }: ClaimedRun): Markup {
  return html`<a href="${report}">${name}</a>`;
}
