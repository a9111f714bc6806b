/** Tells the batches in which the machine stood still, and records when: on the time that batches were seen running. */
import { median } from 'simple-statistics';
import type { Nanos, RecordedPauses } from '../../../core/index.ts';
import type { Compared } from './compare-batches.ts';
import { inferFactorOf } from './compare-batches.ts';

/** What takes longer than expected by this much, and by this many median deviations, stood still for that time. */
export const PAUSE_MIN_NS: Nanos = 800_000;
const PAUSE_DEVIATIONS = 8;

export interface FittedPauses {
  readonly pauses: RecordedPauses | null;
  /** The batches without pauses. */
  readonly steady: readonly Compared[];
}

export function fitPauses(compared: readonly Compared[]): FittedPauses {
  const factor = inferFactorOf(compared);
  const leftNs = compared.map(({ tookNs, inferMeanNs, hostMeanNs }) => tookNs - inferMeanNs * factor - hostMeanNs);
  const middleNs = median(leftNs);
  const deviationNs = median(leftNs.map((each) => Math.abs(each - middleNs)));
  const leastNs = Math.max(PAUSE_MIN_NS, PAUSE_DEVIATIONS * deviationNs);
  const events: RecordedPauses['events'][number][] = [];
  const steady: Compared[] = [];
  let overNs = 0;
  for (const [index, each] of compared.entries()) {
    const pauseNs = Math.round(leftNs[index] - middleNs);
    if (pauseNs > leastNs) events.push({ atNs: overNs, lastsNs: pauseNs });
    else steady.push(each);
    overNs += each.tookNs;
  }
  return { pauses: events.length === 0 ? null : { overNs, events }, steady };
}
