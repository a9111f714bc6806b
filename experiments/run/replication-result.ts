/** From what a world recorded to what the result file says of one replication. */
import type {
  DecisionResult,
  LogHistogram,
  Metrics,
  OutcomeCounts,
  ReasonName,
  ReplicationResult,
  RunRecord,
  Tally,
  Usage,
} from '../../core/index.ts';
import { OUTCOMES, REASONS, toMilliseconds, toSeconds, usageOf } from '../../core/index.ts';
import { offlineFilesPerS, offlineResults, rolloutNotes } from './offline-result.ts';
import { seriesResult } from './series-result.ts';
import { verdictOf } from './verdict.ts';
import { windowParts } from './window-parts.ts';

/** Points of the latency distribution kept for the figure. */
const CDF_POINTS = 200;

const BYTES_PER_MIB = 1_048_576;

export interface ReplicationFrame {
  readonly replication: number;
  readonly seed: string;
  /** The measured window. */
  readonly fromNs: number;
  readonly untilNs: number;
  readonly wallS: number;
  /** The cell has this replication only. */
  readonly single: boolean;
  /** Notes known before the run: extrapolation, skipped rows. */
  readonly notes: readonly string[];
}

export function replicationResult(record: RunRecord, frame: ReplicationFrame): ReplicationResult {
  const { serving } = record;
  const { recorder } = serving;
  // A run that was cut off measured only up to there; one that drained measured the whole window.
  const untilNs = record.ending === 'drained' ? frame.untilNs : Math.min(frame.untilNs, record.endNs);
  const windowS = toSeconds(Math.max(1, untilNs - frame.fromNs));
  const usage = usageOf(serving.fleet, serving.plan.catalogue, record.endNs);
  const metrics = runMetrics(record, windowS, usage);
  // Several replications need no parts: their intervals come from the replications.
  const window = { fromNs: frame.fromNs, untilNs };
  const parts = frame.single ? windowParts(recorder.series, window, metrics) : { values: {}, notes: [] };
  const outcomes = outcomeCounts(recorder.total());
  // A single application has no histogram of its own: that of the run is it.
  const only = recorder.byApplication.size === 1 ? recorder.latency : undefined;
  const byApplication = [...recorder.byApplication].map(
    ([application, tally]) => [application, tallyMetrics(tally, windowS, tally.latency ?? only)] as const,
  );
  return {
    replication: frame.replication,
    seed: frame.seed,
    digest: record.digest,
    unseed: record.unseed,
    events: record.events,
    ending: record.ending,
    durationS: toSeconds(record.endNs),
    wallS: frame.wallS,
    verdict: verdictOf(record, outcomes, [
      ...frame.notes,
      ...parts.notes,
      ...backlogNotes(record, frame),
      ...rolloutNotes(record),
    ]),
    metrics,
    byApplication: Object.fromEntries(byApplication),
    outcomes,
    reasons: reasonCounts(recorder.reasons),
    cdf: cdf(record),
    windowParts: parts.values,
    batches: batchSizes(recorder.batchSizes),
    series: seriesResult(recorder.series),
    decisions: record.decisions.map((entry) => decisionResult(record, entry)),
    decisionCount: record.decisionCount,
    faults: Object.fromEntries(record.faults),
    staleMessages: serving.fleet.staleMessages,
    servedBy: recorder.servedBy.all().map(({ application, variant, requests }) => ({
      application,
      variant: serving.plan.catalogue.variants[variant].name,
      requests,
    })),
    batteryJoules: Object.fromEntries(
      serving.plan.catalogue.machineTypes.map(({ name }, type) => [name, usage.typeEnergyMaxJoules[type]]),
    ),
    offline: offlineResults(record),
  };
}

function outcomeCounts(tally: Tally): OutcomeCounts {
  const counts = OUTCOMES.map((name, index) => [name, tally.outcomes[index + 1]] as const);
  return Object.fromEntries([...counts, ['unfinished', tally.outcomes[0]]]) as OutcomeCounts; // Every name is there.
}

function reasonCounts(counts: Float64Array): Partial<Record<ReasonName, number>> {
  const named = REASONS.map((name, code) => [name, counts[code]] as const);
  return Object.fromEntries(named.filter(([name, count]) => name !== 'none' && count > 0));
}

/** Null for what does not exist, so that the file holds no NaN. */
function number(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function tallyMetrics(tally: Tally, windowS: number, latency?: LogHistogram): Metrics {
  const requests = tally.outcomes.reduce((sum, count) => sum + count, 0);
  const served = tally.outcomes[1];
  const answered = served + tally.outcomes[2];
  return {
    attainment_percent: number((served / requests) * 100),
    violations_percent: number(((requests - served) / requests) * 100),
    latency_mean_ms: number(toMilliseconds(tally.latencySumNs / answered)),
    latency_p50_ms: null,
    latency_p90_ms: null,
    latency_p95_ms: null,
    latency_p99_ms: latency === undefined ? null : number(toMilliseconds(latency.quantileNs(0.99))),
    latency_p999_ms: null,
    latency_max_ms: null,
    queue_mean_ms: null,
    infer_mean_ms: null,
    offered_rps: requests / windowS,
    goodput_rps: served / windowS,
    throughput_inputs_per_s: tally.inputsAnswered / windowS,
    batch_mean_inputs: null,
    accuracy_percent: number(tally.accuracySum / answered),
    utilisation_percent: null,
    worker_seconds: null,
    machine_seconds: null,
    cost_usd: null,
    cost_reserved_usd: null,
    instance_cost_usd: null,
    energy_joules: null,
    energy_machine_max_joules: null,
    memory_mean_mib: null,
    memory_peak_mib: null,
    offline_files_per_s: null,
  };
}

function runMetrics(record: RunRecord, windowS: number, usage: Usage): Metrics {
  const { recorder } = record.serving;
  const { latency, batchSizes: sizes } = recorder;
  const batches = sizes.reduce((sum, count) => sum + count, 0);
  const batchedInputs = sizes.reduce((sum, count, inputs) => sum + count * inputs, 0);
  const quantileMs = (probability: number) => number(toMilliseconds(latency.quantileNs(probability)));
  return {
    ...tallyMetrics(recorder.total(), windowS),
    latency_mean_ms: number(toMilliseconds(latency.meanNs)),
    latency_p50_ms: quantileMs(0.5),
    latency_p90_ms: quantileMs(0.9),
    latency_p95_ms: quantileMs(0.95),
    latency_p99_ms: quantileMs(0.99),
    latency_p999_ms: quantileMs(0.999),
    latency_max_ms: latency.count === 0 ? null : toMilliseconds(latency.maximumNs),
    queue_mean_ms: number(toMilliseconds(recorder.queueSumNs / latency.count)),
    infer_mean_ms: number(toMilliseconds(recorder.inferSumNs / latency.count)),
    batch_mean_inputs: number(batchedInputs / batches),
    utilisation_percent: usage.utilisation * 100,
    worker_seconds: usage.workerSeconds,
    machine_seconds: usage.machineSeconds,
    cost_usd: usage.costUsd,
    cost_reserved_usd: usage.reservedCostUsd,
    instance_cost_usd: number(usage.instanceCostUsd),
    energy_joules: usage.energyJoules,
    energy_machine_max_joules: usage.machineEnergyMaxJoules,
    memory_mean_mib: usage.memoryMeanBytes / BYTES_PER_MIB,
    memory_peak_mib: usage.memoryPeakBytes / BYTES_PER_MIB,
    offline_files_per_s: offlineFilesPerS(record),
  };
}

function cdf(record: RunRecord): ReplicationResult['cdf'] {
  const { latency } = record.serving.recorder;
  if (latency.count === 0) return { latencyMs: [], share: [] };
  // Even steps of the share, and finer ones in the tail, where figures are read.
  const body = Array.from({ length: CDF_POINTS }, (_, i) => i / CDF_POINTS);
  const shares = [...body, 0.9975, 0.999, 0.9995, 0.9999, 1].filter((share) => share === 1 || share > 0);
  return {
    latencyMs: latency.quantilesNs(shares).map((value) => toMilliseconds(Math.round(value))),
    share: shares,
  };
}

function batchSizes(counts: Float64Array): ReplicationResult['batches'] {
  const sizes = [...counts.keys()].filter((inputs) => counts[inputs] > 0);
  return { inputs: sizes, count: sizes.map((inputs) => counts[inputs]) };
}

function decisionResult(record: RunRecord, { atNs, decision }: RunRecord['decisions'][number]): DecisionResult {
  const { variants, machineTypes } = record.serving.plan.catalogue;
  return {
    atS: toSeconds(atNs),
    kind: decision.kind,
    subject: 'variant' in decision ? variants[decision.variant].name : machineTypes[decision.type].name,
    worker: 'worker' in decision ? decision.worker : null,
    machine: 'machine' in decision ? decision.machine : null,
    reason: decision.reason,
  };
}

/** Share of the window that a run may take to drain before its load must have been above its capacity. */
const DRAIN_SHARE = 0.1;

/** A queue that grew until the end makes latencies a measure of how long the run was. */
function backlogNotes({ endNs }: RunRecord, { fromNs, untilNs }: ReplicationFrame): string[] {
  const drainNs = endNs - untilNs;
  if (drainNs <= DRAIN_SHARE * (untilNs - fromNs)) return [];
  const drainS = toSeconds(drainNs).toFixed(1);
  return [`the queue took ${drainS} s to drain after the last arrival: latencies grow with the length of this run`];
}
