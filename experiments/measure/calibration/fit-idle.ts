/**
 * What batches take in the service after each idle time: the mean time in the engine over what the tables say, and at each
 * quantile the host's time minus what the tables say of it.
 */
import { mean, median, quantileSorted } from 'simple-statistics';
import type { CalibratedIdle, Nanos, QuantileShift } from '../../../core/index.ts';
import { furtherShift } from '../../../core/index.ts';
import type { Compared } from './compare-batches.ts';
import { inferFactorOf, trimmedMean } from './compare-batches.ts';
import { quantilesNs } from './quantiles.ts';

/** Below so many batches an idle time has no entry of its own. */
const SAMPLES_MIN = 60;
/** Below so many batches a distribution is not worth fitting. */
const SHAPE_MIN = 200;
/** Upper ends of the idle times that have an entry; the last takes all that are longer. */
const IDLE_ENDS_NS = [0, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, Number.POSITIVE_INFINITY];

/** One entry for each idle time that enough batches came after, the first with 0. @param compared not empty. */
export function fitIdle(compared: readonly Compared[]): readonly CalibratedIdle[] {
  const bins = IDLE_ENDS_NS.map((endNs, index) => {
    const fromNs = index === 0 ? -1 : IDLE_ENDS_NS[index - 1];
    return compared.filter(({ batch: { idleNs } }) => idleNs > fromNs && idleNs <= endNs);
  });
  const idle = bins.slice(1).flat();
  // The shape comes from all idle times together: the slow ones of a machine do not care how long a worker was idle.
  const shape = idle.length < SHAPE_MIN ? compared : idle;
  const shapeExtra = extraOf(shape);
  const shapeNs = trimmedExtra(shape);
  const entries = bins.flatMap((bin, index): CalibratedIdle[] => {
    if (bin.length < SAMPLES_MIN) return [];
    const inferFactor = inferFactorOf(bin);
    if (index === 0) return [{ idleNs: 0, inferFactor, extra: extraOf(bin.length < SHAPE_MIN ? shape : bin) }];
    const idleNs = Math.max(1, Math.round(median(bin.map(({ batch }) => batch.idleNs))));
    return [{ idleNs, inferFactor, extra: furtherShift(shapeExtra, trimmedExtra(bin) - shapeNs) }];
  });
  // Where no idle time has enough, all have one entry; without batches back to back the shortest stands for them.
  if (entries.length === 0) return [{ idleNs: 0, inferFactor: inferFactorOf(compared), extra: extraOf(compared) }];
  return entries[0].idleNs === 0 ? entries : [{ ...entries[0], idleNs: 0 }, ...entries];
}

/** What is to be added to the said distribution, quantile by quantile, to make it the observed one. */
function extraOf(compared: readonly Compared[]): QuantileShift {
  const took = ascending(compared.map(({ hostNs }) => hostNs));
  const said = ascending(compared.map(({ hostSaidNs }) => hostSaidNs));
  return {
    meanNs: Math.round(mean(took) - mean(said)),
    quantilesNs: quantilesNs(took).map(({ probability, valueNs }) => ({
      probability,
      valueNs: Math.round(valueNs - quantileSorted(said, probability)),
    })),
  };
}

function trimmedExtra(compared: readonly Compared[]): number {
  return trimmedMean(compared.map(({ hostNs }) => hostNs)) - trimmedMean(compared.map(({ hostSaidNs }) => hostSaidNs));
}

function ascending(values: readonly Nanos[]): Nanos[] {
  return values.toSorted((a, b) => a - b);
}
