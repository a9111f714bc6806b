/** Performs a load test: one scenario on one system, to its score, its verdict and its files. */
import { join } from 'node:path';
import type { Nanos, Workload } from '../../../core/index.ts';
import { RandomStreams } from '../../../core/index.ts';
import { prepareOutput, writeWhole } from '../../run/write-results.ts';
import { detailText } from './detail.ts';
import { QueryLog } from './query-log.ts';
import type { QueryStatus } from './query-log.ts';
import { scenarioWorkload } from './scenario-workload.ts';
import { scoreOf } from './score.ts';
import type { LoadScore } from './score.ts';
import type { LoadSettings } from './settings.ts';
import { summaryText } from './summary.ts';
import type { SystemUnderTest } from './system.ts';
import { verdictOf } from './verdict.ts';
import type { LoadVerdict } from './verdict.ts';

/** LoadGen's names, which tools look for. */
export const SUMMARY_FILE = 'mlperf_log_summary.txt';
export const DETAIL_FILE = 'mlperf_log_detail.txt';

export interface LoadResult {
  readonly system: string;
  readonly settings: LoadSettings;
  readonly score: LoadScore;
  readonly verdict: LoadVerdict;
  readonly counts: Readonly<Record<QueryStatus, number>>;
  /** What went wrong and how often, the most frequent first. */
  readonly faults: readonly (readonly [fault: string, count: number])[];
  readonly notes: readonly string[];
}

export interface LoadOptions {
  /** Root of what queries ask for, where it is drawn. */
  readonly seed: string;
  readonly signal?: AbortSignal | undefined;
  /** Told of every query that ended. */
  readonly onQuery?: ((progress: LoadProgress) => void) | undefined;
}

export interface LoadProgress {
  readonly ended: number;
  readonly errors: number;
  /** When the query ended, from the start of the run. */
  readonly atNs: Nanos;
}

/** Broken off, it is judged by what it has: the result is then INVALID. */
export async function runLoad(
  system: SystemUnderTest,
  settings: LoadSettings,
  { seed, signal, onQuery }: LoadOptions,
): Promise<LoadResult> {
  const log = new QueryLog();
  const workload: Workload = scenarioWorkload(settings, system.asked, new RandomStreams(seed));
  const { accuracy, broken, notes } = await system.perform({
    workload,
    sampleIndexSeed: settings.sampleIndexSeed,
    signal,
    ended: (query) => {
      log.add(query);
      onQuery?.({ ended: log.issued, errors: log.errors, atNs: query.endNs });
    },
  });
  const score = scoreOf(log, settings, accuracy);
  const verdict = verdictOf({ score, log, settings, broken });
  const faults = [...log.faults].toSorted(([, a], [, b]) => b - a);
  return { system: system.name, settings, score, verdict, counts: log.counts, faults, notes };
}

/** @throws ServingError OUTPUT_UNWRITABLE. */
export async function prepareLoadOutput(directory: string): Promise<void> {
  await prepareOutput(directory);
}

/** Writes both logs and gives back their paths. @throws ServingError OUTPUT_UNWRITABLE. */
export async function writeLoadLogs(directory: string, result: LoadResult): Promise<readonly string[]> {
  const [summary, detail] = [SUMMARY_FILE, DETAIL_FILE].map((name) => join(directory, name));
  await writeWhole(summary, summaryText(result));
  await writeWhole(detail, detailText(result));
  return [summary, detail];
}
