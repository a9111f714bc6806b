/**
 * The result files' schema, versioned. `result.json` is one `ExperimentResult`; a report is made from the result
 * files alone, so it can be redone later. Numbers that do not exist (a latency when nothing was answered) are null.
 */
import type { ExpectationResult } from './expectation-result.ts';
import type { IntervalResult } from './interval-result.ts';
import type { MetricName } from './metrics/metric.ts';
import type { ObjectiveResult } from './objective-result.ts';
import type { OutcomeName, ReasonName } from './outcome.ts';

export const RESULT_VERSION = 1;

export type Metrics = Readonly<Record<MetricName, number | null>>;

/** Something wrong with a run, and what to do about it. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

export interface Verdict {
  readonly valid: boolean;
  readonly problems: readonly Problem[];
  /** What does not invalidate the run but a reader must know: extrapolation, skipped rows, too few samples. */
  readonly notes: readonly string[];
}

/** Counts by outcome of the measured requests; `unfinished` ones were open when the run was cut off. */
export type OutcomeCounts = Readonly<Record<OutcomeName | 'unfinished', number>>;

/** Columns of equal length; bin `i` starts at `startS[i]` and is `binS` wide. */
export interface SeriesResult {
  readonly binS: number;
  readonly startS: readonly number[];
  /** Requests scheduled in the bin, per second. */
  readonly offeredRps: readonly number[];
  /** Requests answered in the bin (by end time), per second. */
  readonly answeredRps: readonly number[];
  /** Requests refused, expired, failed or cancelled in the bin, per second. */
  readonly lostRps: readonly number[];
  /** Of the requests scheduled in the bin, percent served within their objective. */
  readonly attainmentPercent: readonly (number | null)[];
  /** Of the requests scheduled in the bin that were answered, mean accuracy of the variants that did. */
  readonly accuracyPercent: readonly (number | null)[];
  readonly latencyP50Ms: readonly (number | null)[];
  readonly latencyP90Ms: readonly (number | null)[];
  readonly latencyP99Ms: readonly (number | null)[];
  /** Inputs waiting in workers' queues and with the scheduler, mean of the bin's samples. */
  readonly queuedInputs: readonly (number | null)[];
  readonly runningInputs: readonly (number | null)[];
  readonly workersReady: readonly (number | null)[];
  readonly workersLoading: readonly (number | null)[];
  readonly workersDraining: readonly (number | null)[];
  readonly machinesUp: readonly (number | null)[];
  readonly machinesBooting: readonly (number | null)[];
}

/** Points of the latency distribution of the answered requests. */
export interface CdfResult {
  /** Ascending. */
  readonly latencyMs: readonly number[];
  /** Share at or below, 0 to 1. */
  readonly share: readonly number[];
}

export interface DecisionResult {
  readonly atS: number;
  readonly kind: string;
  /** Variant or machine type. */
  readonly subject: string;
  readonly worker: number | null;
  readonly machine: number | null;
  readonly reason: string;
}

/** One execution of a cell under one seed. */
export interface ReplicationResult {
  readonly replication: number;
  readonly seed: string;
  /** Digest of all events and control decisions. */
  readonly digest: string;
  /** One last draw from every random stream. */
  readonly unseed: string;
  readonly events: number;
  /** `drained`, or the bound that ended the run. */
  readonly ending: string;
  /** Simulated or live duration, and the wall time it took. */
  readonly durationS: number;
  readonly wallS: number;
  readonly verdict: Verdict;
  readonly metrics: Metrics;
  readonly byApplication: Readonly<Record<string, Metrics>>;
  readonly outcomes: OutcomeCounts;
  /** Measured requests by reason, those without one left out. */
  readonly reasons: Readonly<Partial<Record<ReasonName, number>>>;
  readonly cdf: CdfResult;
  /**
   * Jackknife pseudo-values of a single run over equal parts of its window: their mean is the run's value, and their
   * spread gives its interval. Absent for metrics they would promise too much of, and empty where there are several
   * replications.
   */
  readonly windowParts: Readonly<Partial<Record<MetricName, readonly (number | null)[]>>>;
  readonly batches: { readonly inputs: readonly number[]; readonly count: readonly number[] };
  readonly series: SeriesResult;
  readonly decisions: readonly DecisionResult[];
  /** All control decisions taken; `decisions` holds the first of them. */
  readonly decisionCount: number;
  /** Faults injected, by name. */
  readonly faults: Readonly<Record<string, number>>;
  readonly staleMessages: number;
  /** Measured requests that were answered, by application and by the variant that answered. */
  readonly servedBy: readonly ServedByResult[];
  /** Energy of the machine of each type that drew most, by the name of the type, in joules; 0 where there was none. */
  readonly batteryJoules: Readonly<Record<string, number>>;
  /** The offline jobs, in the order of the config. */
  readonly offline: readonly OfflineJobResult[];
}

/** An offline job: its files sum up to done, failed, cancelled and unfinished. */
export interface OfflineJobResult {
  readonly name: string;
  /** Null when no machine was looked for yet, or no variant can run it. */
  readonly variant: string | null;
  readonly files: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Waiting or running when the run ended. */
  readonly unfinished: number;
  /** Executions of batches that were not their first. */
  readonly retries: number;
  /** When its first batch started and its last file ended. */
  readonly startedS: number | null;
  readonly endedS: number | null;
  /** Files done per second from its start to its end, or to the end of the run. */
  readonly filesPerS: number | null;
  /** Why it could not be run, or ''. */
  readonly reason: string;
}

export interface ServedByResult {
  readonly application: string;
  readonly variant: string;
  readonly requests: number;
}

/** One point of the grid. */
export interface CellResult {
  readonly cell: number;
  /** Name of the policy set. */
  readonly policy: string;
  /** The grid's parameters at this point, by their name in the config. */
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Policy and parameters in one line, unique in the experiment. */
  readonly label: string;
  readonly verdict: Verdict;
  readonly metrics: Readonly<Record<MetricName, IntervalResult>>;
  /** Of each application, the metrics that exist for one; empty unless the experiment has 2 to 64 applications. */
  readonly metricsByApplication: Readonly<Record<string, ApplicationMetrics>>;
  /** How it did in the objectives of its grid point, in the order of the config. */
  readonly objectives: readonly ObjectiveResult[];
  /** Whether it meets all objectives; null without any, and while none is missed but some is undecided. */
  readonly acceptable: boolean | null;
  readonly replications: readonly ReplicationResult[];
}

export type ApplicationMetrics = Readonly<Partial<Record<MetricName, IntervalResult>>>;

/** A policy against the baseline at the same grid point, paired by seed. */
export interface ComparisonResult {
  readonly metric: MetricName;
  /** The application compared; null for all requests together. */
  readonly application: string | null;
  readonly baseline: number;
  readonly candidate: number;
  /** Candidate minus baseline. */
  readonly difference: IntervalResult;
  readonly ratio: number | null;
  readonly verdict: 'better' | 'worse' | 'inconclusive';
}

export interface ExperimentResult {
  readonly version: typeof RESULT_VERSION;
  readonly world: 'simulated' | 'live';
  readonly name: string;
  readonly question: string;
  /** The config as resolved: every default filled in. */
  readonly config: unknown;
  readonly configHash: string;
  readonly seed: string;
  readonly environment: EnvironmentResult;
  /** False when the run was interrupted: only what was finished is here. */
  readonly complete: boolean;
  readonly verdict: Verdict;
  readonly cells: readonly CellResult[];
  /** Metrics compared between policies; the verdict is about the first in which they differ. */
  readonly compared: readonly MetricName[];
  readonly comparisons: readonly ComparisonResult[];
  /** What the config expected, in its order; by grid point and policy set within an expectation. */
  readonly expectations: readonly ExpectationResult[];
  /** The command that repeats the run. */
  readonly command: string;
  /** Hash over the digests of all replications in plan order. */
  readonly digest: string;
}

export interface EnvironmentResult {
  readonly rehearse: string;
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** ISO 8601, when the experiment was started. */
  readonly startedAt: string;
  readonly wallS: number;
}

/** Columns of `requests.csv`, in order; `cell` and `replication` say which run a row belongs to. */
export const REQUEST_COLUMNS = [
  'cell',
  'replication',
  'ordinal',
  'application',
  'use_case',
  'architecture',
  'variant',
  'worker',
  'machine',
  'inputs',
  'batch_inputs',
  'objective_ms',
  'scheduled_s',
  'queue_ms',
  'load_wait_ms',
  'preprocess_ms',
  'infer_ms',
  'postprocess_ms',
  'latency_ms',
  'outcome',
  'reason',
] as const;
