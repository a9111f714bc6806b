/**
 * What can be done with a measured time as a whole: scale it, move it, take one between two. Distributions are combined
 * quantile by quantile, at the probabilities that either knows: the slow ones of one with the slow ones of the other.
 */
import type { Nanos } from '../time.ts';
import { quantileFunction, valueAt } from './quantile-function.ts';
import type { QuantileFunction } from './quantile-function.ts';
import type { MeasuredTime } from './variant.ts';

/** A time that may be negative, by probability: what is to be added to a distribution at each of its quantiles. */
export interface QuantileShift {
  readonly meanNs: number;
  /** Ascending by probability; values need not ascend. Empty adds the mean everywhere. */
  readonly quantilesNs: readonly { readonly probability: number; readonly valueNs: number }[];
}

/** A time that does not vary. */
export function constantTime(meanNs: Nanos): MeasuredTime {
  return { meanNs, quantilesNs: [{ probability: 0.5, valueNs: meanNs }] };
}

/** Whether more is known of it than its mean. */
export function hasSpread({ quantilesNs, samplesNs }: MeasuredTime): boolean {
  return quantilesNs !== undefined || samplesNs !== undefined;
}

/** Every value times a factor above 0. @param least of the values that come out. */
export function scaledTime(time: MeasuredTime, factor: number, least: 0 | 1): MeasuredTime {
  const { quantilesNs, samplesNs } = time;
  const scaled = (valueNs: Nanos): Nanos => wholeNs(valueNs * factor, least);
  return {
    meanNs: scaled(time.meanNs),
    ...(quantilesNs === undefined
      ? {}
      : { quantilesNs: quantilesNs.map(({ probability, valueNs }) => ({ probability, valueNs: scaled(valueNs) })) }),
    ...(samplesNs === undefined ? {} : { samplesNs: samplesNs.map(scaled) }),
  };
}

/** The time and a shift, added at each quantile. @param least of the values that come out. */
export function shiftedTime(time: MeasuredTime, shift: QuantileShift, least: 0 | 1): MeasuredTime {
  const added = functionOf(shift);
  return combined(time, added, (ownNs, addedNs) => ownNs + addedNs, { meanNs: time.meanNs + shift.meanNs, least });
}

/** The time at a share of the way between two, 0 to 1. */
export function timeBetween(from: MeasuredTime, to: MeasuredTime, share: number): MeasuredTime {
  const [fromNs, toNs] = [from.meanNs, to.meanNs];
  const other = quantileFunction(to) ?? functionOf({ meanNs: toNs, quantilesNs: [] });
  const between = (aNs: number, bNs: number): number => aNs + share * (bNs - aNs);
  return combined(from, other, between, { meanNs: between(fromNs, toNs), least: 0 });
}

/** The shift at each quantile, and one more for all. */
export function furtherShift({ meanNs, quantilesNs }: QuantileShift, byNs: number): QuantileShift {
  return {
    meanNs: Math.round(meanNs + byNs),
    quantilesNs: quantilesNs.map(({ probability, valueNs }) => ({ probability, valueNs: Math.round(valueNs + byNs) })),
  };
}

function combined(
  time: MeasuredTime,
  other: QuantileFunction,
  combine: (ownNs: number, otherNs: number) => number,
  { meanNs, least }: { readonly meanNs: number; readonly least: 0 | 1 },
): MeasuredTime {
  const own = quantileFunction(time);
  const mean = { meanNs: wholeNs(meanNs, least) };
  // Two times known by their means alone give another such.
  if (own === undefined && other.probabilities.length === 1) return mean;
  const mine = own ?? functionOf({ meanNs: time.meanNs, quantilesNs: [] });
  const probabilities = [...new Set([...mine.probabilities, ...other.probabilities])].toSorted((a, b) => a - b);
  let beforeNs = 0;
  const quantilesNs = probabilities.map((probability) => {
    const valueNs = wholeNs(combine(valueAt(mine, probability), valueAt(other, probability)), least);
    beforeNs = Math.max(beforeNs, valueNs);
    return { probability, valueNs: beforeNs };
  });
  return { ...mean, quantilesNs };
}

function functionOf({ meanNs, quantilesNs }: QuantileShift): QuantileFunction {
  const points = quantilesNs.length === 0 ? [{ probability: 0.5, valueNs: meanNs }] : quantilesNs;
  return {
    probabilities: Float64Array.from(points, ({ probability }) => probability),
    valuesNs: Float64Array.from(points, ({ valueNs }) => valueNs),
  };
}

function wholeNs(value: number, least: 0 | 1): Nanos {
  return Math.max(least, Math.round(value));
}
