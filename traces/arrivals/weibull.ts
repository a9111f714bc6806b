/** Weibull gaps: for equal coefficients of variation above 1, shorter bursts and a heavier tail than Gamma. */
import { NANOS_PER_SECOND } from '../../core/index.ts';
import { CV_RANGE } from './cv-range.ts';
import type { ArrivalDefinition, SpecOf } from './process.ts';
import { arrivalStream } from './process.ts';
import { renewalProcess, SILENCE } from './renewal.ts';
import { weibullMean, weibullShape } from './weibull-shape.ts';

export const weibullArrivals: ArrivalDefinition<SpecOf<'weibull'>> = {
  doc: 'Renewal arrivals with Weibull gaps: what ServeGen fits to many production clients, beside Gamma.',
  check(spec, checks) {
    checks.rate('rateRps', spec.rateRps);
    checks.within('cv', spec.cv, CV_RANGE);
  },
  meanRateRps: (spec) => spec.rateRps,
  create(spec, context) {
    if (spec.rateRps === 0) return SILENCE;
    const stream = arrivalStream(context);
    const shape = weibullShape(spec.cv);
    const scaleNs = NANOS_PER_SECOND / spec.rateRps / weibullMean(shape);
    return renewalProcess(() => stream.weibull(shape, scaleNs));
  },
};
