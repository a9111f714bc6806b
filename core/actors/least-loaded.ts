/** Which worker of a variant is drained when one is to go. */
import type { VariantIndex } from '../catalogue/variant.ts';
import { NONE } from '../policy.ts';
import type { Fleet, MachineId, WorkerId } from '../tables/fleet.ts';

/**
 * A worker still loading first (it serves nobody yet), else the ready one with least to do; ties to the newest.
 * @param machine where to look; everywhere when left out.
 */
export function leastLoaded(fleet: Fleet, variant: VariantIndex, machine?: MachineId): WorkerId {
  const isElsewhere = (worker: WorkerId): boolean => machine !== undefined && fleet.machine[worker] !== machine;
  const loading = fleet.loading(variant);
  for (let i = loading.length - 1; i >= 0; i -= 1) {
    if (!fleet.isCondemned(loading.at(i)) && !isElsewhere(loading.at(i))) return loading.at(i);
  }
  const ready = fleet.ready(variant);
  let best: WorkerId = NONE;
  for (let i = ready.length - 1; i >= 0; i -= 1) {
    const worker = ready.at(i);
    if (fleet.isCondemned(worker) || isElsewhere(worker)) continue;
    if (best === NONE || fleet.outstanding[worker] < fleet.outstanding[best]) best = worker;
  }
  return best;
}
