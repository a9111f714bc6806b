/**
 * Where a new instance goes. GETVARIANT: the machine whose resources of the variant's kind are used least. With
 * packing, as the online bin packing of section 4.2.3: the fullest machine that is still below the limit of
 * utilisation, so that machines fill up one after the other; without one below the limit, the least used again.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { PlacementPolicy, PolicyContext } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';

/** Utilisation above which a machine counts as full, in placement and in the rules for machines (section 4.2.3). */
export const UTILISATION_LIMIT = 0.8;

type Tables = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>;

export class Machines {
  private readonly tables: Tables;

  constructor(tables: Tables) {
    this.tables = tables;
  }

  /** Share of the machine's resources of the variant's kind that was busy in the last period of the monitor, 0 to 1. */
  utilisation(machine: MachineId, variant: VariantIndex): number {
    const { sampled } = this.tables.fleet;
    return this.isAccelerated(variant) ? sampled.machineDevices[machine] : sampled.machineCores[machine];
  }

  /** Whether a whole device, or the cores that the variant takes, stood idle on average in the last period. */
  hasIdle(machine: MachineId, variant: VariantIndex): boolean {
    const { fleet, catalogue } = this.tables;
    const { cores, accelerator } = catalogue.machineTypes[fleet.machines.type[machine]];
    const idle = 1 - this.utilisation(machine, variant);
    if (!this.isAccelerated(variant)) return idle * cores >= catalogue.variants[variant].resources.cores;
    return idle * (accelerator?.count ?? 0) >= 1;
  }

  /** Reserved share of the machine's resources of the variant's kind, 0 to 1. */
  reserved(machine: MachineId, variant: VariantIndex): number {
    const { fleet, catalogue } = this.tables;
    const { machines } = fleet;
    const { cores, accelerator } = catalogue.machineTypes[machines.type[machine]];
    if (this.isAccelerated(variant)) return 1 - machines.acceleratorsFree[machine] / (accelerator?.count ?? 1);
    return 1 - machines.coresFree[machine] / (cores * machines.coreOvercommit);
  }

  /** The least used machine with room for the variant, other than `except`; the emptier of equals, then the first. */
  leastUsed(variant: VariantIndex, except: MachineId = NONE): MachineId {
    const { machines } = this.tables.fleet;
    let best: MachineId = NONE;
    for (let i = 0; i < machines.up.length; i += 1) {
      const machine = machines.up.at(i);
      if (machine === except || !machines.fits(machine, variant)) continue;
      if (best === NONE || this.isLessUsed(machine, best, variant)) best = machine;
    }
    return best;
  }

  /** The fullest machine with room for the variant whose utilisation is below the limit, or `NONE`. */
  fullestBelowLimit(variant: VariantIndex): MachineId {
    const { machines } = this.tables.fleet;
    let best: MachineId = NONE;
    for (let i = 0; i < machines.up.length; i += 1) {
      const machine = machines.up.at(i);
      if (this.utilisation(machine, variant) >= UTILISATION_LIMIT || !machines.fits(machine, variant)) continue;
      if (best === NONE || this.reserved(machine, variant) > this.reserved(best, variant)) best = machine;
    }
    return best;
  }

  /** Whether some machine has room for one more worker of the variant. */
  hasRoom(variant: VariantIndex): boolean {
    const { machines } = this.tables.fleet;
    for (let i = 0; i < machines.up.length; i += 1) if (machines.fits(machines.up.at(i), variant)) return true;
    return false;
  }

  private isAccelerated(variant: VariantIndex): boolean {
    return this.tables.catalogue.variants[variant].resources.accelerators > 0;
  }

  private isLessUsed(machine: MachineId, than: MachineId, variant: VariantIndex): boolean {
    const difference = this.utilisation(machine, variant) - this.utilisation(than, variant);
    return difference < 0 || (difference === 0 && this.reserved(machine, variant) < this.reserved(than, variant));
  }
}

export function instancePlacement(machines: Machines, packing: boolean): PlacementPolicy {
  return {
    place(variant) {
      const packed = packing ? machines.fullestBelowLimit(variant) : NONE;
      return packed === NONE ? machines.leastUsed(variant) : packed;
    },
  };
}
