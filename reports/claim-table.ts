/** All claims over several experiments, for a terminal; '' without any. */
import type { ClaimSummary, ClaimedRun } from './claim-summary.ts';
import { claimSummaries } from './claim-summary.ts';
import { timesText } from './expectations.ts';
import { NOTHING, printable, shortened } from './format.ts';
import { percentText } from './shares.ts';
import { aligned, ruleUnder } from './text-table.ts';

const SENTENCE_MAX = 44;

/** The table as lines of text, without a line break at the end. */
export function claimTable(runs: readonly ClaimedRun[]): string {
  const claims = claimSummaries(runs);
  if (claims.length === 0) return '';
  const experiments = new Set(claims.flatMap((claim) => claim.experiments)).size;
  const hasShares = claims.some(({ meanSharePercent }) => meanSharePercent !== null);
  const [over, under, ...lines] = aligned([
    ['', '', 'not', '', 'geometric', 'arithm.', 'largest', '', ...(hasShares ? ['mean'] : [])],
    ['', 'held', 'held', 'undecided', 'mean', 'mean', 'ratio', 'paper', ...(hasShares ? ['share'] : [])],
    ...claims.map((claim) => [...rowOf(claim), ...(hasShares ? [percentText(claim.meanSharePercent)] : [])]),
  ]);
  const title = `Claims over ${experiments === 1 ? 'one experiment' : `${experiments} experiments`}`;
  return [title, '', over, under, ruleUnder([under, ...lines]), ...lines].join('\n');
}

function rowOf(summary: ClaimSummary): string[] {
  const sentence = shortened(`${printable(summary.claim)}  ${printable(summary.says[0])}`, SENTENCE_MAX);
  return [
    sentence,
    ...[summary.held, summary.notHeld, summary.undecided].map(String),
    ...[summary.geometricMeanRatio, summary.arithmeticMeanRatio, summary.largestRatio].map(timesText),
    paperText(summary),
  ];
}

/** "8.5×", "8.5×, 21.6×". */
export function paperText({ paperRatios }: ClaimSummary): string {
  return paperRatios.length === 0 ? NOTHING : paperRatios.map(timesText).join(', ');
}
