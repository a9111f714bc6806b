/** How the release counts requests in a row (queryfe_server.cc), for machines and for GPU variants alike. */
import type { Nanos } from '../../time.ts';
import { BURST_GAP_NS } from './constants.ts';

/**
 * The count after one more request: the first ever counts as one; after a pause of a second or more the count is 0.
 * @param lastNs when the last one came; `-Infinity` for none.
 */
export function burstAfter(before: number, lastNs: Nanos, now: Nanos): number {
  if (lastNs === -Infinity) return 1;
  return now - lastNs < BURST_GAP_NS ? before + 1 : 0;
}
