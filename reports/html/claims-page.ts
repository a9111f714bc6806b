/** The page over several experiments: every claim with how often it held and how large, and where the reports are. */
import { claimSummaries } from '../claim-summary.ts';
import type { ClaimSummary, ClaimedRun } from '../claim-summary.ts';
import { paperText } from '../claim-table.ts';
import { outcomesInWords, timesText } from '../expectations.ts';
import { percentText } from '../shares.ts';
import { html } from './markup.ts';
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
  const claims = claimSummaries(runs);
  const hasShares = claims.some(({ meanSharePercent }) => meanSharePercent !== null);
  const shareHeads = hasShares && [numberHead('mean share'), numberHead('lowest share')];
  const head = html`<tr>
    ${textHead('claim')}${['held', 'not held', 'undecided'].map((name) => numberHead(name))}${numberHead('mean ratio', 'geometric')}${numberHead('mean ratio', 'arithmetic')}${numberHead('largest ratio')}${numberHead('paper')}${shareHeads}${textHead('experiments')}
  </tr>`;
  const rows = claims.map((claim) => claimRow(claim, { runs, hasShares }));
  return html`<section id="claims">
    <h2>Claim by claim</h2>
    <p class="note">
      One count for each expectation, grid point and policy compared. Ratios are advantages: how many times better, as
      the claim means it; an experiment's report has their intervals. What has no ratio, because it would be divided by
      0, is counted but takes no part in the means.
      ${hasShares && 'Shares are of the answered requests: how many the expected variants answered.'}
    </p>
    ${wideTable(
      'Claims',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}
  </section>`;
}

interface ClaimContext {
  readonly runs: readonly ClaimedRun[];
  /** Whether some claim is about shares, and the table has columns for them. */
  readonly hasShares: boolean;
}

function claimRow(summary: ClaimSummary, { runs, hasShares }: ClaimContext): Markup {
  const { claim, says, held, notHeld, undecided } = summary;
  const links = runs.filter(({ name }) => summary.experiments.includes(name)).map((run) => html`${link(run)} `);
  return html`<tr>
    <th scope="row" class="claim">
      <span class="tag">${claim}</span> ${says.map((each, index) => html`${index > 0 && html`<br />`}${each}`)}
    </th>
    ${numberCell(html`<span class="${held > 0 && 'better'}">${held}</span>`)}
    ${numberCell(html`<span class="${notHeld > 0 && 'worse'}">${notHeld}</span>`)} ${numberCell(undecided)}
    ${[summary.geometricMeanRatio, summary.arithmeticMeanRatio, summary.largestRatio].map((ratio) =>
      numberCell(timesText(ratio)),
    )}
    ${numberCell(paperText(summary))}${
      hasShares && [summary.meanSharePercent, summary.lowestSharePercent].map((share) => numberCell(percentText(share)))
    }
    <td class="subject">${links}</td>
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
