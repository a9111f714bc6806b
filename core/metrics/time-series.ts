/**
 * What happened when: counts, latency quantiles and gauges in bins of equal width. The number of bins is
 * bounded: when time runs past the last one, neighbours are merged and the width doubles, so memory does not
 * grow with the run. Requests are binned by their scheduled time, completions by the time they end.
 */
import { NEVER } from '../time.ts';
import type { Nanos } from '../time.ts';
import { OCTAVES, STEP_BITS, lowerEdgeOf, midpointOf } from './log-scale.ts';

export const SERIES_BINS = 512;
/** Latency is kept in 2^6 buckets an octave in each bin: a relative error of at most 0.8 %. */
const DROPPED_BITS = STEP_BITS - 6;
const BUCKETS = OCTAVES << 6;

export const GAUGES = [
  'queuedInputs',
  'runningInputs',
  'heldInputs',
  'workersReady',
  'workersLoading',
  'workersDraining',
  'machinesUp',
  'machinesBooting',
] as const;
export type Gauge = (typeof GAUGES)[number];

export class TimeSeries {
  widthNs: Nanos;
  /** Bins in use, up to the last one touched. */
  length = 0;
  readonly arrived = new Float64Array(SERIES_BINS);
  /** Requests of the bin (by scheduled time) that were served within their objective, and that ended at all. */
  readonly attained = new Float64Array(SERIES_BINS);
  readonly judged = new Float64Array(SERIES_BINS);
  /** Summed latency of the bin's answered requests, and how many they are (by scheduled time). */
  readonly latencySumNs = new Float64Array(SERIES_BINS);
  readonly latencyCount = new Float64Array(SERIES_BINS);
  /** Summed accuracy of those requests, in percent. */
  readonly accuracySum = new Float64Array(SERIES_BINS);
  /** Requests answered in the bin (by end time), and those refused, failed, expired or cancelled in it. */
  readonly answered = new Float64Array(SERIES_BINS);
  readonly lost = new Float64Array(SERIES_BINS);
  readonly gauges: Readonly<Record<Gauge, Float64Array>>;
  readonly samples = new Float64Array(SERIES_BINS);
  private lastBin = 0;
  private lastStartNs: Nanos = NEVER;
  private readonly latency = new Uint32Array(SERIES_BINS * BUCKETS);

  /** @param widthNs first width of a bin; it doubles as needed. */
  constructor(widthNs: Nanos) {
    this.widthNs = widthNs;
    this.gauges = Object.fromEntries(GAUGES.map((gauge) => [gauge, new Float64Array(SERIES_BINS)])) as Record<
      Gauge,
      Float64Array
    >; // Object.fromEntries forgets the literal keys that GAUGES gave it.
  }

  countArrival(scheduledNs: Nanos): void {
    this.arrived[this.binOf(scheduledNs)] += 1;
  }

  /**
   * @param step the latency's step on the logarithmic scale.
   * @param accuracyPercent of the variant that answered.
   */
  countAnswer(scheduledNs: Nanos, endNs: Nanos, attained: boolean, step: number, accuracyPercent: number): void {
    // The later time first: it may widen the bins and so move the earlier one.
    this.answered[this.binOf(endNs)] += 1;
    const bin = this.binOf(scheduledNs);
    this.judged[bin] += 1;
    if (attained) this.attained[bin] += 1;
    this.latencySumNs[bin] += endNs - scheduledNs;
    this.latencyCount[bin] += 1;
    this.accuracySum[bin] += accuracyPercent;
    this.latency[bin * BUCKETS + (step >>> DROPPED_BITS)] += 1;
  }

  countLoss(scheduledNs: Nanos, endNs: Nanos): void {
    this.lost[this.binOf(endNs)] += 1;
    this.judged[this.binOf(scheduledNs)] += 1;
  }

  /** Adds one sample of every gauge, in the order of `GAUGES`. */
  sample(now: Nanos, values: Readonly<Record<Gauge, number>>): void {
    const bin = this.binOf(now);
    this.samples[bin] += 1;
    for (const gauge of GAUGES) this.gauges[gauge][bin] += values[gauge];
  }

  /**
   * A latency quantile of the requests scheduled in the bins from `first` up to `last`, both included, in
   * nanoseconds; NaN when they answered none.
   */
  quantileNs(probability: number, first: number, last = first): number {
    let total = 0;
    for (let bin = first; bin <= last; bin += 1) total += this.latencyCount[bin];
    if (total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(probability * total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      for (let bin = first; bin <= last; bin += 1) seen += this.latency[bin * BUCKETS + bucket];
      if (seen >= rank) return midpointOf(bucket, DROPPED_BITS);
    }
    return Number.NaN;
  }

  /** Answered requests by latency, on the scale of `quantileOfCounts`, scheduled in the bins from `first` to `last`. */
  latencyCounts(first: number, last: number): Float64Array {
    const counts = new Float64Array(BUCKETS);
    for (let bin = first; bin <= last; bin += 1) {
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) counts[bucket] += this.latency[bin * BUCKETS + bucket];
    }
    return counts;
  }

  private binOf(time: Nanos): number {
    // Most times fall into the bin of the time before: a comparison instead of a division.
    if (time >= this.lastStartNs && time < this.lastStartNs + this.widthNs) return this.lastBin;
    let bin = Math.floor(time / this.widthNs);
    while (bin >= SERIES_BINS) {
      this.widen();
      bin = Math.floor(time / this.widthNs);
    }
    if (bin >= this.length) this.length = bin + 1;
    this.lastBin = bin;
    this.lastStartNs = bin * this.widthNs;
    return bin;
  }

  private widen(): void {
    const columns = [this.arrived, this.attained, this.judged, this.answered, this.lost, this.samples];
    columns.push(this.latencySumNs, this.latencyCount, this.accuracySum);
    for (const column of [...columns, ...Object.values(this.gauges)]) {
      for (let bin = 0; bin < SERIES_BINS / 2; bin += 1) column[bin] = column[2 * bin] + column[2 * bin + 1];
      column.fill(0, SERIES_BINS / 2);
    }
    for (let bin = 0; bin < SERIES_BINS / 2; bin += 1) {
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        this.latency[bin * BUCKETS + bucket] =
          this.latency[2 * bin * BUCKETS + bucket] + this.latency[(2 * bin + 1) * BUCKETS + bucket];
      }
    }
    this.latency.fill(0, (SERIES_BINS / 2) * BUCKETS);
    this.widthNs *= 2;
    this.lastStartNs = NEVER;
    this.length = Math.ceil(this.length / 2);
  }
}

/**
 * A quantile of counts by latency, in nanoseconds, interpolated inside its bucket so that it moves smoothly with the
 * counts; NaN when there are none. @param probability 0 to 1.
 */
export function quantileOfCounts(counts: Float64Array, probability: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  const rank = probability * total;
  let below = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const count = counts[bucket];
    if (count > 0 && below + count >= rank) {
      const low = lowerEdgeOf(bucket, DROPPED_BITS);
      return low + (lowerEdgeOf(bucket + 1, DROPPED_BITS) - low) * Math.max(0, (rank - below) / count);
    }
    below += count;
  }
  return Number.NaN;
}
