/** How a request can end. Exactly one of these, once; everything but `served` carries a reason. */

export const OUTCOMES = ['served', 'late', 'rejected', 'expired', 'failed', 'cancelled'] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

/** Codes stored in the request table; 0 means the request is still open. */
export const OPEN = 0;
export const SERVED = 1;
export const LATE = 2;
export const REJECTED = 3;
export const EXPIRED = 4;
export const FAILED = 5;
export const CANCELLED = 6;
export type Outcome = 1 | 2 | 3 | 4 | 5 | 6;

export function outcomeName(outcome: Outcome): OutcomeName {
  return OUTCOMES[outcome - 1];
}

/**
 * Why a request was not served, in the order of their codes. `none` belongs to `served`.
 * Appending is compatible; reordering changes digests.
 */
export const REASONS = [
  'none',
  'deadline-missed',
  'no-variant',
  'too-many-inputs',
  'queue-full',
  'deadline-unreachable',
  'no-worker',
  'hold-full',
  'deadline-passed',
  'worker-crashed',
  'machine-lost',
  'execution-failed',
  'timeout',
  'client-cancelled',
  'admission-refused',
  'dispatch-refused',
] as const;
export type ReasonName = (typeof REASONS)[number];
export type Reason = number & { readonly code?: 'reason' };

/** The code of a reason. */
export function reason(name: ReasonName): Reason {
  return REASONS.indexOf(name);
}

export function reasonName(code: Reason): ReasonName {
  return REASONS[code] ?? 'none';
}
