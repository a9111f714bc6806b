/**
 * The summary that people and tools read, `mlperf_log_summary.txt`: the facts of LoadGen's under the names that tools
 * look for, and below them what LoadGen does not say (errors, accuracy, punctuality). Every constraint that is not met
 * comes with what was found and what to change.
 */
import type { Nanos } from '../../../core/index.ts';
import { NEVER } from '../../../core/index.ts';
import { percentText } from './percentiles.ts';
import type { Spread } from './percentiles.ts';
import type { LoadResult } from './run-load.ts';
import { SCENARIO_NAMES, settingsUsed } from './settings.ts';
import { CONSTRAINTS, latencyText } from './verdict.ts';

const RULE = '='.repeat(48);
const COLUMN = 32;

export function summaryText(result: LoadResult): string {
  const { verdict, settings } = result;
  const unmet = verdict.constraints.filter(({ met }) => !met);
  return [
    ...heading('MLPerf Results Summary'),
    `SUT name : ${result.system}`,
    `Scenario : ${SCENARIO_NAMES[settings.scenario]}`,
    'Mode     : PerformanceOnly',
    ...metricLines(result),
    `Result is : ${verdict.valid ? 'VALID' : 'INVALID'}`,
    ...verdict.constraints.map(({ name, met }) => `  ${CONSTRAINTS[name]} : ${met ? 'Yes' : 'NO'}`),
    ...(unmet.length === 0 ? [] : ['Recommendations:']),
    ...unmet.map(({ found, advice }) => ` * ${found}; ${advice}`),
    ...earlyStoppingLines(result),
    '',
    ...heading('Additional Stats'),
    ...statLines(result),
    '',
    ...heading('Test Parameters Used'),
    ...settingsUsed(settings).map(([name, value]) => `${name} : ${value}`),
    '',
    ...(result.notes.length === 0
      ? ['No warnings encountered during test.']
      : result.notes.map((note) => `note: ${note}`)),
    result.score.errors === 0 ? 'No errors encountered during test.' : `${result.score.errors} ERRORS encountered.`,
    '',
  ].join('\n');
}

function heading(title: string): string[] {
  return [RULE, title, RULE];
}

/** The scenario's metric: the line a submission is about. */
function metricLines({ settings, score }: LoadResult): string[] {
  const { scenario, targetLatencyPercentile } = settings;
  if (scenario === 'server') return [`Scheduled samples per second : ${rateText(score.rates.scheduledRps)}`];
  if (scenario === 'offline') return [`Samples per second: ${rateText(score.rates.offlineRps)}`];
  return [`${percentText(targetLatencyPercentile)}th percentile latency (ns) : ${nanosText(score.targetPercentileNs)}`];
}

function earlyStoppingLines({ settings, score }: LoadResult): string[] {
  const { estimates, server, queries, satisfied } = score.earlyStopping;
  if (settings.scenario === 'offline') return [];
  const lines = ['Early Stopping Result:'];
  if (server !== null) {
    const { overLatency, needed } = server;
    lines.push(
      ` * ${overLatency} of ${queries} queries were over the latency limit; so many take ${needed} queries or more.`,
    );
    lines.push(
      satisfied
        ? ' * Run successful.'
        : ` * Run unsuccessful: ${needed - queries} queries more are needed, all within it.`,
    );
  }
  for (const { percentile, latencyNs, needed } of estimates) {
    const name = `${percentText(percentile)}th percentile estimate`;
    lines.push(
      latencyNs === null
        ? ` * No ${name}: ${queries} queries were processed, ${needed} are needed.`
        : ` * Early stopping ${name}: ${nanosText(latencyNs)}`,
    );
  }
  return lines;
}

function statLines({ settings, score, counts, faults }: LoadResult): string[] {
  const { scenario } = settings;
  const { rates, accuracy, latency, issueDelay } = score;
  const lines: string[] = [];
  if (scenario === 'single-stream' || scenario === 'multi-stream') {
    const unit = scenario === 'single-stream' ? 'QPS' : 'Samples/s';
    lines.push(stat(`${unit} w/ loadgen overhead`, rateText(rates.withOverheadRps)));
    lines.push(stat(`${unit} w/o loadgen overhead`, rateText(rates.withoutOverheadRps)));
  }
  if (scenario === 'server') lines.push(stat('Completed samples per second', rateText(rates.completedRps)));
  if (latency !== null) lines.push('', ...spreadLines(latency, 'latency (ns)'));
  lines.push('');
  for (const [status, count] of Object.entries(counts)) lines.push(stat(`Queries ${status}`, String(count)));
  for (const [fault, count] of faults) lines.push(stat(`  ${fault}`, String(count)));
  if (accuracy !== null) {
    const source =
      accuracy.source === 'labels' ? `of ${accuracy.inputs} answers` : "the catalogue's, nothing was measured";
    lines.push(stat('Accuracy (%)', `${accuracy.percent.toFixed(2)}, ${source}`));
  }
  if (issueDelay !== null) lines.push('', ...spreadLines(issueDelay, 'issue delay (ns)'));
  return lines;
}

function spreadLines({ minNs, maxNs, meanNs, percentiles }: Spread, what: string): string[] {
  return [
    stat(`Min ${what}`, nanosText(minNs)),
    stat(`Max ${what}`, nanosText(maxNs)),
    stat(`Mean ${what}`, nanosText(Math.round(meanNs))),
    ...percentiles.map(({ percentile, valueNs }) =>
      stat(`${(percentile * 100).toFixed(2)} percentile ${what}`, nanosText(valueNs)),
    ),
  ];
}

function stat(name: string, value: string): string {
  return `${name.padEnd(COLUMN)}: ${value}`;
}

function nanosText(valueNs: Nanos | null): string {
  if (valueNs === null || Number.isNaN(valueNs)) return 'none';
  return valueNs === NEVER ? latencyText(valueNs) : String(valueNs);
}

function rateText(rateRps: number): string {
  return Number.isFinite(rateRps) ? rateRps.toFixed(2) : 'none';
}
