/**
 * How far a single run can be trusted. Its measured window is cut into equal parts of time, and each metric gets one
 * jackknife pseudo-value a part: with n parts, `n * whole - (n - 1) * without the part`, moved so that their mean is the
 * run's own value. Unlike the plain values of parts they weigh a part by what happened in it, and they are right for
 * quantiles, which are no means of parts (Miller, The jackknife - a review, Biometrika 61, 1974).
 *
 * A metric gets none where they would promise too much: too few requests for the quantile, or parts that depend on
 * each other.
 */
import type { MetricName, Metrics, Nanos, TimeSeries } from '../../core/index.ts';
import { metricNamed, quantileOfCounts, toMilliseconds, toSeconds } from '../../core/index.ts';
import { isAutocorrelated, samplesForPercentile } from '../statistics/index.ts';

/** Parts of the window: 20, the usual number of batches (Law, Simulation Modeling and Analysis, 9.5.3). */
const PARTS = 20;
/** Requests that a part must hold: fewer make pseudo-values that differ by what single requests did. */
const REQUESTS_MIN = 30;

export interface WindowParts {
  readonly values: Partial<Record<MetricName, readonly number[]>>;
  /** Why a metric has none. */
  readonly notes: readonly string[];
}

/** What is summed over the bins of a part. */
interface Sums {
  readonly arrived: number;
  readonly attained: number;
  readonly judged: number;
  readonly latencyNs: number;
  readonly answered: number;
  readonly latencyCounts: Float64Array;
  readonly seconds: number;
}

const QUANTILES = [
  ['latency_p50_ms', 0.5],
  ['latency_p90_ms', 0.9],
  ['latency_p95_ms', 0.95],
  ['latency_p99_ms', 0.99],
] as const satisfies readonly (readonly [MetricName, number])[];

/** @param metrics the run's own values, which the pseudo-values are centred on. */
export function windowParts(
  series: TimeSeries,
  window: { fromNs: Nanos; untilNs: Nanos },
  metrics: Metrics,
): WindowParts {
  const first = Math.ceil(window.fromNs / series.widthNs);
  const end = Math.min(series.length, Math.floor(window.untilNs / series.widthNs));
  const bins = Math.floor((end - first) / PARTS);
  if (bins < 1) return { values: {}, notes: ['the run is too short to be cut into parts: no intervals'] };
  const parts = Array.from({ length: PARTS }, (_, part) =>
    sumsOf(series, first + part * bins, first + (part + 1) * bins - 1),
  );
  const whole = parts.reduce(plus);
  const fewest = Math.min(...parts.map(({ judged }) => judged));
  if (fewest < REQUESTS_MIN) {
    const note = `a part of the single run holds ${fewest} of the ${REQUESTS_MIN} requests it takes, so there are no intervals: add replications or lengthen the run`;
    // Where nothing was answered, nobody misses an interval.
    return { values: {}, notes: whole.answered === 0 ? [] : [note] };
  }
  const values: Partial<Record<MetricName, readonly number[]>> = {};
  const correlated: string[] = [];
  const answered = Math.min(...parts.map((part) => part.answered));
  for (const [name, estimate] of estimators(answered < REQUESTS_MIN ? null : whole.answered)) {
    const pseudo = pseudoValues(parts, whole, estimate, metrics[name]);
    if (pseudo === undefined) continue;
    if (isAutocorrelated(pseudo)) correlated.push(metricNamed(name).label);
    else values[name] = pseudo;
  }
  // What is missing to 100 % varies as what is there does.
  const attained = values.attainment_percent;
  if (attained !== undefined) values.violations_percent = attained.map((value) => 100 - value);
  const note = `parts of the single run depend on each other, so there is no interval for ${correlated.join(', ')}: add replications`;
  return { values, notes: correlated.length === 0 ? [] : [note] };
}

type Estimate = (sums: Sums) => number;

/** @param answered requests of the whole window; null where some part has too few for a latency. */
function estimators(answered: number | null): [MetricName, Estimate][] {
  const means: [MetricName, Estimate][] = [
    ['attainment_percent', ({ attained, judged }) => (attained / judged) * 100],
    ['offered_rps', ({ arrived, seconds }) => arrived / seconds],
    ['goodput_rps', ({ attained, seconds }) => attained / seconds],
  ];
  if (answered === null) return means;
  const quantiles = QUANTILES.filter(([, quantile]) => answered >= samplesForPercentile({ quantile }));
  return [
    ...means,
    ['latency_mean_ms', ({ latencyNs, answered: count }) => toMilliseconds(latencyNs / count)],
    ...quantiles.map(([name, quantile]): [MetricName, Estimate] => [
      name,
      ({ latencyCounts }) => toMilliseconds(quantileOfCounts(latencyCounts, quantile)),
    ]),
  ];
}

function pseudoValues(
  parts: readonly Sums[],
  whole: Sums,
  estimate: Estimate,
  own: number | null,
): readonly number[] | undefined {
  const all = estimate(whole);
  const values = parts.map((part) => PARTS * all - (PARTS - 1) * estimate(minus(whole, part)));
  if (own === null || !values.every(Number.isFinite)) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / PARTS;
  return values.map((value) => value - mean + own);
}

function sumsOf(series: TimeSeries, first: number, last: number): Sums {
  const sum = (column: Float64Array) => column.subarray(first, last + 1).reduce((total, value) => total + value, 0);
  return {
    arrived: sum(series.arrived),
    attained: sum(series.attained),
    judged: sum(series.judged),
    latencyNs: sum(series.latencySumNs),
    answered: sum(series.latencyCount),
    latencyCounts: series.latencyCounts(first, last),
    seconds: toSeconds((last - first + 1) * series.widthNs),
  };
}

function plus(a: Sums, b: Sums): Sums {
  return combined(a, b, 1);
}

function minus(a: Sums, b: Sums): Sums {
  return combined(a, b, -1);
}

function combined(a: Sums, b: Sums, sign: 1 | -1): Sums {
  return {
    arrived: a.arrived + sign * b.arrived,
    attained: a.attained + sign * b.attained,
    judged: a.judged + sign * b.judged,
    latencyNs: a.latencyNs + sign * b.latencyNs,
    answered: a.answered + sign * b.answered,
    latencyCounts: a.latencyCounts.map((count, bucket) => count + sign * b.latencyCounts[bucket]),
    seconds: a.seconds + sign * b.seconds,
  };
}
