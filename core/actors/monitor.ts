/** Refreshes the sampled columns every period, from the running totals. INFaaS-like policies decide on those. */
import { MONITOR } from '../addresses.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { MonitorMessage } from '../messages.ts';
import { DEAD } from '../tables/fleet.ts';
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
  /** Busy time by worker at the last tick, and the generation it belongs to. */
  readonly busyNs: Float64Array;
  readonly generation: Int32Array;
  /** Busy time by worker in the last period. */
  readonly workedNs: Float64Array;
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
    busyNs: new Float64Array(input.fleet.workersMax),
    generation: new Int32Array(input.fleet.workersMax),
    workedNs: new Float64Array(input.fleet.workersMax),
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
function busyShare({ fleet, workedNs }: MonitorContext, variant: number, elapsedNs: Nanos): number {
  const ready = fleet.ready(variant);
  let sumNs = 0;
  for (let i = 0; i < ready.length; i += 1) sumNs += workedNs[ready.at(i)];
  return ready.length === 0 ? 0 : Math.min(1, sumNs / (elapsedNs * ready.length));
}

/**
 * How long each worker was busy in the period, the running batch counted up to now, and the shares of their machines'
 * cores and devices that this makes. What a worker did that died in the period is left out.
 */
function sampleWorkers(monitor: MonitorContext, elapsedNs: Nanos): void {
  const { fleet, world, catalogue, workedNs } = monitor;
  const { machines, sampled } = fleet;
  sampled.machineCores.fill(0);
  sampled.machineDevices.fill(0);
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.state[worker] === DEAD) continue;
    const runningNs = fleet.running[worker] > 0 ? world.now - fleet.batchStartNs[worker] : 0;
    const busyNs = fleet.busyNs[worker] + runningNs;
    const sameLife = monitor.generation[worker] === fleet.generation[worker];
    workedNs[worker] = busyNs - (sameLife ? monitor.busyNs[worker] : 0);
    monitor.busyNs[worker] = busyNs;
    monitor.generation[worker] = fleet.generation[worker];
    const machine = fleet.machine[worker];
    const { cores, accelerators } = catalogue.variants[fleet.variant[worker]].resources;
    sampled.machineCores[machine] += workedNs[worker] * cores;
    // A batch has a whole device while it runs, however small a share its worker reserves.
    if (accelerators > 0) sampled.machineDevices[machine] += workedNs[worker] * Math.max(1, accelerators);
  }
  for (let machine = 0; machine < machines.machinesMax; machine += 1) {
    if (machines.state[machine] === DOWN) continue;
    const { cores, accelerator } = catalogue.machineTypes[machines.type[machine]];
    sampled.machineCores[machine] = Math.min(1, sampled.machineCores[machine] / (elapsedNs * cores));
    const deviceTimeNs = elapsedNs * (accelerator?.count ?? 1);
    sampled.machineDevices[machine] = Math.min(1, sampled.machineDevices[machine] / deviceTimeNs);
  }
}
