/**
 * The stop rule for replications: go on until the interval is narrow enough or the cap is reached, and say which
 * happened. It decides only; the caller runs the replications and asks again.
 */
import { invariant } from '../../core/index.ts';
import { DEFAULT_CONFIDENCE, intervalOf, relativeHalfWidth } from './interval.ts';
import type { Interval } from './interval.ts';

export interface ReplicationPlan {
  /** Stop when half-width / |mean| is at most this, such as 0.05. */
  readonly relativeHalfWidthTarget: number;
  /** Never run more replications than this. */
  readonly cap: number;
  /**
   * Judge no interval of fewer replications than this: an early one may be narrow by luck. Default 10, or the cap
   * where that is lower.
   */
  readonly minimum?: number;
  /** Two-sided confidence. Default 0.95. */
  readonly confidence?: number;
}

interface ReplicationState {
  /** Null before the first replication. */
  readonly interval: Interval | null;
  /** Null when there is none: fewer than two replications, or a mean of 0. */
  readonly relativeHalfWidth: number | null;
}

export interface ReplicationsGoOn extends ReplicationState {
  readonly status: 'continue';
  /** How many replications in all will probably be enough, at least one more than now and at most the cap. */
  readonly expectedTotal: number;
}

export interface ReplicationsStop extends ReplicationState {
  readonly status: 'stop';
  readonly reason: 'target-reached' | 'cap-reached';
}

/**
 * Decides after each replication, or group of replications, of one cell.
 *
 * Source: the sequential procedure of Law, Simulation Modeling and Analysis, 5th ed., section 9.4.1. The half-width
 * shrinks with the square root of the number of replications, whence the expected total.
 *
 * @param values - the metric, one finite value per replication so far
 */
export function decideReplications(
  values: readonly number[],
  { relativeHalfWidthTarget, cap, minimum = Math.min(10, cap), confidence = DEFAULT_CONFIDENCE }: ReplicationPlan,
): ReplicationsGoOn | ReplicationsStop {
  invariant(relativeHalfWidthTarget > 0, `the target half-width must be above 0, found ${relativeHalfWidthTarget}`);
  invariant(minimum >= 1 && cap >= minimum, `replications: 1 <= minimum <= cap, found ${minimum} and ${cap}`);

  const count = values.length;
  const interval = count === 0 ? null : intervalOf(values, confidence);
  const relative = interval === null ? null : relativeHalfWidth(interval);
  const state: ReplicationState = { interval, relativeHalfWidth: relative };
  if (count >= minimum && relative !== null && relative <= relativeHalfWidthTarget) {
    return { ...state, status: 'stop', reason: 'target-reached' };
  }
  if (count >= cap) return { ...state, status: 'stop', reason: 'cap-reached' };

  const excess = relative === null ? 1 : relative / relativeHalfWidthTarget;
  const wanted = Math.max(Math.ceil(count * excess * excess), count + 1, minimum);
  return { ...state, status: 'continue', expectedTotal: Math.min(wanted, cap) };
}
