/**
 * What is measured of one run. Fed once for each request when it ends, always against the scheduled time (a
 * late start is never hidden: no coordinated omission). The measured window excludes requests scheduled during
 * warm-up and cool-down; those are simulated and counted, but not judged.
 */
import { LATE, OUTCOMES, SERVED } from '../outcome.ts';
import type { Nanos } from '../time.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { WorkerId } from '../tables/fleet.ts';
import type { QueryKind } from '../workload.ts';
import { LogHistogram } from './log-histogram.ts';
import { stepOf } from './log-scale.ts';
import type { RequestRow } from './request-rows.ts';
import { RequestRows } from './request-rows.ts';
import { ServedByVariant } from './served-by.ts';
import { TimeSeries } from './time-series.ts';
import { Timeline } from './timeline.ts';

export interface RecorderOptions {
  /** Requests scheduled from here on are measured. */
  readonly fromNs: Nanos;
  /** Requests scheduled from here on are not measured any more; `NEVER` measures to the end. */
  readonly untilNs: Nanos;
  readonly rowsMax: number;
  readonly rowsSalt: number;
  readonly binNs: Nanos;
  /** Entries of the timeline at most; 0 keeps none. */
  readonly timelineMax: number;
  /** Largest batch of any variant: the length of the batch-size histogram. */
  readonly maxBatch: number;
  /** Number of variants in the catalogue. */
  readonly variants: number;
  readonly kinds: readonly QueryKind[];
}

/**
 * Runs with more applications keep no histogram for each. One asks for 3.5 MB, of which only the octaves that occur
 * are ever touched; a run of one application needs none beside the run's own.
 */
const HISTOGRAMS_MAX = 32;

/** Tallies of the measured requests of one application. */
export class Tally {
  readonly outcomes = new Float64Array(OUTCOMES.length + 1);
  inputsAnswered = 0;
  /** Sum over served requests of the accuracy delivered, in percent. */
  accuracySum = 0;
  latencySumNs = 0;
  /** Latencies of answered requests; only where a run has 2 to 32 applications. */
  readonly latency: LogHistogram | undefined;

  constructor(latency?: LogHistogram) {
    this.latency = latency;
  }

  /** Adds counts and sums; histograms stay with their application. */
  add(other: Tally): void {
    for (const [code, count] of other.outcomes.entries()) this.outcomes[code] += count;
    this.inputsAnswered += other.inputsAnswered;
    this.accuracySum += other.accuracySum;
    this.latencySumNs += other.latencySumNs;
  }
}

export class Recorder {
  readonly latency = new LogHistogram();
  readonly series: TimeSeries;
  readonly rows: RequestRows;
  readonly byApplication = new Map<string, Tally>();
  readonly servedBy: ServedByVariant;
  /** Measured requests by reason code. */
  readonly reasons = new Float64Array(64);
  queueSumNs = 0;
  inferSumNs = 0;
  /** Batches by size in inputs, of the whole run. */
  readonly batchSizes: Float64Array;
  readonly timeline: Timeline | undefined;
  private readonly fromNs: Nanos;
  private readonly untilNs: Nanos;
  private readonly tallyOfKind: Tally[] = [];
  private readonly kinds: readonly QueryKind[];
  private readonly keepsHistograms: boolean;

  constructor(options: RecorderOptions) {
    this.fromNs = options.fromNs;
    this.untilNs = options.untilNs;
    this.kinds = options.kinds;
    this.servedBy = new ServedByVariant(options.variants, options.kinds);
    const applications = new Set(options.kinds.map(({ application }) => application)).size;
    this.keepsHistograms = applications > 1 && applications <= HISTOGRAMS_MAX;
    if (options.timelineMax > 0) this.timeline = new Timeline(options.timelineMax);
    this.series = new TimeSeries(options.binNs);
    this.rows = new RequestRows(options.rowsMax, options.rowsSalt);
    this.batchSizes = new Float64Array(options.maxBatch + 1);
  }

  /** Notes an arrival. */
  arrived(scheduledNs: Nanos): void {
    this.series.countArrival(scheduledNs);
  }

  /** Notes a batch that ended well. */
  batch(worker: WorkerId, variant: VariantIndex, inputs: number, startNs: Nanos, endNs: Nanos): void {
    this.batchSizes[inputs] += 1;
    this.timeline?.batch(worker, variant, inputs, startNs, endNs);
  }

  /**
   * Notes the one end of a request.
   * @param accuracyPercent of the variant that served it; ignored unless it was answered.
   */
  ended(row: RequestRow, accuracyPercent: number): void {
    const { outcome, scheduledNs, latencyNs } = row;
    const answered = outcome <= LATE;
    const endNs = scheduledNs + latencyNs;
    const step = answered ? stepOf(latencyNs) : 0;
    if (answered) this.series.countAnswer(scheduledNs, endNs, outcome === SERVED, step, accuracyPercent);
    else this.series.countLoss(scheduledNs, endNs);
    this.rows.offer(row);
    if (scheduledNs < this.fromNs || scheduledNs >= this.untilNs) return;
    this.reasons[row.reason] += 1;
    const tally = this.tallyOfKind[row.kind] ?? this.tallyFor(row.kind);
    tally.outcomes[outcome] += 1;
    if (!answered) return;
    this.servedBy.count(row.kind, row.variant);
    tally.inputsAnswered += row.inputs;
    tally.accuracySum += accuracyPercent;
    tally.latencySumNs += latencyNs;
    tally.latency?.add(latencyNs, step);
    this.latency.add(latencyNs, step);
    this.queueSumNs += row.queueNs;
    this.inferSumNs += row.inferNs;
  }

  /** The tallies of all applications together. */
  total(): Tally {
    const total = new Tally();
    for (const tally of this.byApplication.values()) total.add(tally);
    return total;
  }

  /** Counts a request that never ended as unfinished (code 0). */
  unfinished(kind: number, scheduledNs: Nanos): void {
    if (scheduledNs < this.fromNs || scheduledNs >= this.untilNs) return;
    (this.tallyOfKind[kind] ?? this.tallyFor(kind)).outcomes[0] += 1;
  }

  private tallyFor(kind: number): Tally {
    const application = this.kinds[kind].application;
    const tally = this.byApplication.get(application) ?? this.newTally();
    this.byApplication.set(application, tally);
    this.tallyOfKind[kind] = tally;
    return tally;
  }

  private newTally(): Tally {
    return new Tally(this.keepsHistograms ? new LogHistogram() : undefined);
  }
}
