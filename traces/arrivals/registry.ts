/** Every open arrival process, by the name a configuration gives it. A new process is one file and one line here. */
import type { OpenArrivals, OpenProcess } from '../arrival-spec.ts';
import { constantArrivals } from './constant.ts';
import { diurnalArrivals } from './diurnal.ts';
import { gammaArrivals } from './gamma.ts';
import { loadgenServerArrivals } from './loadgen-server.ts';
import { mmppArrivals } from './mmpp.ts';
import { phasesArrivals } from './phases.ts';
import { poissonArrivals } from './poisson.ts';
import type { ArrivalDefinition, SpecOf } from './process.ts';
import { rampArrivals } from './ramp.ts';
import { spikesArrivals } from './spikes.ts';
import { weibullArrivals } from './weibull.ts';

type Registry = { readonly [Process in OpenProcess]: ArrivalDefinition<SpecOf<Process>> };

export const ARRIVAL_PROCESSES: Registry = {
  constant: constantArrivals,
  poisson: poissonArrivals,
  'loadgen-server': loadgenServerArrivals,
  gamma: gammaArrivals,
  weibull: weibullArrivals,
  mmpp: mmppArrivals,
  diurnal: diurnalArrivals,
  ramp: rampArrivals,
  spikes: spikesArrivals,
  phases: phasesArrivals(definitionOf),
};

/** The definition that goes with a specification. */
export function definitionOf(spec: OpenArrivals): ArrivalDefinition<OpenArrivals> {
  // The registry pairs each name with the definition of its own member, so the definition found here takes this spec.
  return ARRIVAL_PROCESSES[spec.process];
}
