/**
 * What a run used and what it cost: machine-time at the catalogue's price, worker-time, and energy as idle power
 * over machine-time plus the difference to busy power over the share of cores (or devices) at work.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { DOWN } from '../tables/machine-columns.ts';
import type { Fleet } from '../tables/fleet.ts';
import { NANOS_PER_SECOND } from '../time.ts';
import type { Nanos } from '../time.ts';

const SECONDS_PER_HOUR = 3600;

export interface Usage {
  readonly machineSeconds: number;
  readonly costUsd: number;
  readonly energyJoules: number;
  /** Worker-time in the state ready. */
  readonly workerSeconds: number;
  /** Share of ready worker-time spent executing, 0 to 1; 0 without workers. */
  readonly utilisation: number;
}

/** The usage of a run that ends now. */
export function usageOf(fleet: Fleet, catalogue: Catalogue, now: Nanos): Usage {
  const { machines } = fleet;
  const paidNs = Float64Array.from(machines.paidNs);
  for (let machine = 0; machine < machines.machinesMax; machine += 1) {
    if (machines.state[machine] !== DOWN) paidNs[machines.type[machine]] += now - machines.bootStartNs[machine];
  }
  let machineSeconds = 0;
  let costUsd = 0;
  let energyJoules = 0;
  for (const [type, offer] of catalogue.machineTypes.entries()) {
    const seconds = paidNs[type] / NANOS_PER_SECOND;
    // A machine draws its busy power in the measure of its busiest kind of resource.
    const ofCores = machines.coresWorkedNs[type] / offer.cores;
    const ofDevices = machines.devicesWorkedNs[type] / (offer.accelerator?.count ?? 1);
    const workedSeconds = Math.min(seconds, Math.max(ofCores, ofDevices) / NANOS_PER_SECOND);
    machineSeconds += seconds;
    costUsd += (seconds / SECONDS_PER_HOUR) * offer.pricePerHourUsd;
    energyJoules += seconds * offer.idleWatts + workedSeconds * (offer.busyWatts - offer.idleWatts);
  }
  let readyNs = fleet.readyTotalNs;
  for (let variant = 0; variant < catalogue.variants.length; variant += 1) {
    const ready = fleet.ready(variant);
    for (let i = 0; i < ready.length; i += 1) readyNs += now - fleet.readySinceNs[ready.at(i)];
  }
  // A worker that drains still finishes its batch: its time counts on both sides.
  const utilisation = readyNs === 0 ? 0 : Math.min(1, fleet.busyTotalNs / (readyNs + fleet.drainBusyNs));
  return { machineSeconds, costUsd, energyJoules, workerSeconds: readyNs / NANOS_PER_SECOND, utilisation };
}
