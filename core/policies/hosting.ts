/**
 * What a machine type charges for hosting one worker of a variant: the price of the largest share the worker takes
 * of any of its resources, since the rest of such a share cannot be sold twice. Says nothing about what is free now;
 * that is the machine columns' business.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { MachineType } from '../catalogue/machine-type.ts';
import type { Variant } from '../catalogue/variant.ts';
import type { FleetView } from '../tables/fleet.ts';
import { canHost, shareOf } from '../tables/machine-columns.ts';

export interface Hosting {
  /**
   * Price of the share of an otherwise empty machine that a worker reserves, in USD per hour; `Infinity` when the
   * machine type cannot host the variant at all.
   */
  priceUsd(type: MachineType, variant: Variant): number;
  /** The same on the cheapest machine type for the variant; `Infinity` when none can host it. */
  cheapestUsd(variant: Variant): number;
}

/** Prices for the machine types of a run, with the overcommitment of its machines. */
export function hostingOn(catalogue: Catalogue, { machines }: Pick<FleetView, 'machines'>): Hosting {
  const priceUsd = (type: MachineType, variant: Variant): number => {
    const { coreOvercommit } = machines;
    if (!canHost(type, variant, coreOvercommit)) return Infinity;
    return shareOf(type, variant, coreOvercommit) * type.pricePerHourUsd;
  };
  return {
    priceUsd,
    cheapestUsd: (variant) =>
      catalogue.machineTypes.reduce((least, type) => Math.min(least, priceUsd(type, variant)), Infinity),
  };
}
