/**
 * What the machines that are up offer to a plan: their resources, as if no worker that takes requests were there.
 * Offline workers keep theirs.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import { DEAD } from '../../tables/fleet.ts';
import type { FleetView, MachineId } from '../../tables/fleet.ts';
import { shareOf } from '../../tables/machine-columns.ts';

/** Slack for sums of fractional resources. */
const TOLERANCE = 1e-9;

export interface Resources {
  readonly cores: number;
  /** Of the host. */
  readonly memoryBytes: number;
  readonly accelerators: number;
  /** Over all devices. */
  readonly deviceMemoryBytes: number;
}

export interface MachineOffer extends Resources {
  readonly machine: MachineId;
  /** A machine number's life; a plan for an earlier life is void. */
  readonly generation: number;
  /** Machines of one type are interchangeable where their resources are equal. */
  readonly type: number;
  /** By variant: 1 where an empty machine of the type hosts it. */
  readonly hosts: Uint8Array;
}

/** One worker's resources: a variant's memory is the device's when it has one. */
export function needOf(catalogue: Catalogue, variant: VariantIndex): Resources {
  const { cores, memoryBytes, accelerators } = catalogue.variants[variant].resources;
  return accelerators > 0
    ? { cores, memoryBytes: 0, accelerators, deviceMemoryBytes: memoryBytes }
    : { cores, memoryBytes, accelerators: 0, deviceMemoryBytes: 0 };
}

/** Devices a worker occupies where it has them to itself, however small its share. */
export function devicesOf({ accelerators }: Resources): number {
  return accelerators === 0 ? 0 : Math.max(1, accelerators);
}

/** The machines that are up, ascending. */
export function machineOffers(catalogue: Catalogue, fleet: FleetView): MachineOffer[] {
  const { machines } = fleet;
  return Array.from({ length: machines.up.length }, (_, position) => {
    const machine = machines.up.at(position);
    const type = catalogue.machineTypes[machines.type[machine]];
    const hosts = Uint8Array.from(catalogue.variants, (variant) =>
      shareOf(type, variant, machines.coreOvercommit) <= 1 + TOLERANCE ? 1 : 0,
    );
    let offer: Resources = {
      cores: machines.coresFree[machine],
      memoryBytes: machines.memoryFreeBytes[machine],
      accelerators: machines.acceleratorsFree[machine],
      deviceMemoryBytes: machines.deviceMemoryFreeBytes[machine],
    };
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      if (fleet.machine[worker] !== machine || fleet.state[worker] === DEAD || fleet.dedicated[worker] === 1) continue;
      offer = plus(offer, needOf(catalogue, fleet.variant[worker]));
    }
    return { ...offer, machine, generation: machines.generation[machine], type: type.index, hosts };
  });
}

export function plus(a: Resources, b: Resources): Resources {
  return {
    cores: a.cores + b.cores,
    memoryBytes: a.memoryBytes + b.memoryBytes,
    accelerators: a.accelerators + b.accelerators,
    deviceMemoryBytes: a.deviceMemoryBytes + b.deviceMemoryBytes,
  };
}

/** Whether resources are within an offer. */
export function isWithin(used: Resources, offer: Resources): boolean {
  return (
    used.cores <= offer.cores + TOLERANCE &&
    used.memoryBytes <= offer.memoryBytes &&
    used.accelerators <= offer.accelerators + TOLERANCE &&
    used.deviceMemoryBytes <= offer.deviceMemoryBytes
  );
}

export const NOTHING: Resources = { cores: 0, memoryBytes: 0, accelerators: 0, deviceMemoryBytes: 0 };
