/**
 * The figures of a load test: LoadGen's metrics and additional statistics, from the log of its queries. A query
 * without a right answer has a latency of `NEVER` in every percentile: it was not answered in any time. LoadGen would
 * count a refusal as a quick completion.
 */
import type { Nanos, Percent } from '../../../core/index.ts';
import { NEVER, toSeconds } from '../../../core/index.ts';
import { earlyStoppingOf } from './early-stopping.ts';
import type { EarlyStoppingResult } from './early-stopping.ts';
import { percentileIndex, spreadOf } from './percentiles.ts';
import type { Spread } from './percentiles.ts';
import type { QueryLog } from './query-log.ts';
import type { LoadSettings } from './settings.ts';

/** How right the answers were. */
export interface AnswerAccuracy {
  readonly percent: Percent;
  /** Inputs it was measured on. */
  readonly inputs: number;
  /** Compared with labels, or what the catalogue says of the variants that answered. */
  readonly source: 'labels' | 'catalogue';
}

export interface LoadScore {
  readonly queries: number;
  /** Samples of all queries, and of those that were answered. */
  readonly issuedSamples: number;
  readonly samples: number;
  readonly errors: number;
  /** Of queries, against LoadGen's zero: the scheduled time in Server and Offline, the time of issue in the others. */
  readonly latency: Spread | null;
  /** Latency at the target percentile; null without queries. */
  readonly targetPercentileNs: Nanos | null;
  readonly earlyStopping: EarlyStoppingResult;
  /** Scheduled to issued; null without queries. */
  readonly issueDelay: Spread | null;
  readonly lastScheduledNs: Nanos;
  readonly lastIssuedNs: Nanos;
  readonly lastEndNs: Nanos;
  /** Answered samples a second of what the scenario measures them over; NaN where that is no time. */
  readonly rates: LoadRates;
  readonly accuracy: AnswerAccuracy | null;
}

/** Samples a second. Those of streams count the time until the last query was issued, as LoadGen does. */
export interface LoadRates {
  /** Of Offline: samples over the largest latency. */
  readonly offlineRps: number;
  /** Of Server: queries but one over the last scheduled time, and over the end of the query scheduled last. */
  readonly scheduledRps: number;
  readonly completedRps: number;
  /** Of the streams: with the time between queries, and without. */
  readonly withOverheadRps: number;
  readonly withoutOverheadRps: number;
}

export function scoreOf(log: QueryLog, settings: LoadSettings, accuracy: AnswerAccuracy | null): LoadScore {
  const { scenario, targetLatencyPercentile } = settings;
  const isOpen = scenario === 'server' || scenario === 'offline';
  const answered = (isOpen ? log.fromScheduledNs : log.fromIssuedNs).toSorted((a, b) => a - b);
  const sorted = [...answered, ...Array.from({ length: log.errors }, () => NEVER)];
  const latency = sorted.length === 0 ? null : spreadOf(sorted);
  return {
    queries: log.issued,
    issuedSamples: log.issuedSamples,
    samples: log.answeredSamples,
    errors: log.errors,
    latency,
    targetPercentileNs: latency === null ? null : sorted[percentileIndex(sorted.length, targetLatencyPercentile)],
    earlyStopping: earlyStoppingOf(sorted, settings),
    issueDelay: log.issued === 0 ? null : spreadOf(log.issueDelaysNs.toSorted((a, b) => a - b)),
    lastScheduledNs: log.lastScheduledNs,
    lastIssuedNs: log.lastIssuedNs,
    lastEndNs: log.lastEndNs,
    rates: ratesOf(log, latency),
    accuracy,
  };
}

function ratesOf(log: QueryLog, latency: Spread | null): LoadRates {
  const { answeredSamples, lastScheduledNs, lastIssuedNs, lastEndNs, finalEndNs } = log;
  const answered = log.counts.answered;
  const perQuery = answered === 0 ? 0 : answeredSamples / answered;
  // The last query begins the open end of the time, so it does not count.
  const butOne = Math.max(0, answeredSamples - perQuery);
  return {
    offlineRps: answeredSamples / toSeconds(lastEndNs),
    scheduledRps: Math.max(0, log.issued - 1) / toSeconds(lastScheduledNs),
    completedRps: butOne / toSeconds(finalEndNs),
    withOverheadRps: butOne / toSeconds(lastIssuedNs),
    withoutOverheadRps: perQuery / toSeconds(latency?.meanNs ?? Number.NaN),
  };
}
