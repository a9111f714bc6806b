/** Refreshes the sampled columns every period, from the running totals. INFaaS-like policies decide on those. */
import { MONITOR } from '../addresses.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { demandOf } from '../catalogue/variant.ts';
import type { MonitorMessage } from '../messages.ts';
import { BusySampler } from '../tables/busy-sampler.ts';
import type { Fleet } from '../tables/fleet.ts';
import { DOWN } from '../tables/machine-columns.ts';
import type { Nanos } from '../time.ts';
import { NANOS_PER_SECOND } from '../time.ts';
import { PHASE_TIMERS } from '../world.ts';
import type { World } from '../world.ts';
import { reducer } from './reducer.ts';

export interface MonitorInput {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly periodNs: Nanos;
}

interface MonitorContext extends MonitorInput {
  lastNs: Nanos;
  readonly arrived: Float64Array;
  readonly ended: Float64Array;
  readonly requests: Float64Array;
  readonly latencyNs: Float64Array;
  readonly areaNs: Float64Array;
  readonly busy: BusySampler;
}

/** The actor's context from what the assembly gives it. */
export function monitorContext(input: MonitorInput): MonitorContext {
  const variants = input.fleet.totals.arrivedInputs.length;
  return {
    ...input,
    lastNs: 0,
    arrived: new Float64Array(variants),
    ended: new Float64Array(variants),
    requests: new Float64Array(variants),
    latencyNs: new Float64Array(variants),
    areaNs: new Float64Array(variants),
    busy: new BusySampler(input.fleet),
  };
}

export const monitorLogic = reducer<MonitorContext, MonitorMessage>((monitor) => {
  const { world, fleet } = monitor;
  const elapsedNs = world.now - monitor.lastNs;
  if (elapsedNs > 0) {
    sampleWorkers(monitor, elapsedNs);
    for (let variant = 0; variant < monitor.arrived.length; variant += 1) sample(monitor, variant, elapsedNs);
    monitor.lastNs = world.now;
  }
  world.setTimer(MONITOR, world.now + monitor.periodNs, { type: 'monitor.tick' }, PHASE_TIMERS);
  fleet.sampled.refreshes += 1;
});

function sample(monitor: MonitorContext, variant: number, elapsedNs: Nanos): void {
  const { fleet, world } = monitor;
  const { totals, sampled } = fleet;
  const perSecond = NANOS_PER_SECOND / elapsedNs;
  const ended = totals.endedRequests[variant] - monitor.requests[variant];
  const open = totals.arrivedInputs[variant] - totals.endedInputs[variant];
  const areaNs = world.now * open + totals.momentNs[variant];
  sampled.arrivalRate[variant] = (totals.arrivedInputs[variant] - monitor.arrived[variant]) * perSecond;
  sampled.endedRate[variant] = (totals.endedInputs[variant] - monitor.ended[variant]) * perSecond;
  sampled.meanLatencyNs[variant] =
    ended === 0 ? 0 : (totals.latencySumNs[variant] - monitor.latencyNs[variant]) / ended;
  sampled.concurrency[variant] = Math.max(0, (areaNs - monitor.areaNs[variant]) / elapsedNs);
  sampled.utilisation[variant] = busyShare(monitor, variant, elapsedNs);
  monitor.arrived[variant] = totals.arrivedInputs[variant];
  monitor.ended[variant] = totals.endedInputs[variant];
  monitor.requests[variant] = totals.endedRequests[variant];
  monitor.latencyNs[variant] = totals.latencySumNs[variant];
  monitor.areaNs[variant] = areaNs;
}

/** Share of the period that the variant's ready workers were busy. */
function busyShare({ fleet, busy: { workedNs } }: MonitorContext, variant: number, elapsedNs: Nanos): number {
  const ready = fleet.ready(variant);
  let sumNs = 0;
  for (let i = 0; i < ready.length; i += 1) sumNs += workedNs[ready.at(i)];
  return ready.length === 0 ? 0 : Math.min(1, sumNs / (elapsedNs * ready.length));
}

/** The shares of their machines' cores and devices that the workers kept busy in the period. */
function sampleWorkers({ fleet, world, catalogue, busy }: MonitorContext, elapsedNs: Nanos): void {
  const { machines, sampled } = fleet;
  const { workedNs } = busy;
  busy.sample(world.now);
  sampled.machineCores.fill(0);
  sampled.machineDevices.fill(0);
  for (let worker = 0; worker < workedNs.length; worker += 1) {
    if (workedNs[worker] === 0) continue;
    const machine = fleet.machine[worker];
    const variant = catalogue.variants[fleet.variant[worker]];
    const { kind, amount } = demandOf(variant);
    // A batch on an accelerator keeps its cores busy as well.
    sampled.machineCores[machine] += workedNs[worker] * variant.resources.cores;
    if (kind === 'devices') sampled.machineDevices[machine] += workedNs[worker] * amount;
  }
  for (let machine = 0; machine < machines.machinesMax; machine += 1) {
    if (machines.state[machine] === DOWN) continue;
    const { cores, accelerator } = catalogue.machineTypes[machines.type[machine]];
    sampled.machineCores[machine] = Math.min(1, sampled.machineCores[machine] / (elapsedNs * cores));
    const deviceTimeNs = elapsedNs * (accelerator?.count ?? 1);
    sampled.machineDevices[machine] = Math.min(1, sampled.machineDevices[machine] / deviceTimeNs);
  }
}
