/** Evenly spaced arrivals: the n-th, from 0, comes at n / rate. Each time is rounded by itself, so no error adds up. */
import { NANOS_PER_SECOND, NEVER } from '../../core/index.ts';
import type { ArrivalDefinition, SpecOf } from './process.ts';

export const constantArrivals: ArrivalDefinition<SpecOf<'constant'>> = {
  doc: 'Evenly spaced arrivals, the first at 0: the kindest load there is, for finding capacity.',
  check: (spec, checks) => checks.rate('rateRps', spec.rateRps),
  meanRateRps: (spec) => spec.rateRps,
  create(spec) {
    const { rateRps } = spec;
    let arrivals = 0;
    return {
      next() {
        if (rateRps === 0) return NEVER;
        const atNs = Math.round((arrivals * NANOS_PER_SECOND) / rateRps);
        arrivals += 1;
        return Math.min(atNs, NEVER);
      },
    };
  },
};
