/** A claim summed up in one line: how often it held, its ratios and shares, the paper's figures. */
import type { ClaimSummary } from './claim-summary.ts';
import { outcomesInWords, timesText } from './expectations.ts';
import { percentText } from './shares.ts';

/** "all 2 held; mean ratio 1.87× geometric, 1.9× arithmetic; largest 2.1×; paper 8.5×" */
export function claimInShort(summary: ClaimSummary): string {
  return [outcomesOf(summary), ratiosOf(summary), sharesOf(summary)].filter((part) => part !== '').join('; ');
}

function outcomesOf({ held, notHeld, undecided }: ClaimSummary): string {
  const counts = [
    ['held', held],
    ['not held', notHeld],
    ['undecided', undecided],
  ] as const;
  return outcomesInWords(counts.flatMap(([outcome, count]) => Array.from({ length: count }, () => ({ outcome }))));
}

/** '' where nothing has a ratio and the paper none. */
function ratiosOf({ geometricMeanRatio, arithmeticMeanRatio, largestRatio, paperRatios }: ClaimSummary): string {
  const means = [
    ...(geometricMeanRatio === null ? [] : [`${timesText(geometricMeanRatio)} geometric`]),
    ...(arithmeticMeanRatio === null ? [] : [`${timesText(arithmeticMeanRatio)} arithmetic`]),
  ];
  return [
    ...(means.length === 0 ? [] : [`mean ratio ${means.join(', ')}`]),
    ...(largestRatio === null ? [] : [`largest ${timesText(largestRatio)}`]),
    ...(paperRatios.length === 0 ? [] : [`paper ${paperRatios.map(timesText).join(', ')}`]),
  ].join('; ');
}

function sharesOf({ meanSharePercent, lowestSharePercent }: ClaimSummary): string {
  if (meanSharePercent === null) return '';
  return `mean share ${percentText(meanSharePercent)}, lowest ${percentText(lowestSharePercent)}`;
}
