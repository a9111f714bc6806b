/** How values, intervals and phases are written, in the page and in the terminal alike. */
import type { TimingsComparisonRow, TimingsEstimate, TimingsPhaseName } from '../../core/index.ts';
import { decimalsOf, formatEnd, formatNumber, formatValue } from '../format.ts';

/** "4.30", and "[4.07, 4.54]" or '' where there is no interval: the decimals are those that the interval bears. */
export function estimateParts({ valueMs, lowMs, highMs }: TimingsEstimate): {
  readonly value: string;
  readonly range: string;
} {
  if (lowMs === null || highMs === null) return { value: formatValue(valueMs), range: '' };
  const decimals = decimalsOf(valueMs, (highMs - lowMs) / 2);
  const range = `[${formatEnd(lowMs, decimals, 'low')}, ${formatEnd(highMs, decimals, 'high')}]`;
  return { value: formatNumber(valueMs, decimals), range };
}

export function estimateText(estimate: TimingsEstimate): string {
  const { value, range } = estimateParts(estimate);
  return range === '' ? value : `${value} ${range}`;
}

/** "0.93 [0.88, 0.97]". */
export function ratioText({ ratio, low, high }: Pick<TimingsComparisonRow, 'ratio' | 'low' | 'high'>): string {
  if (!Number.isFinite(ratio)) return '–';
  if (low === null || high === null) return formatNumber(ratio, 2);
  return `${formatNumber(ratio, 3)} [${formatEnd(low, 3, 'low')}, ${formatEnd(high, 3, 'high')}]`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function phaseTitle(phase: TimingsPhaseName): string {
  return phase === 'init' ? 'init, ms' : 'handle, ms';
}
