/** Whether the load generator of a live run kept its times: one that fell behind did not offer the load it says. */
import type { Nanos, ReplicationResult } from '../../core/index.ts';
import { milliseconds, toMilliseconds } from '../../core/index.ts';
import type { Delays } from '../../live/world/index.ts';

/** Requests issued this late at the 99th percentile: the generator, not the service, made them wait. */
export const ISSUE_DELAY_P99_MAX_NS = milliseconds(10);
/** Below this many requests one late one would be the 99th percentile. */
export const REQUESTS_MIN = 100;

/** Whether 1 % of the requests were issued later than the limit; never by one among few. */
export function isGeneratorLate(
  { count, p99Ns }: Pick<Delays, 'count' | 'p99Ns'>,
  limitNs: Nanos = ISSUE_DELAY_P99_MAX_NS,
): boolean {
  return count >= REQUESTS_MIN && p99Ns > limitNs;
}

/** The result, made invalid when too many of its requests were issued too late. */
export function withPunctuality(result: ReplicationResult, issueDelay: Delays): ReplicationResult {
  if (!isGeneratorLate(issueDelay)) return result;
  const problem = {
    code: 'RUN_GENERATOR_LATE',
    message: `1 % of the requests were issued ${toMilliseconds(issueDelay.p99Ns).toFixed(0)} ms or more too late`,
    advice: 'lower the rate, or give this process a core of its own',
  };
  const { verdict } = result;
  return { ...result, verdict: { ...verdict, valid: false, problems: [...verdict.problems, problem] } };
}
