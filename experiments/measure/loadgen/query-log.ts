/**
 * What became of every query of a load test, in LoadGen's terms and in those that LoadGen lacks: an answer is a right
 * one or it is none. A query ends once, as answered or with what went wrong; one that never ended is missing.
 * Latencies are kept for each query, so that percentiles are LoadGen's and not a histogram's.
 */
import type { Nanos } from '../../../core/index.ts';

/**
 * `answered`; `rejected` by a service that said no; `failed` while it was at work or on the way; `wrong` is an answer
 * that is not what the model promises; `missing` came in no time.
 */
export const QUERY_STATUSES = ['answered', 'rejected', 'failed', 'wrong', 'missing'] as const;
export type QueryStatus = (typeof QUERY_STATUSES)[number];

/** One query that has ended, or that never will. */
export interface EndedQuery {
  readonly scheduledNs: Nanos;
  /** When the system under test was given it. */
  readonly issuedNs: Nanos;
  /** When its answer was whole. */
  readonly endNs: Nanos;
  readonly samples: number;
  readonly status: QueryStatus;
  /** What went wrong, in few words that are the same for the same fault; '' when answered. */
  readonly detail: string;
}

export class QueryLog {
  /** Of answered queries: latency from the scheduled time, and from the time of issue. */
  readonly fromScheduledNs: number[] = [];
  readonly fromIssuedNs: number[] = [];
  /** From the scheduled time to that of issue, of every query. */
  readonly issueDelaysNs: number[] = [];
  readonly counts: Readonly<Record<QueryStatus, number>> = {
    answered: 0,
    rejected: 0,
    failed: 0,
    wrong: 0,
    missing: 0,
  };
  /** How often each thing went wrong. */
  readonly faults = new Map<string, number>();
  answeredSamples = 0;
  /** Samples of all queries issued. */
  issuedSamples = 0;
  /** Latest times over all queries; 0 without any. */
  lastScheduledNs: Nanos = 0;
  lastIssuedNs: Nanos = 0;
  /** When the last answer came, or the last fault. */
  lastEndNs: Nanos = 0;
  /** When the query that was scheduled last had its answer. */
  finalEndNs: Nanos = 0;

  /** Takes a query that has ended. */
  add(query: EndedQuery): void {
    const { scheduledNs, issuedNs, endNs, status } = query;
    this.tally(status, query.detail);
    this.issueDelaysNs.push(issuedNs - scheduledNs);
    this.issuedSamples += query.samples;
    if (scheduledNs >= this.lastScheduledNs) this.finalEndNs = endNs;
    this.lastScheduledNs = Math.max(this.lastScheduledNs, scheduledNs);
    this.lastIssuedNs = Math.max(this.lastIssuedNs, issuedNs);
    this.lastEndNs = Math.max(this.lastEndNs, endNs);
    if (status !== 'answered') return;
    this.fromScheduledNs.push(endNs - scheduledNs);
    this.fromIssuedNs.push(endNs - issuedNs);
    this.answeredSamples += query.samples;
  }

  /** Queries issued. */
  get issued(): number {
    return this.issueDelaysNs.length;
  }

  /** Queries without a right answer. */
  get errors(): number {
    return this.issued - this.counts.answered;
  }

  private tally(status: QueryStatus, detail: string): void {
    (this.counts as Record<QueryStatus, number>)[status] += 1; // Readonly to everyone else.
    if (status === 'answered') return;
    const fault = detail === '' ? status : detail;
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }
}
