/** Whether a batch that is not full has company to wait for; what batching policies that wait have in common. */
import type { FleetView, WorkerId } from '../../tables/fleet.ts';

/**
 * True when waiting is in vain: the scheduler holds requests for the variant, and all that it has assigned to the
 * worker is here. Under a central queue that means that the oldest request held does not fit into this batch.
 */
export function waitsInVain(fleet: FleetView, worker: WorkerId, queuedInputs: number): boolean {
  return fleet.waiting[fleet.variant[worker]] > 0 && fleet.outstanding[worker] === queuedInputs;
}
