/** A value with its interval, as every result that has one states it. */

/** Mean of a metric over replications (or parts of one run) with its Student-t interval. */
export interface IntervalResult {
  readonly mean: number | null;
  /** Null for a single replication, or when some replication has no value. */
  readonly halfWidth: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** 0 to 1, such as 0.95. */
  readonly confidence: number;
  /** Replications, or batches of one run. */
  readonly samples: number;
  readonly method: 'replications' | 'jackknife';
}
