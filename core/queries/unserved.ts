/** Counts the queries that no variant fits, by kind, and keeps the first of each: what to make a suggestion from. */
import type { VariantIndex } from '../catalogue/variant.ts';
import type { FleetView } from '../tables/fleet-view.ts';
import type { RequestView, Slot } from '../tables/request-table.ts';
import { NEVER } from '../time.ts';
import type { QueryKind } from '../workload.ts';
import type { Asked } from './suggestion.ts';

export interface UnservedKind {
  readonly first: Asked;
  /** By variant, the one that served in its place when the first was asked: rollouts change it. */
  readonly servedBy: readonly VariantIndex[];
  readonly count: number;
}

export class Unserved {
  private readonly byKind = new Map<number, Omit<UnservedKind, 'count'> & { count: number }>();
  private readonly requests: RequestView;
  private readonly kinds: readonly QueryKind[];
  private readonly fleet: Pick<FleetView, 'servedBy'>;

  constructor(requests: RequestView, kinds: readonly QueryKind[], fleet: Pick<FleetView, 'servedBy'>) {
    this.requests = requests;
    this.kinds = kinds;
    this.fleet = fleet;
  }

  /** Notes a request that no variant fits. */
  note(slot: Slot): void {
    const { requests } = this;
    const kind = requests.kind[slot];
    const known = this.byKind.get(kind);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    const deadlineNs = requests.deadlineNs[slot];
    const first = {
      kind: this.kinds[kind],
      inputs: requests.inputs[slot],
      latencyNs: deadlineNs === NEVER ? NEVER : deadlineNs - requests.scheduledNs[slot],
      accuracyPercent: requests.accuracyPercent[slot],
    };
    this.byKind.set(kind, { first, servedBy: Array.from(this.fleet.servedBy), count: 1 });
  }

  /** By kind, ascending. */
  all(): readonly UnservedKind[] {
    return [...this.byKind.entries()].sort(([a], [b]) => a - b).map(([, unserved]) => unserved);
  }
}
