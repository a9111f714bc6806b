/**
 * What a load test is set to: LoadGen's test settings under LoadGen's names, with the defaults of its code
 * (mlcommons/inference, loadgen/test_settings.h; `mlperf.conf` of a submission raises `min_duration` to 600 s). Where
 * LoadGen has nothing (errors, accuracy, punctuality) the rule is ours and says so. Plain data, checked by whoever
 * makes it.
 */
import type { Nanos, Percent } from '../../../core/index.ts';
import { formatDuration, milliseconds, seconds } from '../../../core/index.ts';
import { OFFICIAL_SCHEDULE_SEED } from '../../../traces/index.ts';

export const SCENARIOS = ['single-stream', 'multi-stream', 'server', 'offline'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** LoadGen's own spelling. */
export const SCENARIO_NAMES: Readonly<Record<Scenario, string>> = {
  'single-stream': 'SingleStream',
  'multi-stream': 'MultiStream',
  server: 'Server',
  offline: 'Offline',
};

export interface LoadSettings {
  readonly scenario: Scenario;
  /** `target_qps`: the rate of Server; the samples a second that Offline is expected to reach. Unused elsewhere. */
  readonly targetQps: number;
  /** `target_latency` of Server. */
  readonly targetLatencyNs: Nanos;
  /** `target_latency_percentile` as a fraction, above 0 and below 1. */
  readonly targetLatencyPercentile: number;
  /** `min_duration`. */
  readonly minDurationNs: Nanos;
  /** `max_duration`; 0 for none. */
  readonly maxDurationNs: Nanos;
  /** `min_query_count`; of Offline, samples. */
  readonly minQueryCount: number;
  /** `max_query_count`; 0 for none. */
  readonly maxQueryCount: number;
  /** `samples_per_query`: 8 in MultiStream, 1 elsewhere; of Offline, how many samples one request carries. */
  readonly samplesPerQuery: number;
  /** `schedule_rng_seed`: when the queries of Server are due. */
  readonly scheduleSeed: string;
  /** `sample_index_rng_seed`: which samples queries carry. */
  readonly sampleIndexSeed: string;
  /** Ours: share of the queries, 0 to 1, that may go without a right answer. LoadGen does not look. */
  readonly allowErrors: number;
  /** Ours: least accuracy of the answers; 0 demands none. */
  readonly minAccuracyPercent: Percent;
}

/** The `sample_index_rng_seed` that MLPerf Inference publishes. */
export const OFFICIAL_SAMPLE_INDEX_SEED = '2747215439041700203';

/** A scenario's percentile: of all latencies in SingleStream, of queries in MultiStream, under the limit in Server. */
const PERCENTILES: Readonly<Record<Scenario, number>> = {
  'single-stream': 0.9,
  'multi-stream': 0.99,
  server: 0.99,
  offline: 0.9,
};

/** LoadGen's defaults for a scenario. */
export function defaultSettings(scenario: Scenario): LoadSettings {
  return {
    scenario,
    targetQps: 1,
    targetLatencyNs: milliseconds(100),
    targetLatencyPercentile: PERCENTILES[scenario],
    minDurationNs: seconds(10),
    maxDurationNs: 0,
    minQueryCount: 100,
    maxQueryCount: 0,
    samplesPerQuery: scenario === 'multi-stream' ? 8 : 1,
    scheduleSeed: OFFICIAL_SCHEDULE_SEED,
    sampleIndexSeed: OFFICIAL_SAMPLE_INDEX_SEED,
    allowErrors: 0,
    minAccuracyPercent: 0,
  };
}

/** The settings that a scenario uses, by name and as people write them: the test parameters of a summary. */
export function settingsUsed(settings: LoadSettings): readonly (readonly [name: string, value: string])[] {
  const { scenario, allowErrors, minAccuracyPercent, maxDurationNs, maxQueryCount } = settings;
  const rated = scenario === 'server' || scenario === 'offline';
  const percentile = String(settings.targetLatencyPercentile);
  const all: readonly (readonly [used: boolean, name: string, value: string])[] = [
    [true, 'samples_per_query', String(settings.samplesPerQuery)],
    [rated, scenario === 'offline' ? 'expected_qps' : 'target_qps', String(settings.targetQps)],
    [scenario === 'server', 'target_latency', formatDuration(settings.targetLatencyNs)],
    [scenario !== 'offline', 'target_latency_percentile', percentile],
    [true, 'min_duration', formatDuration(settings.minDurationNs)],
    [true, 'max_duration', maxDurationNs === 0 ? 'none' : formatDuration(maxDurationNs)],
    [true, 'min_query_count', String(settings.minQueryCount)],
    [true, 'max_query_count', maxQueryCount === 0 ? 'none' : String(maxQueryCount)],
    [scenario === 'server', 'schedule_rng_seed', settings.scheduleSeed],
    [true, 'sample_index_rng_seed', settings.sampleIndexSeed],
    [true, 'allow_errors', `${Number((allowErrors * 100).toPrecision(12))} %`],
    [minAccuracyPercent > 0, 'min_accuracy', `${minAccuracyPercent} %`],
  ];
  return all.filter(([used]) => used).map(([, name, value]) => [name, value] as const);
}
