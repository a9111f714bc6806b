/** Spikes: Poisson arrivals at a base rate, and at another rate during windows that come at fixed times. */
import type { Nanos } from '../../core/index.ts';
import type { SpikesArrivals } from '../arrival-spec.ts';
import type { Piece } from './piecewise-poisson.ts';
import { piecewisePoisson } from './piecewise-poisson.ts';
import type { ArrivalDefinition } from './process.ts';
import { arrivalStream } from './process.ts';

export const spikesArrivals: ArrivalDefinition<SpikesArrivals> = {
  doc: 'Poisson arrivals with regular spikes: how fast does the system scale out, and back?',
  check(spec, checks) {
    checks.rate('baseRps', spec.baseRps);
    checks.rate('spikeRps', spec.spikeRps);
    checks.duration('everyNs', spec.everyNs);
    checks.duration('lastsNs', spec.lastsNs);
    checks.duration('firstAtNs', spec.firstAtNs, 0);
    if (spec.lastsNs > spec.everyNs) checks.fail('lastsNs', spec.lastsNs, `at most everyNs, ${spec.everyNs}`);
  },
  meanRateRps(spec, durationNs) {
    const share = spikeTime(spec, durationNs) / durationNs;
    return spec.baseRps + (spec.spikeRps - spec.baseRps) * share;
  },
  create(spec, context) {
    const { durationNs } = context;
    return piecewisePoisson({ stream: arrivalStream(context), durationNs, nextPiece: spikePieces(spec) });
  },
};

function spikePieces(spec: SpikesArrivals): () => Piece {
  const piece: Piece = { rateRps: spec.spikeRps, endNs: 0 };
  let spikes = 0;
  let inSpike = true;
  return () => {
    inSpike = !inSpike;
    const startNs = spec.firstAtNs + spikes * spec.everyNs;
    piece.rateRps = inSpike ? spec.spikeRps : spec.baseRps;
    piece.endNs = inSpike ? startNs + spec.lastsNs : startNs;
    if (inSpike) spikes += 1;
    return piece;
  };
}

/** How much of the first `durationNs` lies in spikes. */
function spikeTime(spec: SpikesArrivals, durationNs: Nanos): number {
  const afterFirstNs = Math.max(0, durationNs - spec.firstAtNs);
  const whole = Math.floor(afterFirstNs / spec.everyNs);
  return whole * spec.lastsNs + Math.min(afterFirstNs - whole * spec.everyNs, spec.lastsNs);
}
