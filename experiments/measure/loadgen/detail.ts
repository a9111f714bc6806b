/**
 * The detailed log, `mlperf_log_detail.txt`: one JSON object a line behind `:::MLLOG`, under LoadGen's keys where it
 * has one. What LoadGen has no key for is in the namespace `rehearse`.
 */
import type { Nanos } from '../../../core/index.ts';
import { NEVER } from '../../../core/index.ts';
import type { Spread } from './percentiles.ts';
import type { LoadResult } from './run-load.ts';
import { SCENARIO_NAMES, settingsUsed } from './settings.ts';

/** LoadGen's key of a constraint. */
const MET_KEYS: Readonly<Record<string, string>> = {
  performance: 'result_perf_constraints_met',
  'min-duration': 'result_min_duration_met',
  'min-queries': 'result_min_queries_met',
  'early-stopping': 'early_stopping_met',
};

export function detailText(result: LoadResult): string {
  const timeMs = result.score.lastEndNs / 1e6;
  const line = ([key, value]: Entry, namespace: string): string => {
    const entry = { key, value, time_ms: timeMs, namespace, event_type: 'POINT_IN_TIME', metadata: {} };
    return `:::MLLOG ${JSON.stringify(entry)}\n`;
  };
  const common = loadgenEntries(result).map((entry) => line(entry, 'mlperf::logging'));
  return [...common, ...ownEntries(result).map((entry) => line(entry, 'rehearse'))].join('');
}

type Entry = readonly [key: string, value: unknown];

function loadgenEntries({ settings, score, verdict }: LoadResult): Entry[] {
  const { scenario } = settings;
  const { rates, latency, earlyStopping } = score;
  const entries: Entry[] = [
    ['requested_scenario', SCENARIO_NAMES[scenario]],
    ['requested_test_mode', 'PerformanceOnly'],
    ...settingsUsed(settings).map(([name, value]): Entry => [`effective_${name}`, value]),
    ['result_validity', verdict.valid ? 'VALID' : 'INVALID'],
  ];
  for (const { name, met } of verdict.constraints) {
    if (name in MET_KEYS) entries.push([MET_KEYS[name], met]);
  }
  const unmet = verdict.constraints.filter(({ met }) => !met).map(({ found, advice }) => `${found}; ${advice}`);
  if (unmet.length > 0) entries.push(['result_invalid_reason', unmet.join(' ')]);
  entries.push(['result_query_count', score.queries]);
  if (earlyStopping.server !== null) entries.push(['result_overlatency_query_count', earlyStopping.server.overLatency]);
  for (const { percentile, latencyNs } of earlyStopping.estimates) {
    const key =
      scenario === 'multi-stream' || percentile === 0.99 ? 'early_stopping_latency_ms' : 'early_stopping_latency_ss';
    entries.push([key, numberOf(latencyNs)]);
  }
  if (scenario === 'single-stream') {
    entries.push(['result_qps_with_loadgen_overhead', numberOf(rates.withOverheadRps)]);
    entries.push(['result_qps_without_loadgen_overhead', numberOf(rates.withoutOverheadRps)]);
  }
  if (scenario === 'server') {
    entries.push(['result_scheduled_samples_per_sec', numberOf(rates.scheduledRps)]);
    entries.push(['result_completed_samples_per_sec', numberOf(rates.completedRps)]);
  }
  if (scenario === 'offline') entries.push(['result_samples_per_second', numberOf(rates.offlineRps)]);
  if (latency !== null) {
    const isPerQuery = scenario === 'multi-stream';
    entries.push(
      ...spreadEntries(latency, isPerQuery ? 'query_latency' : 'latency', isPerQuery ? 'per_query_latency' : 'latency'),
    );
  }
  return entries;
}

function ownEntries({ system, score, counts, faults, notes }: LoadResult): Entry[] {
  return [
    ['sut_name', system],
    ['query_counts', counts],
    ['faults', Object.fromEntries(faults)],
    ...(score.accuracy === null ? [] : [['accuracy', score.accuracy] as const]),
    ...(score.issueDelay === null ? [] : spreadEntries(score.issueDelay, 'issue_delay', 'issue_delay')),
    ...notes.map((note): Entry => ['note', note]),
  ];
}

function spreadEntries({ minNs, maxNs, meanNs, percentiles }: Spread, name: string, percentileName: string): Entry[] {
  return [
    [`result_min_${name}_ns`, numberOf(minNs)],
    [`result_max_${name}_ns`, numberOf(maxNs)],
    [`result_mean_${name}_ns`, numberOf(Math.round(meanNs))],
    ...percentiles.map(({ percentile, valueNs }): Entry => {
      return [`result_${(percentile * 100).toFixed(2)}_percentile_${percentileName}_ns`, numberOf(valueNs)];
    }),
  ];
}

/** Null for what does not exist: no answer in any time, a rate over no time. */
function numberOf(value: Nanos | null): number | null {
  return value === null || value === NEVER || !Number.isFinite(value) ? null : value;
}
