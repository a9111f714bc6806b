/** What a live run hands over besides what a simulated one does: how punctual it was, and its log. */
import type { LogHistogram, MessageLog, Nanos, RunRecord } from '../../core/index.ts';

/** A distribution of delays. */
export interface Delays {
  readonly count: number;
  readonly p50Ns: Nanos;
  readonly p99Ns: Nanos;
  readonly maxNs: Nanos;
}

export interface LiveRunRecord extends RunRecord {
  /** From the scheduled time of an arrival until its request was opened. It is part of every latency. */
  readonly issueDelay: Delays;
  /** From the instant a timer was due until it fired. */
  readonly timerSlack: Delays;
  /** Present when it was asked for. */
  readonly log?: MessageLog;
}

/** The figures of a histogram; zeros when it is empty. */
export function delaysOf(histogram: LogHistogram): Delays {
  const { count, maximumNs } = histogram;
  const quantile = (probability: number): Nanos => (count === 0 ? 0 : Math.round(histogram.quantileNs(probability)));
  return { count, p50Ns: quantile(0.5), p99Ns: quantile(0.99), maxNs: maximumNs };
}
