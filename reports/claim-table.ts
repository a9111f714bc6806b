/** All claims over several experiments, for a terminal: a summary of each and below it every finding; '' without any. */
import { claimFindings, claimSummaries } from './claim-summary.ts';
import type { ClaimedRun } from './claim-summary.ts';
import { claimInShort } from './claim-words.ts';
import { outcomesInWords, remarksOf } from './expectations.ts';
import { findingLines, hanging } from './finding-lines.ts';
import type { FindingGroup } from './finding-lines.ts';
import { printable } from './format.ts';

/** Findings to tell; the page has them all. */
const FINDINGS_MAX = 200;

/** The table as lines of text, without a line break at the end. */
export function claimTable(runs: readonly ClaimedRun[]): string {
  const summaries = claimSummaries(runs);
  if (summaries.length === 0) return '';
  const experiments = new Set(summaries.flatMap((claim) => claim.experiments)).size;
  const all = runs.flatMap(({ expectations }) => expectations);
  const groups: FindingGroup[] = [];
  let room = FINDINGS_MAX;
  for (const summary of summaries) {
    if (room > 0) groups.push({ heading: `${printable(summary.claim)}: ${claimInShort(summary)}`, findings: [] });
    for (const { run, says, findings } of claimFindings(runs, summary.claim)) {
      const shown = findings.slice(0, room);
      room -= shown.length;
      if (shown.length > 0) groups.push({ heading: `${printable(says)} (${printable(run.name)})`, findings: shown });
    }
  }
  return [
    `Claims over ${experiments === 1 ? 'one experiment' : `${experiments} experiments`}: ${outcomesInWords(all)}.`,
    '',
    ...findingLines(groups),
    ...remarksOf(all).flatMap((remark) => hanging(`note: ${remark}`)),
    ...(all.length > FINDINGS_MAX ? ['', `${all.length - FINDINGS_MAX} more findings are in claims.html.`] : []),
  ].join('\n');
}
