/**
 * The machines that have ready replicas of a variant. Looked up when those change, so that a decision walks machines
 * and not replicas.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { FleetView, MachineId } from '../../tables/fleet.ts';
import { SortedIds } from '../../tables/sorted-ids.ts';
import type { ReadonlyIds } from '../../tables/sorted-ids.ts';

export class Hosts {
  private readonly fleet: FleetView;
  private readonly lists: SortedIds[];
  /** The changes of a variant's ready replicas that its list is of. */
  private readonly seen: Float64Array;

  constructor(fleet: FleetView, variants: number) {
    this.fleet = fleet;
    this.lists = Array.from({ length: variants }, () => new SortedIds());
    this.seen = new Float64Array(variants);
  }

  /** Machines with a ready replica of the variant, ascending. Read at once: the list changes with the replicas. */
  of(variant: VariantIndex): ReadonlyIds {
    const { changes } = this.fleet.ready(variant);
    if (this.seen[variant] !== changes) {
      this.seen[variant] = changes;
      this.lists[variant] = this.look(variant);
    }
    return this.lists[variant];
  }

  private look(variant: VariantIndex): SortedIds {
    const { column, length } = this.fleet.ready(variant);
    const machines = new SortedIds();
    for (let i = 0; i < length; i += 1) {
      const machine: MachineId = this.fleet.machine[column[i]];
      if (!machines.has(machine)) machines.add(machine);
    }
    return machines;
  }
}
