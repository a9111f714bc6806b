/**
 * Where replicas run: one a device, since a batch has the whole of the device it runs on and a second replica there
 * would only take turns; on machines without devices, as many as the cores and the memory hold. Replicas that are there
 * stay where they are.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { MachineType } from '../../catalogue/machine-type.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { FleetView } from '../../tables/fleet.ts';
import { hostingOn } from '../hosting.ts';
import { NOTHING, devicesOf, isWithin, machineOffers, needOf, plus } from '../planning/machine-offers.ts';
import type { MachineOffer, Resources } from '../planning/machine-offers.ts';
import type { Column } from '../planning/match-machines.ts';
import { workersOn } from '../planning/target.ts';

type Tables = { readonly catalogue: Catalogue; readonly fleet: FleetView };

/** Replicas that a pipeline wants of the variant it is planned on. */
export interface ReplicaWish {
  readonly variant: VariantIndex;
  readonly replicas: number;
}

/** USD per hour of one replica, by variant, on the cheapest machine type: the price of its devices, or of its share. */
export function replicaPrices({ catalogue, fleet }: Tables): Float64Array {
  const hosting = hostingOn(catalogue, fleet);
  return Float64Array.from(catalogue.variants, (variant) => {
    const priceOn = (type: MachineType): number => {
      const devices = devicesOf(needOf(catalogue, variant.index));
      const whole = (devices / (type.accelerator?.count ?? 1)) * type.pricePerHourUsd;
      return Math.max(hosting.priceUsd(type, variant), devices === 0 ? 0 : whole);
    };
    return catalogue.machineTypes.reduce((least, type) => Math.min(least, priceOn(type)), Infinity);
  });
}

/** The machines of one moment. */
export class ReplicaRoom {
  readonly offers: readonly MachineOffer[];
  private readonly catalogue: Catalogue;
  private readonly current: readonly Column[];

  constructor({ catalogue, fleet }: Tables) {
    this.catalogue = catalogue;
    this.offers = machineOffers(catalogue, fleet);
    this.current = this.offers.map(({ machine }) => workersOn({ catalogue, fleet }, machine));
  }

  /** Workers by variant that are on the machines now, by position of the offer. */
  get columns(): readonly Column[] {
    return this.current;
  }

  /** How many replicas of a variant have room beside those of others. @param most counting ends here. */
  roomFor(variant: VariantIndex, others: readonly ReplicaWish[], most: number): number {
    const dealt = this.dealt([...others, { variant, replicas: most }], false);
    const before = others.reduce((sum, other) => sum + (other.variant === variant ? other.replicas : 0), 0);
    return Math.max(0, dealt.reduce((sum, column) => sum + column[variant], 0) - before);
  }

  /**
   * Replicas by variant, by position of the offer; wishes come in their order, and what has no room is left out. A
   * variant that would get none shares a device, since it must be served somewhere.
   */
  deal(wishes: readonly ReplicaWish[]): readonly Column[] {
    return this.dealt(wishes, true);
  }

  private dealt(wishes: readonly ReplicaWish[], shares: boolean): readonly Column[] {
    const columns = this.offers.map(() => new Int32Array(this.catalogue.variants.length));
    const used: Resources[] = this.offers.map(() => NOTHING);
    const add = (at: number, variant: VariantIndex): void => {
      columns[at][variant] += 1;
      used[at] = plus(used[at], this.takes(variant));
    };
    const fits = (at: number, variant: VariantIndex): boolean =>
      this.offers[at].hosts[variant] === 1 && isWithin(plus(used[at], this.takes(variant)), this.offers[at]);
    for (const { variant, replicas } of wishes) {
      let left = replicas;
      for (const at of this.offers.keys()) {
        while (left > 0 && columns[at][variant] < this.current[at][variant] && fits(at, variant)) {
          add(at, variant);
          left -= 1;
        }
      }
      for (; left > 0; left -= 1) {
        const at = this.leastUsed(columns, (each) => fits(each, variant));
        if (at < 0) break;
        add(at, variant);
      }
      if (!shares || columns.some((column) => column[variant] > 0)) continue;
      const at = this.leastUsed(columns, (each) => this.offers[each].hosts[variant] === 1);
      if (at >= 0) add(at, variant);
    }
    return columns;
  }

  /** What a replica takes of a machine: whole devices, however small the share that its worker reserves. */
  private takes(variant: VariantIndex): Resources {
    const need = needOf(this.catalogue, variant);
    return { ...need, accelerators: devicesOf(need) };
  }

  /**
   * The machine with the fewest replicas among those that may take one, of equals the one with the fewest workers now:
   * a load would hold up what they execute. -1 for none.
   */
  private leastUsed(columns: readonly Column[], mayTake: (at: number) => boolean): number {
    const able = [...columns.keys()].filter(mayTake);
    const [best = -1] = able.sort(
      (a, b) =>
        workersIn(columns[a]) - workersIn(columns[b]) || workersIn(this.current[a]) - workersIn(this.current[b]),
    );
    return best;
  }
}

function workersIn(column: Column): number {
  return column.reduce((sum, workers) => sum + workers, 0);
}
