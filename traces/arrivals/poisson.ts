/** A homogeneous Poisson process: exponential gaps. */
import { NANOS_PER_SECOND } from '../../core/index.ts';
import type { ArrivalDefinition, SpecOf } from './process.ts';
import { arrivalStream } from './process.ts';
import { renewalProcess, SILENCE } from './renewal.ts';

export const poissonArrivals: ArrivalDefinition<SpecOf<'poisson'>> = {
  doc: 'Poisson arrivals: many independent clients. The default of queueing theory and of MLPerf Server.',
  check: (spec, checks) => checks.rate('rateRps', spec.rateRps),
  meanRateRps: (spec) => spec.rateRps,
  create(spec, context) {
    if (spec.rateRps === 0) return SILENCE;
    const stream = arrivalStream(context);
    const meanGapNs = NANOS_PER_SECOND / spec.rateRps;
    return renewalProcess(() => stream.exponential(meanGapNs));
  },
};
