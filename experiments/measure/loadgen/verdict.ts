/**
 * Whether a load test is VALID: LoadGen's constraints and ours, each with what to change where it is not met. LoadGen
 * looks at no answer and at no generator; here a run with errors beyond what is allowed, one with too few right
 * answers, and one whose generator fell behind its schedule are INVALID.
 */
import type { Nanos } from '../../../core/index.ts';
import { NEVER, formatDuration, milliseconds, toMilliseconds, toSeconds } from '../../../core/index.ts';
import { ISSUE_DELAY_P99_MAX_NS, REQUESTS_MIN, isGeneratorLate } from '../../run/punctuality.ts';
import { percentText } from './percentiles.ts';
import type { QueryLog } from './query-log.ts';
import type { LoadScore } from './score.ts';
import type { LoadSettings } from './settings.ts';

/** The names LoadGen prints, and ours below them. */
export const CONSTRAINTS = {
  performance: 'Performance constraints satisfied',
  'min-duration': 'Min duration satisfied',
  'min-queries': 'Min queries satisfied',
  'early-stopping': 'Early stopping satisfied',
  errors: 'Errors within what is allowed',
  accuracy: 'Min accuracy satisfied',
  punctuality: 'Generator kept its schedule',
  completeness: 'Ran to its end',
} as const;
export type ConstraintName = keyof typeof CONSTRAINTS;

export interface Constraint {
  readonly name: ConstraintName;
  readonly met: boolean;
  /** What was found, and what was asked: of interest when it is not met. */
  readonly found: string;
  /** What to change. */
  readonly advice: string;
}

export interface LoadVerdict {
  readonly valid: boolean;
  readonly constraints: readonly Constraint[];
}

/** The generator is late when 1 % of the queries were issued a tenth of the latency limit too late, or 10 ms. */
const LATE_SHARE = 0.1;
/** Below this nobody can be blamed: a process on a busy machine waits so long for its turn. */
const LATE_MIN_NS = milliseconds(1);

/** How late 1 % of the queries of Server may be issued. */
export function issueDelayLimit({ targetLatencyNs }: Pick<LoadSettings, 'targetLatencyNs'>): Nanos {
  return Math.min(ISSUE_DELAY_P99_MAX_NS, Math.max(LATE_MIN_NS, Math.round(targetLatencyNs * LATE_SHARE)));
}

export interface Judged {
  readonly score: LoadScore;
  readonly log: QueryLog;
  readonly settings: LoadSettings;
  /** Why the run ended before its end, or null. */
  readonly broken: string | null;
}

export function verdictOf(judged: Judged): LoadVerdict {
  const constraints = [
    ...performance(judged),
    minDuration(judged),
    minQueries(judged),
    ...earlyStopping(judged),
    errors(judged),
    ...accuracy(judged),
    ...punctuality(judged),
    completeness(judged),
  ];
  return { valid: constraints.every(({ met }) => met), constraints };
}

function performance({ score, settings }: Judged): Constraint[] {
  const { scenario, targetLatencyNs, targetLatencyPercentile } = settings;
  if (scenario !== 'server') return [];
  const { targetPercentileNs } = score;
  const found = `p${percentText(targetLatencyPercentile)} ${latencyText(targetPercentileNs)}, limit ${latencyText(targetLatencyNs)}`;
  const met = targetPercentileNs !== null && targetPercentileNs <= targetLatencyNs;
  return [{ name: 'performance', met, found, advice: 'lower target_qps, or raise target_latency' }];
}

function minDuration({ score, settings }: Judged): Constraint {
  const { scenario, minDurationNs } = settings;
  const [foundNs, what] = {
    'single-stream': [score.lastIssuedNs, 'the last query was issued at'] as const,
    'multi-stream': [score.lastIssuedNs, 'the last query was issued at'] as const,
    server: [score.lastScheduledNs, 'the last query was scheduled at'] as const,
    offline: [score.lastEndNs, 'the last sample was done at'] as const,
  }[scenario];
  const found = `${what} ${toSeconds(foundNs).toFixed(2)} s of ${formatDuration(minDurationNs)}`;
  const advice =
    scenario === 'offline'
      ? `raise target_qps to what was reached, ${roundedRate(score.rates.offlineRps)}: the query becomes larger`
      : 'raise max_duration and max_query_count, or lower min_duration';
  return { name: 'min-duration', met: foundNs >= minDurationNs, found, advice };
}

function minQueries({ score, settings }: Judged): Constraint {
  const { scenario, minQueryCount } = settings;
  const count = scenario === 'offline' ? score.issuedSamples : score.queries;
  const found = `${count} of ${minQueryCount} ${scenario === 'offline' ? 'samples' : 'queries'}`;
  const advice = 'raise max_duration and max_query_count, or lower min_query_count';
  return { name: 'min-queries', met: count >= minQueryCount, found, advice };
}

function earlyStopping({ score, settings }: Judged): Constraint[] {
  const { satisfied, server, estimates, queries } = score.earlyStopping;
  if (settings.scenario === 'offline') return [];
  const needed = server?.needed ?? estimates[0].needed;
  const over = server === null ? '' : ` with ${server.overLatency} over the limit`;
  const found = `${queries} queries${over}, ${needed} needed`;
  // With a larger share over the limit than the percentile allows, more queries of the kind make it no better.
  const isHopeless = server !== null && server.overLatency > queries * (1 - settings.targetLatencyPercentile);
  const more = Math.max(0, needed - queries);
  const advice = isHopeless
    ? 'more queries would not help: lower target_qps, or raise target_latency'
    : `at least ${more} queries more are needed: raise min_query_count to ${needed}`;
  return [{ name: 'early-stopping', met: satisfied, found, advice }];
}

function errors({ score, log, settings }: Judged): Constraint {
  const { allowErrors } = settings;
  const share = score.queries === 0 ? 1 : score.errors / score.queries;
  const kinds = [...log.faults].toSorted(([, a], [, b]) => b - a).map(([fault, count]) => `${fault} ${count}`);
  const listed = kinds.length === 0 ? '' : `: ${kinds.slice(0, 5).join(', ')}`;
  const found =
    score.queries === 0
      ? 'no query was issued'
      : `${score.errors} of ${score.queries} queries without a right answer${listed}`;
  const advice = 'mend what fails, lower the load, or state what is tolerable with --allow-errors';
  return { name: 'errors', met: score.queries > 0 && share <= allowErrors, found, advice };
}

function accuracy({ score, settings }: Judged): Constraint[] {
  const { minAccuracyPercent } = settings;
  if (minAccuracyPercent === 0) return [];
  const measured = score.accuracy;
  const found =
    measured === null ? 'no answer has a label' : `${measured.percent.toFixed(2)} %, ${minAccuracyPercent} % asked`;
  const met = measured !== null && measured.percent >= minAccuracyPercent;
  return [{ name: 'accuracy', met, found, advice: 'serve a more accurate variant, or look at its answers' }];
}

/** Of Server alone: in the streams the generator waits, and in Offline everything is due at once. */
function punctuality({ score, settings }: Judged): Constraint[] {
  const { issueDelay } = score;
  if (settings.scenario !== 'server' || issueDelay === null || issueDelay.count < REQUESTS_MIN) return [];
  const p99Ns = issueDelay.percentiles.find(({ percentile }) => percentile === 0.99)?.valueNs ?? 0;
  const limitNs = issueDelayLimit(settings);
  const found = `1 % of the queries were issued ${latencyText(p99Ns)} or more too late, limit ${latencyText(limitNs)}`;
  const advice = 'lower target_qps, raise --connections, or give this process a core of its own';
  return [{ name: 'punctuality', met: !isGeneratorLate({ count: issueDelay.count, p99Ns }, limitNs), found, advice }];
}

function completeness({ broken }: Judged): Constraint {
  return { name: 'completeness', met: broken === null, found: broken ?? 'it did', advice: 'run it again' };
}

/** A latency in milliseconds; `NEVER` in words. */
export function latencyText(valueNs: Nanos | null): string {
  if (valueNs === null) return 'unknown';
  return valueNs === NEVER ? 'never (no answer)' : `${toMilliseconds(valueNs).toFixed(3)} ms`;
}

function roundedRate(rateRps: number): string {
  return Number.isFinite(rateRps) ? String(Number(rateRps.toPrecision(3))) : 'at least 1';
}
