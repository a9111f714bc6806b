/**
 * A day in a sine: a Poisson process whose rate swings around its mean. Candidates arrive at the peak rate and are
 * kept with the chance rate / peak (thinning; Lewis and Shedler, Naval Research Logistics Quarterly 26(3), 1979).
 */
import { NANOS_PER_SECOND, NEVER } from '../../core/index.ts';
import type { ArrivalDefinition, SpecOf } from './process.ts';
import { arrivalStream } from './process.ts';
import { SILENCE } from './renewal.ts';

const TURN = 2 * Math.PI;

export const diurnalArrivals: ArrivalDefinition<SpecOf<'diurnal'>> = {
  doc: 'Poisson arrivals at a rate that follows a sine: day and night.',
  check(spec, checks) {
    checks.rate('meanRps', spec.meanRps);
    checks.within('amplitude', spec.amplitude, { minimum: 0, maximum: 1 });
    checks.duration('periodNs', spec.periodNs);
    checks.within('phase', spec.phase ?? 0, { minimum: 0, maximum: 1 });
  },
  meanRateRps(spec, durationNs) {
    // The integral of the sine over the run, as a multiple of the run's length.
    const turns = durationNs / spec.periodNs;
    const start = TURN * (spec.phase ?? 0);
    const swing = (Math.cos(start) - Math.cos(start + TURN * turns)) / (TURN * turns);
    return spec.meanRps * (1 + spec.amplitude * swing);
  },
  create(spec, context) {
    if (spec.meanRps === 0) return SILENCE;
    const stream = arrivalStream(context);
    const { amplitude, periodNs } = spec;
    const start = TURN * (spec.phase ?? 0);
    const peak = 1 + amplitude;
    const gapAtPeakNs = NANOS_PER_SECOND / (spec.meanRps * peak);
    let atNs = 0;
    return {
      next() {
        while (atNs < NEVER) {
          atNs += stream.exponential(gapAtPeakNs);
          const rate = 1 + amplitude * Math.sin(start + TURN * (atNs / periodNs));
          if (stream.unit() * peak < rate) return Math.min(Math.round(atNs), NEVER);
        }
        return NEVER;
      },
    };
  },
};
