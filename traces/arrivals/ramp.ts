/**
 * A ramp: Poisson arrivals at a rate that moves in a straight line from a to b over the time D and then stays. With
 * r = (b - a) / D the integrated rate is `a t + r t^2 / 2`; the n-th arrival is where it equals the sum of n
 * exponentials of mean 1, and the quadratic is solved in the form that does not cancel.
 */
import { NANOS_PER_SECOND, NEVER } from '../../core/index.ts';
import type { ArrivalDefinition, SpecOf } from './process.ts';
import { arrivalStream } from './process.ts';

export const rampArrivals: ArrivalDefinition<SpecOf<'ramp'>> = {
  doc: 'Poisson arrivals at a rate that rises or falls in a straight line: where does it break?',
  check(spec, checks) {
    checks.rate('fromRps', spec.fromRps);
    checks.rate('toRps', spec.toRps);
    if (spec.overNs !== undefined) checks.duration('overNs', spec.overNs);
  },
  meanRateRps(spec, durationNs) {
    const overNs = spec.overNs ?? durationNs;
    if (durationNs >= overNs) {
      const ramp = ((spec.fromRps + spec.toRps) / 2) * overNs;
      return (ramp + spec.toRps * (durationNs - overNs)) / durationNs;
    }
    return spec.fromRps + ((spec.toRps - spec.fromRps) * durationNs) / overNs / 2;
  },
  create(spec, context) {
    const stream = arrivalStream(context);
    const overNs = spec.overNs ?? context.durationNs;
    const from = spec.fromRps / NANOS_PER_SECOND;
    const to = spec.toRps / NANOS_PER_SECOND;
    const slope = (to - from) / overNs;
    const workOfRamp = ((from + to) / 2) * overNs;
    let work = 0;
    let lastNs = 0;
    return {
      next() {
        work += stream.exponential(1);
        let atNs: number;
        if (work < workOfRamp) {
          // Rounding may carry the square below 0 at the very end of a ramp down to nothing.
          const rates = from + Math.sqrt(Math.max(0, from * from + 2 * slope * work));
          atNs = rates > 0 ? (2 * work) / rates : 0;
        } else if (to > 0) {
          atNs = overNs + (work - workOfRamp) / to;
        } else {
          return NEVER;
        }
        // The division may go back by a last bit; time may not.
        lastNs = Math.min(Math.max(lastNs, Math.round(atNs)), NEVER);
        return lastNs;
      },
    };
  },
};
