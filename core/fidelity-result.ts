/**
 * The schema of `fidelity.json`, versioned: simulated and live runs of the same requests side by side, how far they are
 * apart, and whether that is within a stated bar. The page and the CSV are made from this file alone. Differences are
 * simulated minus live, in points for percentages and in percent of the live mean for everything else.
 */
import type { IntervalResult } from './interval-result.ts';
import type { CdfResult, EnvironmentResult, Problem } from './results.ts';

export const FIDELITY_VERSION = 1;

/** How far a simulation may be from the live runs. */
export interface FidelityBar {
  /** Largest difference of SLA attainment in any cell, at every load, in percentage points. */
  readonly attainmentPointsMax: number;
  /** Mean of the magnitudes of those differences over all cells, in percentage points. */
  readonly attainmentPointsMeanMax: number;
  /** Largest difference of p50 and p99 as a share of the live mean, such as 0.09. */
  readonly latencyShareMax: number;
  /** Latencies are judged up to this load, in percent of capacity. */
  readonly latencyUpToLoadPercent: number;
}

/** What the bar says of a quantity: nothing, or which of its limits applies. */
type Judged = 'attainment' | 'latency' | 'no';

interface Definition<Name extends string> {
  readonly name: Name;
  /** For people, without the unit. */
  readonly label: string;
  /** '' for a plain count. */
  readonly unit: string;
  /** Of the difference. */
  readonly differenceUnit: 'points' | '%';
  /** 0 to 1 for a percentile, which takes enough answered requests to be told at all; null for what is none. */
  readonly quantile: number | null;
  readonly judged: Judged;
  readonly doc: string;
}

function relative<const Name extends string>(
  name: Name,
  parts: Pick<Definition<Name>, 'label' | 'unit' | 'doc'> & Partial<Pick<Definition<Name>, 'quantile' | 'judged'>>,
): Definition<Name> {
  return { differenceUnit: '%', quantile: null, judged: 'no', ...parts, name };
}

/** What is set side by side, in the order of tables. Metrics have the names and definitions of METRICS. */
export const FIDELITY_QUANTITIES = [
  {
    name: 'attainment_percent',
    label: 'SLA attainment',
    unit: '%',
    differenceUnit: 'points',
    quantile: null,
    judged: 'attainment',
    doc: 'requests served within their objective, of all requests',
  },
  relative('latency_mean_ms', { label: 'mean latency', unit: 'ms', doc: 'scheduled time to answer' }),
  relative('latency_p50_ms', { label: 'p50 latency', unit: 'ms', quantile: 0.5, judged: 'latency', doc: 'median' }),
  relative('latency_p90_ms', { label: 'p90 latency', unit: 'ms', quantile: 0.9, doc: '90th percentile' }),
  relative('latency_p99_ms', {
    label: 'p99 latency',
    unit: 'ms',
    quantile: 0.99,
    judged: 'latency',
    doc: '99th percentile',
  }),
  relative('queue_mean_ms', {
    label: 'mean queueing',
    unit: 'ms',
    doc: 'scheduled time to start of the batch: says whether a difference is of waiting',
  }),
  relative('infer_mean_ms', {
    label: 'mean execution',
    unit: 'ms',
    doc: 'time of the batch an answered request was in: says whether a difference is of the latency table',
  }),
  relative('throughput_inputs_per_s', {
    label: 'throughput',
    unit: 'inputs/s',
    doc: 'inputs answered per second of the measured window',
  }),
  relative('batch_mean_inputs', { label: 'mean batch', unit: 'inputs', doc: 'inputs per batch, over the whole run' }),
  relative('workers_mean', {
    label: 'ready workers',
    unit: '',
    doc: 'ready workers, mean over the time of the whole run',
  }),
] as const satisfies readonly Definition<string>[];

export type FidelityQuantityName = (typeof FIDELITY_QUANTITIES)[number]['name'];
export type FidelityQuantity = Definition<FidelityQuantityName>;

/** The verdicts on one quantity of one cell, the best first. */
export const FIDELITY_VERDICTS = ['within', 'within live noise', 'misses', 'not judged'] as const;
export type FidelityVerdict = (typeof FIDELITY_VERDICTS)[number];

/** One quantity of one cell. */
export interface FidelityComparison {
  readonly quantity: FidelityQuantityName;
  readonly simulated: IntervalResult;
  readonly live: IntervalResult;
  /** Simulated minus live, paired, in the unit of the quantity's differences. */
  readonly difference: IntervalResult;
  /** What the bar allows, in that unit; null where it says nothing. */
  readonly limit: number | null;
  /** Half-width of the live runs' own interval in that unit; null without an interval. */
  readonly liveNoise: number | null;
  readonly verdict: FidelityVerdict;
  /** Why it is not judged, or what to know of the verdict; '' for nothing. */
  readonly remark: string;
}

/** Columns of equal length over the time of one run; bin `i` starts at `i * binS`. */
export interface FidelitySeries {
  readonly binS: number;
  readonly attainmentPercent: readonly (number | null)[];
  /** Where bins were merged, the largest of theirs. */
  readonly latencyP99Ms: readonly (number | null)[];
  readonly answeredRps: readonly (number | null)[];
  readonly queuedInputs: readonly (number | null)[];
  readonly workersReady: readonly (number | null)[];
}

/** The same requests under the same policy, simulated and live. */
export interface FidelityCellResult {
  readonly label: string;
  /** What belongs together in the page: a scenario. */
  readonly group: string;
  /** Of capacity; null where it is not known. */
  readonly loadPercent: number | null;
  /** Pairs of runs compared. */
  readonly pairs: number;
  /** The fewest requests that one run of either side answered; 0 without pairs. */
  readonly answeredMin: number;
  /** In the order of FIDELITY_QUANTITIES. */
  readonly comparisons: readonly FidelityComparison[];
  /** The mean of the distributions of all pairs. */
  readonly cdf: { readonly simulated: CdfResult; readonly live: CdfResult };
  /** Of the first pair; null without pairs. */
  readonly series: { readonly simulated: FidelitySeries; readonly live: FidelitySeries } | null;
  readonly notes: readonly string[];
}

/** A pair of runs that was not compared because one of them cannot be believed. */
export interface FidelityLeftOut {
  readonly group: string;
  readonly cell: string;
  readonly world: 'simulated' | 'live';
  readonly replication: number;
  readonly problem: Problem;
}

/** What one of the worlds has and the other has not, so that they may differ by it. */
export interface Exclusion {
  readonly what: string;
  /** Where it exists. */
  readonly where: 'live only' | 'simulated only' | 'in neither';
  /** Why it is left out, and which way it moves the figures where that is known. */
  readonly why: string;
}

/** How a quantity fared over all cells. */
export interface FidelityTally {
  readonly quantity: FidelityQuantityName;
  readonly judged: number;
  readonly within: number;
  /** Of those, the ones within half of the limit. */
  readonly withinHalf: number;
  readonly withinNoise: number;
  readonly missed: number;
  /** Cells at which the bar applies but nothing can be said: too few samples, no valid runs. */
  readonly unknown: number;
  /** Of the magnitudes of the differences in judged cells; null when there are none. */
  readonly largest: number | null;
  readonly mean: number | null;
}

/** A judged comparison, by its distance from the limit. */
export interface FidelityExtreme {
  readonly group: string;
  readonly cell: string;
  readonly quantity: FidelityQuantityName;
  /** In the unit of the quantity's differences. */
  readonly difference: number;
  readonly limit: number;
  readonly verdict: FidelityVerdict;
}

export interface FidelitySummary {
  /** `undecided` when nothing misses but something that the bar speaks of could not be judged. */
  readonly verdict: 'met' | 'missed' | 'undecided';
  /** Of the quantities that the bar speaks of, in the order of FIDELITY_QUANTITIES. */
  readonly tallies: readonly FidelityTally[];
  /** Whether the mean difference of attainment is within its own limit; null without one. */
  readonly attainmentMeanWithin: boolean | null;
  /** All that miss and the worst of the others, by their distance relative to their limits, the worst first. */
  readonly worst: readonly FidelityExtreme[];
}

export interface FidelityResult {
  readonly version: typeof FIDELITY_VERSION;
  readonly name: string;
  readonly question: string;
  readonly bar: FidelityBar;
  /** Of all intervals, 0 to 1. */
  readonly confidence: number;
  readonly summary: FidelitySummary;
  readonly cells: readonly FidelityCellResult[];
  readonly leftOut: readonly FidelityLeftOut[];
  readonly excluded: readonly Exclusion[];
  readonly notes: readonly string[];
  /** Of the live runs. */
  readonly environment: EnvironmentResult;
  /** The command that repeats the comparison. */
  readonly command: string;
}

/** The definition of a quantity. */
export function fidelityQuantity(name: FidelityQuantityName): FidelityQuantity {
  const found = FIDELITY_QUANTITIES.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`no quantity ${name}`);
  return found;
}
