/** The gauges of the time series: what is queued, running and held, and who is there. */
import { expect, test } from 'vitest';
import { DRAINING, GAUGES, LOADING, SAMPLER, TimeSeries } from '../../../core/index.ts';
import { samplerLogic } from '../../../core/actors/sampler.ts';
import { Bench } from './bench.ts';

test('a sample sums what each worker has and counts workers and machines by state', () => {
  const bench = new Bench({ variants: [{}, {}], machinesMax: 3 });
  const { fleet, world } = bench;
  const series = new TimeSeries(1000);
  bench.machine();
  fleet.machines.claim(0, 0);
  const [ready, draining, loading] = [bench.worker(), bench.worker(1), fleet.claim(0, 0, 0)];
  fleet.setState(draining, DRAINING, 0);
  fleet.setState(loading, LOADING, 0);
  fleet.claim(0, 0, 0); // Cold: counted as nothing yet.
  fleet.queued[ready] = 3;
  fleet.queued[draining] = 2;
  fleet.batchStarted(ready, 4, 0);
  fleet.waiting[0] = 5;
  fleet.waiting[1] = 1;
  world.attach(SAMPLER, samplerLogic, { world, fleet, series, periodNs: 10 });
  expect(bench.deliver(SAMPLER, { type: 'sample.tick' }, 20)).toEqual(['timer at 30: sampler < sample.tick']);
  expect(Object.fromEntries(GAUGES.map((gauge) => [gauge, series.gauges[gauge][0]]))).toEqual({
    queuedInputs: 5,
    runningInputs: 4,
    heldInputs: 6,
    workersReady: 1,
    workersLoading: 1,
    workersDraining: 1,
    machinesUp: 1,
    machinesBooting: 1,
  });
  expect(series.samples[0]).toBe(1);
});
