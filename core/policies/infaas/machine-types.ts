/**
 * The machine types of an experiment by kind of hardware: how many machines of a kind it starts with and allows, and
 * which type to start. INFaaS knows one type of each kind; of several, the cheapest with room is started.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { NONE } from '../../policy.ts';
import type { InitialFleet } from '../../policy.ts';
import type { MachineColumns } from '../../tables/machine-columns.ts';
import { ON_CPU, ON_GPU, ON_INFERENTIA, machineKind } from './variant-facts.ts';
import type { HardwareKind } from './variant-facts.ts';

/** Every kind of hardware, in the order of its number. */
export const HARDWARE_KINDS = [ON_CPU, ON_GPU, ON_INFERENTIA] as const;

export interface KindOfMachines {
  readonly initial: number;
  readonly max: number;
  /** Machines of the kind that are up. */
  up(): number;
  /** The cheapest type of the kind that may have another machine, or `NONE`. */
  startable(): number;
}

/** @returns by kind of hardware: CPU-only, GPU, Inferentia. */
export function machinesByKind(
  { machineTypes }: Catalogue,
  initial: InitialFleet,
  machines: MachineColumns,
): readonly KindOfMachines[] {
  return HARDWARE_KINDS.map((kind) => kindOfMachines(kind));

  function kindOfMachines(kind: HardwareKind): KindOfMachines {
    const priceUsd = (type: number): number => machineTypes[type].pricePerHourUsd;
    const types = [...initial.machines]
      .filter(([type]) => machineKind(machineTypes[type]) === kind)
      .sort(([a], [b]) => priceUsd(a) - priceUsd(b) || a - b);
    return {
      initial: types.reduce((sum, [, its]) => sum + its.initial, 0),
      max: types.reduce((sum, [, its]) => sum + its.max, 0),
      up: () => types.reduce((sum, [type]) => sum + count(machines.up, type), 0),
      startable() {
        const open = types.find(([type, { max }]) => count(machines.up, type) + count(machines.booting, type) < max);
        return open === undefined ? NONE : open[0];
      },
    };
  }

  function count(ids: MachineColumns['up'], type: number): number {
    let found = 0;
    for (let i = 0; i < ids.length; i += 1) if (machines.type[ids.at(i)] === type) found += 1;
    return found;
  }
}
