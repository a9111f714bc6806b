/**
 * Keeps variants within the bounds set by hand: starts what is missing, drains what is too much. A start that finds no
 * room, or follows a failed load too soon, is tried again when a machine joins, when a worker is gone, and after a delay.
 */
import type { VariantIndex } from '../catalogue/variant.ts';
import { NONE } from '../policy.ts';
import type { Fleet } from '../tables/fleet.ts';
import { leastLoaded } from './least-loaded.ts';
import { startOne } from './start-worker.ts';
import type { WantedParts } from './wanted-workers.ts';
import { setRetry } from './wanted-workers.ts';

/** Brings one variant within its bounds. */
export function keepWithin(parts: WantedParts, variant: VariantIndex): void {
  const { fleet, bounds, world, pool } = parts;
  const reason = 'bounds set by hand';
  let missing = bounds.least[variant] - workersOf(fleet, variant);
  for (; missing > 0; missing -= 1) {
    if (fleet.demand.mustWait(variant, world.now) || !startOne(parts, variant, { reason })) {
      setRetry(parts, variant);
      return;
    }
    // Loads that fail are tried one at a time.
    if (fleet.demand.isFailing(variant)) break;
  }
  for (let surplus = workersOf(fleet, variant) - bounds.most[variant]; surplus > 0; surplus -= 1) {
    const victim = leastLoaded(fleet, variant);
    if (victim === NONE) return;
    pool.drain(victim, reason);
    fleet.condemn(victim);
  }
}

/** Brings all variants that must have workers to their bounds. */
export function keepAllWithin(parts: WantedParts): void {
  if (!parts.bounds.demanding) return;
  for (const { index } of parts.catalogue.variants) if (parts.bounds.least[index] > 0) keepWithin(parts, index);
}

/** How many workers a change of the policy may start (positive) or drain (negative). */
export function withinBounds({ fleet, bounds }: WantedParts, variant: VariantIndex, delta: number): number {
  const now = workersOf(fleet, variant);
  const wanted = Math.min(Math.max(now + delta, bounds.least[variant]), bounds.most[variant]);
  // A bound stops a change; it never turns a start into a drain.
  return delta > 0 ? Math.max(0, Math.min(delta, wanted - now)) : Math.min(0, Math.max(delta, wanted - now));
}

/** Workers that serve or will: ready, loading or cold, and not told to drain. */
export function workersOf(fleet: Fleet, variant: VariantIndex): number {
  const ready = fleet.ready(variant);
  let count = fleet.started(variant);
  for (let i = 0; i < ready.length; i += 1) if (!fleet.isCondemned(ready.at(i))) count += 1;
  return count;
}
