/** A verdict as the page shows it: a word, and a class that colours it. */
import type { FidelityComparison, FidelityVerdict } from '../../core/index.ts';
import { html } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';

/** Short enough for a narrow column. */
export const VERDICT_WORDS: Readonly<Record<FidelityVerdict, string>> = {
  within: 'within',
  'within live noise': 'noise',
  misses: 'misses',
  'not judged': 'not judged',
};

const CLASSES: Readonly<Record<FidelityVerdict, string>> = {
  within: 'within',
  'within live noise': 'noise',
  misses: 'misses',
  'not judged': 'muted',
};

/** The class of a table's cell; darker within half of the limit. */
export function verdictClass({ verdict, difference, limit }: FidelityComparison): string {
  const isHalf =
    verdict === 'within' && limit !== null && difference.mean !== null && Math.abs(difference.mean) <= limit / 2;
  return isHalf ? `${CLASSES[verdict]} half` : CLASSES[verdict];
}

/** Nothing where the bar says nothing; why something is not judged is told when pointed at. */
export function verdictTag({ verdict, remark, limit }: FidelityComparison): Markup | null {
  if (verdict === 'not judged' && limit === null && remark === '') return null;
  const why = remark === '' ? verdict : `${verdict}: ${remark}`;
  return html`<span class="tag ${CLASSES[verdict]}" title="${why}">${verdict}</span>`;
}
