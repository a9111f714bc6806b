/** What a result says of an expectation of the config: the two kinds of them, and how they came out. */
import type { IntervalResult } from './interval-result.ts';
import type { MetricName } from './metrics/metric.ts';

export type ExpectedDirection = 'higher' | 'lower' | 'equal';

/** `held` and `not held` are shown by intervals; `undecided` is everything else. */
export type ExpectationOutcome = 'held' | 'not held' | 'undecided';

/**
 * How many times better one policy set does than another: for `higher` the value of `better` over that of `than`, for
 * `lower` the other way round, for `equal` as the metric improves. Above 1 is an advantage of `better`.
 */
export interface AdvantageRatio {
  readonly mean: number;
  /** Ends of the Student-t interval; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  /** `geometric-mean` of the ratios under each seed; `ratio-of-means`, without interval, where some value is 0. */
  readonly method: 'geometric-mean' | 'ratio-of-means';
}

/** What the config expected and what was found, at one grid point. */
export type ExpectationResult = ComparisonExpectation | ServedByExpectation;

interface ExpectationFrame {
  /** Short id; several expectations may belong to one claim. */
  readonly claim: string;
  readonly says: string;
  /** The application judged; null for all requests together. */
  readonly application: string | null;
  /** The grid's parameters at this point. */
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly outcome: ExpectationOutcome;
  /** Why there is no interval or no value; '' otherwise. */
  readonly remark: string;
}

/** A direction that one policy set was expected to have against another, and the paired difference that was found. */
export interface ComparisonExpectation extends ExpectationFrame {
  readonly kind: 'comparison';
  readonly metric: MetricName;
  readonly better: string;
  readonly than: string;
  readonly direction: ExpectedDirection;
  /** Of `equal`: a share, or points for metrics in percent. */
  readonly tolerance: number | null;
  /** Null where one of the two sides has no value, cannot be trusted, or is 0 throughout. */
  readonly ratio: AdvantageRatio | null;
  /** `better` minus `than`. */
  readonly difference: IntervalResult;
  /** The ratio that the paper reports. */
  readonly paperRatio: number | null;
  /** Whether the ratio found is at least half and at most twice the paper's. */
  readonly withinFactor2: boolean | null;
}

/**
 * The variants that were expected to answer under a policy set, and their share of the answered requests. A limit of
 * 100 % holds when nobody else answered in any replication, and does not when somebody did. A lower limit is judged by
 * the interval: it holds when the interval lies at or above the limit, does not when it lies below; a single run has
 * none.
 */
export interface ServedByExpectation extends ExpectationFrame {
  readonly kind: 'served-by';
  readonly policy: string;
  /** Any of them may answer. */
  readonly variants: readonly string[];
  /** The least share expected, above 0 and up to 100. */
  readonly limitPercent: number;
  /** Over replications, in percent. */
  readonly sharePercent: IntervalResult;
  /** Of the replication with the smallest share; null where there is no value. */
  readonly lowestPercent: number | null;
}
