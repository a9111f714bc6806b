/**
 * What a run used and what it cost: machine-time at the catalogue's prices, the memory of workers at the price of the
 * memory they hold, and energy as idle power over machine-time plus the difference to busy power over the share of
 * cores (or devices) at work.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { MachineType } from '../catalogue/machine-type.ts';
import type { Variant } from '../catalogue/variant.ts';
import type { LeftMachine } from '../tables/machine-columns.ts';
import { DOWN, memoryFor } from '../tables/machine-columns.ts';
import { DEAD, READY } from '../tables/fleet.ts';
import type { Fleet } from '../tables/fleet.ts';
import { NANOS_PER_SECOND } from '../time.ts';
import type { Nanos } from '../time.ts';

const SECONDS_PER_HOUR = 3600;

export interface Usage {
  readonly machineSeconds: number;
  /** Machine-time at the on-demand price. */
  readonly costUsd: number;
  /** Machine-time at the reserved price. */
  readonly reservedCostUsd: number;
  /** Time that workers held memory, at the price of that memory: see `memoryPriceUsd`. */
  readonly instanceCostUsd: number;
  readonly energyJoules: number;
  /** Of the machine that drew most: what a battery would have had to give. */
  readonly machineEnergyMaxJoules: number;
  /** The same among the machines of one type, by type: 0 where there was none. */
  readonly typeEnergyMaxJoules: readonly number[];
  /** Memory that workers held, on hosts and devices together: the mean over the run, and the most at once. */
  readonly memoryMeanBytes: number;
  readonly memoryPeakBytes: number;
  /** Time in the state ready of the workers that take requests; those of offline jobs are left out. */
  readonly workerSeconds: number;
  /** Share of that ready time spent executing, 0 to 1; 0 without workers. */
  readonly utilisation: number;
}

/** The usage of a run that ends now. */
export function usageOf(fleet: Fleet, catalogue: Catalogue, now: Nanos): Usage {
  const usage = { machineSeconds: 0, costUsd: 0, reservedCostUsd: 0, energyJoules: 0, machineEnergyMaxJoules: 0 };
  const typeEnergyMaxJoules = catalogue.machineTypes.map(() => 0);
  for (const machine of machinesOf(fleet, now)) {
    const offer = catalogue.machineTypes[machine.type];
    const seconds = machine.paidNs / NANOS_PER_SECOND;
    const joules = energyOf(machine, offer);
    usage.machineSeconds += seconds;
    usage.costUsd += (seconds / SECONDS_PER_HOUR) * offer.pricePerHourUsd;
    usage.reservedCostUsd += (seconds / SECONDS_PER_HOUR) * offer.reservedPricePerHourUsd;
    usage.energyJoules += joules;
    usage.machineEnergyMaxJoules = Math.max(usage.machineEnergyMaxJoules, joules);
    typeEnergyMaxJoules[machine.type] = Math.max(typeEnergyMaxJoules[machine.type], joules);
  }
  return { ...usage, typeEnergyMaxJoules, ...memoryUsage(fleet, catalogue, now), ...workerUsage(fleet, now) };
}

/**
 * Price of holding one byte of memory for an hour on the hardware that a variant runs on, in USD: the hourly price of
 * a machine over the memory of its accelerators, or of its host for CPU variants, on the machine type where that is
 * least. Cores have no part in it, for they may be overcommitted. `Infinity` when no machine type has the variant's
 * hardware and memory. INFaaS prices an instance by its memory; its normalised
 * prices per GB and second (CPU 0.031, Inferentia 0.190, GPU 0.498, section 6.2 of USENIX ATC 2021) stand in the same
 * ratios as this formula gives for m5.2xlarge, inf1.2xlarge and p3.2xlarge.
 */
export function memoryPriceUsd(variant: Variant, machineTypes: readonly MachineType[]): number {
  let least = Infinity;
  for (const type of machineTypes) {
    const bytes = memoryFor(type, variant);
    if (bytes > 0) least = Math.min(least, type.pricePerHourUsd / bytes);
  }
  return least;
}

/** Every machine of the run, as it was when it left or as it is now. */
function machinesOf({ machines }: Fleet, now: Nanos): readonly LeftMachine[] {
  const all = [...machines.left];
  for (let machine = 0; machine < machines.machinesMax; machine += 1) {
    if (machines.state[machine] === DOWN) continue;
    all.push({
      type: machines.type[machine],
      paidNs: now - machines.bootStartNs[machine],
      coresWorkedNs: machines.coresWorkedNs[machine],
      devicesWorkedNs: machines.devicesWorkedNs[machine],
    });
  }
  return all;
}

/** A machine draws its busy power in the measure of its busiest kind of resource. */
function energyOf({ paidNs, coresWorkedNs, devicesWorkedNs }: LeftMachine, offer: MachineType): number {
  const busiestNs = Math.max(coresWorkedNs / offer.cores, devicesWorkedNs / (offer.accelerator?.count ?? 1));
  const workedSeconds = Math.min(paidNs, busiestNs) / NANOS_PER_SECOND;
  return (paidNs / NANOS_PER_SECOND) * offer.idleWatts + workedSeconds * (offer.busyWatts - offer.idleWatts);
}

function memoryUsage(
  fleet: Fleet,
  { variants, machineTypes }: Catalogue,
  now: Nanos,
): Pick<Usage, 'instanceCostUsd' | 'memoryMeanBytes' | 'memoryPeakBytes'> {
  const lifeNs = Float64Array.from(fleet.lifeNs);
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.state[worker] !== DEAD) lifeNs[fleet.variant[worker]] += now - fleet.claimedNs[worker];
  }
  let byteNs = 0;
  let instanceCostUsd = 0;
  for (const variant of variants) {
    if (lifeNs[variant.index] === 0) continue;
    const heldByteNs = lifeNs[variant.index] * variant.resources.memoryBytes;
    const hours = heldByteNs / NANOS_PER_SECOND / SECONDS_PER_HOUR;
    byteNs += heldByteNs;
    instanceCostUsd += hours * memoryPriceUsd(variant, machineTypes);
  }
  return { instanceCostUsd, memoryMeanBytes: now === 0 ? 0 : byteNs / now, memoryPeakBytes: fleet.memoryPeakBytes };
}

function workerUsage(fleet: Fleet, now: Nanos): Pick<Usage, 'workerSeconds' | 'utilisation'> {
  let readyNs = fleet.readyTotalNs;
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.state[worker] === READY && fleet.dedicated[worker] === 0) readyNs += now - fleet.readySinceNs[worker];
  }
  // A worker that drains still finishes its batch: its time counts on both sides.
  const utilisation = readyNs === 0 ? 0 : Math.min(1, fleet.busyTotalNs / (readyNs + fleet.drainBusyNs));
  return { workerSeconds: readyNs / NANOS_PER_SECOND, utilisation };
}
