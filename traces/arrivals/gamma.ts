/**
 * Gamma gaps. A Gamma law of shape k and scale s has mean `k s` and variance `k s^2`, so a coefficient of variation
 * c means `k = 1 / c^2`, and the mean gap then gives s.
 */
import { NANOS_PER_SECOND } from '../../core/index.ts';
import { CV_RANGE } from './cv-range.ts';
import type { ArrivalDefinition, SpecOf } from './process.ts';
import { arrivalStream } from './process.ts';
import { renewalProcess, SILENCE } from './renewal.ts';

export const gammaArrivals: ArrivalDefinition<SpecOf<'gamma'>> = {
  doc: 'Renewal arrivals with Gamma gaps: burstier than Poisson when cv is above 1, smoother below.',
  check(spec, checks) {
    checks.rate('rateRps', spec.rateRps);
    checks.within('cv', spec.cv, CV_RANGE);
  },
  meanRateRps: (spec) => spec.rateRps,
  create(spec, context) {
    if (spec.rateRps === 0) return SILENCE;
    const stream = arrivalStream(context);
    const shape = 1 / (spec.cv * spec.cv);
    const scaleNs = NANOS_PER_SECOND / spec.rateRps / shape;
    return renewalProcess(() => stream.gamma(shape, scaleNs));
  },
};
