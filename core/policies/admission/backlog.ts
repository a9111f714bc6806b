/** How much work stands before a new request; what admission policies decide on. */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { FleetView } from '../../tables/fleet.ts';

/**
 * Inputs before a new request at the worker that would serve it first: the fewest outstanding at any ready worker plus
 * an equal part of those the scheduler holds. Without a ready worker, the held inputs per loading worker (at least one).
 */
export function shortestQueueInputs(fleet: FleetView, variant: VariantIndex): number {
  const ready = fleet.ready(variant);
  const waiting = fleet.waiting[variant];
  if (ready.length === 0) return waiting / Math.max(1, fleet.loading(variant).length);
  let least = fleet.outstanding[ready.at(0)];
  for (let i = 1; i < ready.length; i += 1) least = Math.min(least, fleet.outstanding[ready.at(i)]);
  return least + waiting / ready.length;
}
