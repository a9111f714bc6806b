/**
 * Proteus's dispatch: the workers of the variant take turns, in equal parts since they serve equally fast. The parts of
 * the variants are the selection's business.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { DispatchPolicy } from '../../policy.ts';
import type { FleetView } from '../../tables/fleet.ts';
import { coldByTarget } from '../planning/target.ts';
import type { MachineTarget } from '../planning/target.ts';

export interface TurnsParts {
  readonly catalogue: Catalogue;
  readonly fleet: FleetView;
  /** The plan in effect; empty before the first. */
  readonly targets: () => readonly MachineTarget[];
}

export function plannedTurns({ catalogue, fleet, targets }: TurnsParts): DispatchPolicy {
  const turns = new Int32Array(catalogue.variants.length);
  return {
    // A new plan shares the queries out anew, those of variants that it gives up as well.
    reselects: true,
    assign(_slot, variant) {
      const ready = fleet.ready(variant);
      const turn = turns[variant] % ready.length;
      turns[variant] = turn + 1;
      return ready.at(turn);
    },
    cold: coldByTarget(fleet, targets),
  };
}
