/** What a query that was not served is in HTTP; gRPC makes its codes of the same statuses. */
import { assertNever } from '../../core/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { NotServed, ServiceReason } from '../service/index.ts';

/** Reasons that are the query's own: trying again would end the same. */
const BAD_QUERIES: ReadonlySet<ServiceReason> = new Set(['no-variant', 'too-many-inputs']);
const LIMITS: ReadonlySet<ServiceReason> = new Set(['rate-limit', 'concurrency-limit']);
const RETRY_S = 1;

/**
 * The answer's status: 400 for what no variant can serve, 429 at the application's limits, 503 when there is no room,
 * 504 when it took too long, 500 when the execution failed, 499 when the client has left. Where trying again makes
 * sense, the header `retry-after` says when.
 */
export function statusOf(answer: NotServed): HttpRefusal {
  const status = statusNumber(answer);
  const retryAfterS = answer.retryAfterS ?? (status === 429 || status === 503 ? RETRY_S : undefined);
  if (retryAfterS === undefined) return new HttpRefusal(status, answer.message);
  return new HttpRefusal(status, answer.message, { 'retry-after': String(Math.max(1, Math.ceil(retryAfterS))) });
}

function statusNumber({ outcome, reason }: NotServed): number {
  switch (outcome) {
    case 'rejected':
      if (BAD_QUERIES.has(reason)) return 400;
      return LIMITS.has(reason) ? 429 : 503;
    case 'expired':
      return 504;
    case 'failed':
      // Also where the time ran out in the engine.
      if (reason === 'timeout') return 504;
      return reason === 'service-failed' ? 503 : 500;
    case 'cancelled':
      return 499;
    default:
      return assertNever(outcome);
  }
}
