/**
 * Starts one worker where the policy or placement says. One that finds no room raises `capacity short` for the machine
 * autoscaler. Invariant: a shortage is in the decision log once, however often it is met.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import { NONE } from '../policy.ts';
import type { ModelScaling, PlacementPolicy } from '../policy.ts';
import type { Signals } from '../signals.ts';
import type { Fleet, MachineId } from '../tables/fleet.ts';
import type { World } from '../world.ts';
import { badAnswer } from './policy-answer.ts';
import type { WorkerPool } from './pools.ts';

export interface StartParts {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly pool: WorkerPool;
  readonly placement: PlacementPolicy;
  readonly signals: Signals;
  /** Variants that wait for a machine: their shortage is in the decision log already. */
  readonly short: Set<VariantIndex>;
}

/** Starts a worker on the machine that the policy names, or where placement says; false when there is no room. */
export function startOne(
  { world, placement, pool, signals, catalogue, fleet, short }: StartParts,
  variant: VariantIndex,
  { machine: named, reason }: Pick<ModelScaling, 'machine' | 'reason'>,
): boolean {
  const machine = named === undefined ? placement.place(variant, world.now) : roomOn(fleet, named, variant);
  if (machine !== NONE && !fleet.machines.fits(machine, variant)) {
    throw badAnswer('placement', `machine ${machine}`, 'a machine that is up and has room, or NONE');
  }
  if (machine !== NONE && pool.start(variant, machine, reason) !== NONE) {
    short.delete(variant);
    return true;
  }
  const cause = machine === NONE ? 'no machine has room' : 'limits.workers is reached';
  // More machines are no help against the limit on workers.
  if (machine === NONE) {
    signals.capacityShort({ hardware: catalogue.variants[variant].hardware, variant, atNs: world.now, cause });
  }
  if (!short.has(variant)) world.decided({ kind: 'capacity.short', variant, reason: `${reason}: ${cause}` });
  short.add(variant);
  return false;
}

/** The machine when it has room for the variant, else `NONE`. */
function roomOn(fleet: Fleet, machine: MachineId, variant: VariantIndex): MachineId {
  return fleet.machines.fits(machine, variant) ? machine : NONE;
}
