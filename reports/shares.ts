/** Shares of requests in percent, as people read them. Invariant: "100 %" means every one and "0 %" means none. */
import type { IntervalResult } from '../core/index.ts';
import { NOTHING, decimalsOf, formatInterval, formatNumber, possible } from './format.ts';

const DECIMALS = 2;

/** "97.13 %"; ">99.99 %" where some are missing, however few; a dash where there is no share. */
export function percentText(percent: number | null, decimals: number = DECIMALS): string {
  if (percent === null) return NOTHING;
  if (percent === 0 || percent === 100) return `${percent} %`;
  const step = 1 / 10 ** decimals;
  if (percent > 100 - step / 2) return `>${formatNumber(100 - step, decimals)} %`;
  if (percent < step / 2) return `<${formatNumber(step, decimals)} %`;
  return `${formatNumber(percent, decimals)} %`;
}

/** The parts of "97.13 % [96.80, 97.46]"; no range where there is none, or where both ends would read like the mean. */
export function shareText(share: IntervalResult): { readonly mean: string; readonly range: string } {
  if (share.mean === null) return { mean: NOTHING, range: '' };
  const { range } = formatInterval(possible(share, '%'));
  return { mean: percentText(share.mean, decimalsOf(share.mean, share.halfWidth)), range: range ?? '' };
}
