/** How long a query may take: what its sender asked for, and what its call's deadline leaves, whichever is less. */
import { status } from '@grpc/grpc-js';
import type { Nanos } from '../../core/index.ts';
import { CallFailure } from './call-failure.ts';

/**
 * @param askedNs timeout that the query itself carries; undefined without one.
 * @param deadlineMs the call's, in milliseconds since 1970; `Infinity` without one.
 * @returns undefined when neither bounds the query.
 * @throws CallFailure DEADLINE_EXCEEDED when nothing is left.
 */
export function queryTimeoutNs(askedNs: Nanos | undefined, deadlineMs: number): Nanos | undefined {
  if (deadlineMs === Infinity) return askedNs;
  const leftMs = deadlineMs - Date.now();
  if (leftMs <= 0) throw new CallFailure(status.DEADLINE_EXCEEDED, 'the deadline has passed');
  return Math.min(askedNs ?? Infinity, leftMs * 1_000_000);
}
