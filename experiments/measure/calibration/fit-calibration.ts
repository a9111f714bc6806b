/**
 * Fits a calibration to a live run: compares what its batches took with what the latency tables say of such. It never
 * sees latencies of requests, which are what it is judged by. First batches in which the machine stood still are told
 * apart (`fit-pauses`); of the others those that ran alone tell what a batch takes after each idle time (`fit-idle`), and
 * those that ran beside others how much neighbours slow each other (`fit-contention`). How late a sleeping service wakes
 * up is told by requests that found their worker idle.
 */
import { mean } from 'simple-statistics';
import type { Calibration, Nanos } from '../../../core/index.ts';
import { ServingError } from '../../../core/index.ts';
import { comparedBatches } from './compare-batches.ts';
import type { ComparedVariant } from './compare-batches.ts';
import { fitContention } from './fit-contention.ts';
import { fitIdle } from './fit-idle.ts';
import { PAUSE_MIN_NS, fitPauses } from './fit-pauses.ts';
import type { ObservedBatch } from './observed-batches.ts';
import { quantilesNs } from './quantiles.ts';

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
  readonly variants: readonly ComparedVariant[];
  /** What the run was. */
  readonly source: string;
  /** How long a batch waits to fill; undefined where a policy does not say, and no late wake-up can be told from a wait. */
  readonly batchWaitNs: Nanos | undefined;
}

/** Below so many samples a cause is not fitted. */
const SAMPLES_MIN = 200;
/** A batch counts as alone when others took less than this share of its time. */
const ALONE = 0.05;

/** @throws ServingError CALIBRATION_TOO_FEW when the run has too few batches. */
export function fitCalibration({ batches, variants, source, batchWaitNs }: FitParts): CalibrationFit {
  const compared = comparedBatches(batches, variants);
  const alone = compared.filter(({ batch }) => batch.beside < ALONE);
  const beside = compared.filter(({ batch }) => batch.beside >= ALONE);
  if (alone.length < SAMPLES_MIN) throw tooFew(alone.length, batches.length);
  const { pauses, steady } = fitPauses(alone);
  const afterIdle = fitIdle(steady);
  const noticed = latenesses(batches, batchWaitNs);
  const isCrowded = beside.length >= SAMPLES_MIN;
  const contention = isCrowded ? fitContention(beside, afterIdle) : 0;
  return {
    calibration: { source, afterIdle, wakeUp: wakeUpOf(noticed), pauses, contention },
    alone: alone.length,
    beside: beside.length,
    wakeUps: noticed.length,
    notes: [
      ...wakeUpNotes(noticed.length, batchWaitNs),
      ...(isCrowded
        ? []
        : [`contention was not fitted, since only ${beside.length} batches ran beside others: it stays 0`]),
    ],
  };
}

/**
 * Of batches that started because a request came to an idle worker, or because it had waited long enough. What takes as
 * long as a pause is one.
 */
function latenesses(batches: readonly ObservedBatch[], batchWaitNs: Nanos | undefined): readonly Nanos[] {
  if (batchWaitNs === undefined) return [];
  const lateNs = batches.flatMap(({ noticedNs }) => (noticedNs === undefined ? [] : [noticedNs - batchWaitNs]));
  return lateNs.filter((each) => each >= 0 && each < PAUSE_MIN_NS);
}

function wakeUpOf(noticed: readonly Nanos[]): Calibration['wakeUp'] {
  if (noticed.length < SAMPLES_MIN) return { meanNs: 0 };
  return { meanNs: Math.round(mean([...noticed])), quantilesNs: quantilesNs(noticed.toSorted((a, b) => a - b)) };
}

function wakeUpNotes(samples: number, batchWaitNs: Nanos | undefined): readonly string[] {
  if (samples >= SAMPLES_MIN) return [];
  const why =
    batchWaitNs === undefined
      ? 'the batching policy does not say how long batches wait'
      : `only ${samples} requests found their worker idle`;
  return [`the lateness of wake-ups was not fitted, since ${why}: it stays 0`];
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
