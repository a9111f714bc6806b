/** Samples queue depths and counts of workers and machines for the time series, after all else at its instant. */
import { SAMPLER } from '../addresses.ts';
import type { SamplerMessage } from '../messages.ts';
import type { Gauge, TimeSeries } from '../metrics/time-series.ts';
import { DRAINING, LOADING, READY } from '../tables/fleet.ts';
import type { Fleet } from '../tables/fleet.ts';
import type { Nanos } from '../time.ts';
import { PHASE_SAMPLES } from '../world.ts';
import type { World } from '../world.ts';
import { reducer } from './reducer.ts';

export interface SamplerContext {
  readonly world: World;
  readonly fleet: Fleet;
  readonly series: TimeSeries;
  readonly periodNs: Nanos;
}

export const samplerLogic = reducer<SamplerContext, SamplerMessage>(({ world, fleet, series, periodNs }) => {
  series.sample(world.now, readGauges(fleet));
  world.setTimer(SAMPLER, world.now + periodNs, { type: 'sample.tick' }, PHASE_SAMPLES);
});

function readGauges(fleet: Fleet): Record<Gauge, number> {
  const gauges: Record<Gauge, number> = {
    queuedInputs: 0,
    runningInputs: 0,
    heldInputs: 0,
    workersReady: 0,
    workersLoading: 0,
    workersDraining: 0,
    machinesUp: fleet.machines.up.length,
    machinesBooting: fleet.machines.booting.length,
  };
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    const state = fleet.state[worker];
    gauges.queuedInputs += fleet.queued[worker];
    gauges.runningInputs += fleet.running[worker];
    if (state === READY) gauges.workersReady += 1;
    else if (state === LOADING) gauges.workersLoading += 1;
    else if (state === DRAINING) gauges.workersDraining += 1;
  }
  for (let variant = 0; variant < fleet.waiting.length; variant += 1) gauges.heldInputs += fleet.waiting[variant];
  return gauges;
}
