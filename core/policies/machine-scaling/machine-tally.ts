/** How many machines of a type there are and how much of them is reserved: what machine-scaling policies count. */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { FleetView } from '../../tables/fleet.ts';
import type { ReadonlyIds } from '../../tables/sorted-ids.ts';

export interface MachineTally {
  /** Machines that are up or boot. */
  readonly machines: number;
  readonly booting: number;
  /** Reserved share of their cores or their accelerators, whichever is larger; booting machines are empty capacity. */
  readonly reservedShare: number;
}

/** Counts the machines of a type that are up or boot. */
export function tallyOf(catalogue: Catalogue, { machines }: FleetView, type: number): MachineTally {
  let coresFree = 0;
  let acceleratorsFree = 0;
  const count = (ids: ReadonlyIds): number => {
    let found = 0;
    for (let i = 0; i < ids.length; i += 1) {
      const machine = ids.at(i);
      if (machines.type[machine] !== type) continue;
      found += 1;
      coresFree += machines.coresFree[machine];
      acceleratorsFree += machines.acceleratorsFree[machine];
    }
    return found;
  };
  const booting = count(machines.booting);
  const all = booting + count(machines.up);
  const { cores, accelerator } = catalogue.machineTypes[type];
  const ofCores = reserved(coresFree, all * cores * machines.coreOvercommit);
  const ofAccelerators = reserved(acceleratorsFree, all * (accelerator?.count ?? 0));
  return { machines: all, booting, reservedShare: Math.max(ofCores, ofAccelerators) };
}

function reserved(free: number, total: number): number {
  return total === 0 ? 0 : 1 - free / total;
}
