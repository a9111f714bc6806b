/**
 * What a machine type charges for hosting one worker of a variant: the price of the largest share the worker takes
 * of any of its resources, since the rest of such a share cannot be sold twice. Says nothing about what is free now;
 * that is the machine columns' business.
 */
import type { MachineType } from '../catalogue/machine-type.ts';
import type { Variant } from '../catalogue/variant.ts';

/**
 * Price of the share of an otherwise empty machine that a worker reserves, in USD per hour; `Infinity` when the
 * machine type cannot host the variant at all.
 */
export function hostingPriceUsd(type: MachineType, variant: Variant): number {
  const share = reservedShare(type, variant);
  return share <= 1 ? share * type.pricePerHourUsd : Infinity;
}

/** Price of the cheapest machine type for the variant, in USD per hour; `Infinity` when none can host it. */
export function cheapestHostingUsd(types: readonly MachineType[], variant: Variant): number {
  return types.reduce((least, type) => Math.min(least, hostingPriceUsd(type, variant)), Infinity);
}

/** The largest of the shares of cores, memory and accelerators; above 1 when the worker does not fit. */
function reservedShare({ cores, memoryBytes, accelerator }: MachineType, { resources, hardware }: Variant): number {
  const ofHost = Math.max(resources.cores / cores, resources.memoryBytes / memoryBytes);
  if (resources.accelerators === 0) return ofHost;
  if (accelerator?.hardware !== hardware) return Infinity;
  return Math.max(ofHost, resources.accelerators / accelerator.count);
}
