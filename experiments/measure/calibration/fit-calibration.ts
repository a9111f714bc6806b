/**
 * Fits a calibration to a live run: compares what its batches took with what the latency tables say of batches of that
 * size after that idle time. It never sees latencies of requests, which are what it is judged by.
 *
 * - `afterIdle`, for batches back to back and for idle times by the half decade: the mean time in the engine over the
 *   mean that the tables say (`inferFactor`), and at each quantile of the whole time what is left to explain (`extra`),
 *   over batches that ran alone.
 * - `wakeUp`: how late requests were noticed that found their worker idle.
 * - `contention`: c of the least squares fit of "time = (1 + c * batches beside) * time that is expected alone".
 */
import { mean, median, quantileSorted } from 'simple-statistics';
import type { CalibratedIdle, Calibration, Nanos, QuantileShift, Variant } from '../../../core/index.ts';
import { ServingError, Stream } from '../../../core/index.ts';
import type { ObservedBatch } from './observed-batches.ts';
import { profileParts } from './profile-parts.ts';

export interface CalibrationFit {
  readonly calibration: Calibration;
  /** Batches that were compared: alone, and beside others. */
  readonly alone: number;
  readonly beside: number;
  /** Requests whose wake-up could be told. */
  readonly wakeUps: number;
  /** What could not be fitted, and what stands in its place. */
  readonly notes: readonly string[];
}

export interface FitParts {
  readonly batches: readonly ObservedBatch[];
  /** By index; with the profiles that other runs are to be predicted with. */
  readonly variants: readonly Pick<Variant, 'name' | 'maxBatch' | 'profile'>[];
  /** What the run was. */
  readonly source: string;
  /** How long a batch waits to fill; undefined where a policy does not say, and no late wake-up can be told from a wait. */
  readonly batchWaitNs: Nanos | undefined;
}

/** A batch, and what the tables say of one like it: one draw of each part. */
interface Compared {
  readonly batch: ObservedBatch;
  readonly tookNs: Nanos;
  readonly inferSaidNs: Nanos;
  readonly hostSaidNs: Nanos;
}

/** Below so many samples a cause is not fitted. */
const SAMPLES_MIN = 200;
/** Below so many batches an idle time has no entry of its own. */
const IDLE_SAMPLES_MIN = 60;
/** A batch counts as alone when others took less than this share of its time. */
const ALONE = 0.05;
/** What is above this quantile is a hiccup of the machine, not a cost that comes with every batch. */
const TRIM = 0.99;
/** Upper ends of the idle times that have an entry; the last takes all that are longer. */
const IDLE_ENDS_NS = [0, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, Number.POSITIVE_INFINITY];
const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
/** A quantile needs this many samples beyond it. */
const BEYOND_MIN = 5;

/** @throws ServingError CALIBRATION_TOO_FEW when the run has too few batches. */
export function fitCalibration({ batches, variants, source, batchWaitNs }: FitParts): CalibrationFit {
  const alone = batches.filter(({ beside }) => beside < ALONE);
  const beside = batches.filter((batch) => batch.beside >= ALONE);
  if (alone.length < SAMPLES_MIN) throw tooFew(alone.length, batches.length);
  const comparison = comparisonWith(variants);
  const afterIdle = idleFactors(alone.map(comparison));
  const noticed = latenesses(batches, batchWaitNs);
  const contention = contentionOf(beside.map(comparison), afterIdle);
  const calibration = { source, afterIdle, wakeUp: wakeUpOf(noticed), contention: contention ?? 0 };
  const notes = [...wakeUpNotes(noticed.length, batchWaitNs), ...contentionNotes(contention, beside.length)];
  return { calibration, alone: alone.length, beside: beside.length, wakeUps: noticed.length, notes };
}

function comparisonWith(variants: FitParts['variants']): (batch: ObservedBatch) => Compared {
  const parts = variants.map(profileParts);
  // A stream of its own, so that the fit of a run is always the same.
  const stream = new Stream('calibration');
  return (batch) => {
    const { infer, host } = parts[batch.variant];
    return {
      batch,
      tookNs: batch.endNs - batch.startNs,
      inferSaidNs: infer.batchWorkNs(batch.inputs, stream, batch.idleNs),
      hostSaidNs: host.batchWorkNs(batch.inputs, stream, batch.idleNs),
    };
  };
}

/** One entry for each idle time that enough batches came after; the first is that of batches back to back. */
function idleFactors(compared: readonly Compared[]): readonly CalibratedIdle[] {
  const bins = IDLE_ENDS_NS.map((endNs, index) => {
    const fromNs = index === 0 ? -1 : IDLE_ENDS_NS[index - 1];
    return compared.filter(({ batch: { idleNs } }) => idleNs > fromNs && idleNs <= endNs);
  });
  const idle = bins.slice(1).flat();
  // The tail comes from all idle times together: the hiccups of a machine do not care how long a worker was idle.
  const shape = idle.length < SAMPLES_MIN ? compared : idle;
  const shapeFactor = inferFactorOf(shape);
  const idleExtra = extraOf(shape, shapeFactor);
  const idleLeftNs = leftNs(shape, shapeFactor);
  const entries = bins.flatMap((bin, index): CalibratedIdle[] => {
    if (bin.length < IDLE_SAMPLES_MIN) return [];
    const inferFactor = inferFactorOf(bin);
    const own = bin.length >= SAMPLES_MIN && index === 0;
    const extra = own ? extraOf(bin, inferFactor) : movedTo(idleExtra, leftNs(bin, inferFactor) - idleLeftNs);
    const idleNs = Math.round(median(bin.map(({ batch }) => batch.idleNs)));
    return [{ idleNs: index === 0 ? 0 : Math.max(1, idleNs), inferFactor, extra }];
  });
  // Without batches back to back those after the shortest idle time stand for them.
  return entries[0].idleNs === 0 ? entries : [{ ...entries[0], idleNs: 0 }, ...entries];
}

function inferFactorOf(compared: readonly Compared[]): number {
  return (
    trimmedMean(compared.map(({ batch }) => batch.inferNs)) / trimmedMean(compared.map((each) => each.inferSaidNs))
  );
}

/** What is to be added to the said distribution, quantile by quantile, to make it the observed one. */
function extraOf(compared: readonly Compared[], inferFactor: number): QuantileShift {
  const took = compared.map(({ tookNs }) => tookNs).toSorted((a, b) => a - b);
  const said = compared.map((each) => saidNs(each, inferFactor)).toSorted((a, b) => a - b);
  return {
    meanNs: Math.round(mean(took) - mean(said)),
    quantilesNs: probabilitiesFor(took.length).map((probability) => ({
      probability,
      valueNs: Math.round(quantileSorted(took, probability) - quantileSorted(said, probability)),
    })),
  };
}

/** The mean that is left to explain, hiccups aside. */
function leftNs(compared: readonly Compared[], inferFactor: number): number {
  return (
    trimmedMean(compared.map(({ tookNs }) => tookNs)) - trimmedMean(compared.map((each) => saidNs(each, inferFactor)))
  );
}

function saidNs({ inferSaidNs, hostSaidNs }: Compared, inferFactor: number): number {
  return inferSaidNs * inferFactor + hostSaidNs;
}

function movedTo({ meanNs, quantilesNs }: QuantileShift, byNs: number): QuantileShift {
  return {
    meanNs: Math.round(meanNs + byNs),
    quantilesNs: quantilesNs.map(({ probability, valueNs }) => ({ probability, valueNs: Math.round(valueNs + byNs) })),
  };
}

/** The mean without what lies above the trimming quantile. */
function trimmedMean(values: readonly Nanos[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return mean(sorted.slice(0, Math.max(1, Math.ceil(sorted.length * TRIM))));
}

/** Of batches that started because a request came to an idle worker, or because it had waited long enough. */
function latenesses(batches: readonly ObservedBatch[], batchWaitNs: Nanos | undefined): readonly Nanos[] {
  if (batchWaitNs === undefined) return [];
  return batches.flatMap(({ noticedNs }) =>
    noticedNs === undefined || noticedNs < batchWaitNs ? [] : [noticedNs - batchWaitNs],
  );
}

function wakeUpOf(noticed: readonly Nanos[]): Calibration['wakeUp'] {
  if (noticed.length < SAMPLES_MIN) return { meanNs: 0 };
  const sorted = noticed.toSorted((a, b) => a - b);
  return {
    meanNs: Math.round(mean(sorted)),
    quantilesNs: probabilitiesFor(sorted.length).map((probability) => ({
      probability,
      valueNs: Math.round(quantileSorted(sorted, probability)),
    })),
  };
}

function probabilitiesFor(samples: number): readonly number[] {
  return PROBABILITIES.filter((probability) => samples * Math.min(probability, 1 - probability) >= BEYOND_MIN);
}

/** Undefined for too few batches. */
function contentionOf(compared: readonly Compared[], afterIdle: readonly CalibratedIdle[]): number | undefined {
  if (compared.length < SAMPLES_MIN) return undefined;
  const hiccupNs = quantileSorted(
    compared.map(({ tookNs }) => tookNs).toSorted((a, b) => a - b),
    TRIM,
  );
  let [product, square] = [0, 0];
  for (const each of compared) {
    const { batch, tookNs } = each;
    const { inferFactor, extra } = afterIdle.findLast(({ idleNs }) => idleNs <= batch.idleNs) ?? afterIdle[0];
    const aloneNs = saidNs(each, inferFactor) + extra.meanNs;
    const slowedNs = batch.beside * aloneNs;
    if (tookNs > hiccupNs) continue;
    product += slowedNs * (tookNs - aloneNs);
    square += slowedNs * slowedNs;
  }
  return Math.max(0, product / square);
}

function wakeUpNotes(samples: number, batchWaitNs: Nanos | undefined): readonly string[] {
  if (samples >= SAMPLES_MIN) return [];
  const why =
    batchWaitNs === undefined
      ? 'the batching policy does not say how long batches wait'
      : `only ${samples} requests found their worker idle`;
  return [`the lateness of wake-ups was not fitted, since ${why}: it stays 0`];
}

function contentionNotes(contention: number | undefined, batches: number): readonly string[] {
  if (contention !== undefined) return [];
  return [`contention was not fitted, since only ${batches} batches ran beside others: it stays 0`];
}

function tooFew(alone: number, all: number): ServingError {
  return new ServingError({
    code: 'CALIBRATION_TOO_FEW',
    message: 'the run has too few batches to fit a calibration to',
    found: `${alone} batches that ran alone, of ${all}`,
    expected: `at least ${SAMPLES_MIN}`,
    next: 'run longer, or at a lower load, where workers do not always run beside each other',
  });
}
