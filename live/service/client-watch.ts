/** Notices that a client leaves, or that the time it gave is over, while its query is open. */
import { NANOS_PER_MILLISECOND } from '../../core/index.ts';
import type { OpenQuery } from './open-queries.ts';

/** Longest delay of a timer of Node: a longer one would fire at once. Such a query has the service's own limit. */
const TIMER_MAX_MS = 2_147_483_647;

/** @param cancel called at once when the client has left already. What is to be undone is put into the query's `release`. */
export function watchClient(
  { query: { signal, timeoutNs }, spentNs, release }: OpenQuery,
  cancel: (ending: 'expired' | 'cancelled') => void,
): void {
  if (signal !== undefined) {
    const left = (): void => cancel('cancelled');
    if (signal.aborted) return left();
    signal.addEventListener('abort', left, { once: true });
    release.push(() => signal.removeEventListener('abort', left));
  }
  if (timeoutNs === undefined) return undefined;
  const leftMs = Math.max(0, (timeoutNs - spentNs) / NANOS_PER_MILLISECOND);
  if (leftMs > TIMER_MAX_MS) return undefined;
  const timer = setTimeout(() => cancel('expired'), leftMs);
  release.push(() => clearTimeout(timer));
  return undefined;
}
