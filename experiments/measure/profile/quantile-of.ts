/** Reads one quantile of a measured time, by the sample-size rule, whichever form the time has. Pure. */
import { quantile } from 'simple-statistics';
import type { MeasuredTime, Nanos } from '../../../core/index.ts';
import { quantilesFor } from './sample-rule.ts';

/** Undefined where the samples do not carry it, or the time has no quantile of that probability. */
export function quantileOf(time: MeasuredTime | undefined, probability: number): Nanos | undefined {
  if (time?.samplesNs === undefined) {
    return time?.quantilesNs?.find((known) => known.probability === probability)?.valueNs;
  }
  if (!quantilesFor(time.samplesNs.length).includes(probability)) return undefined;
  return Math.round(quantile([...time.samplesNs], probability));
}
