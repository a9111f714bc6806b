/** Named signals between policies and scalers: raised by one, read and cleared by the machine scaler. */
import type { Hardware, VariantIndex } from './catalogue/variant.ts';
import type { WorkerId } from './tables/ids.ts';
import type { Nanos } from './time.ts';

/** A machine that is wanted: what the model autoscaler could not place. */
export interface CapacityShort {
  readonly hardware: Hardware;
  readonly variant: VariantIndex;
  readonly atNs: Nanos;
  readonly cause: string;
}

export class Signals {
  /** Workers that a policy calls overloaded or interfered with. */
  private readonly flagged = new Set<WorkerId>();

  /** The latest shortage of each variant: one machine is wanted for it, however often it was said. */
  private readonly shortages = new Map<VariantIndex, CapacityShort>();

  /** Says whether a worker is overloaded or interfered with; offline work on its machine pauses meanwhile. */
  flag(worker: WorkerId, isFlagged: boolean): void {
    if (isFlagged) this.flagged.add(worker);
    else this.flagged.delete(worker);
  }

  /** The flagged workers. */
  get flaggedWorkers(): ReadonlySet<WorkerId> {
    return this.flagged;
  }

  /** A worker found no machine. */
  capacityShort(shortage: CapacityShort): void {
    this.shortages.set(shortage.variant, shortage);
  }

  /** The shortages raised since the last call, one a variant, by variant. */
  takeShortages(): readonly CapacityShort[] {
    const taken = [...this.shortages.values()].sort((a, b) => a.variant - b.variant);
    this.shortages.clear();
    return taken;
  }
}
