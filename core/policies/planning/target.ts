/**
 * A plan of workers by machine and variant, and the way there: drain what the plan does not have, start what it lacks
 * as soon as there is room. Workers that died are started again; machines that the plan does not know are left alone.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import { HOLD, NONE, START } from '../../policy.ts';
import type { ModelScaling, PlacementPolicy } from '../../policy.ts';
import { COLD, LOADING, READY } from '../../tables/fleet.ts';
import type { FleetView, MachineId } from '../../tables/fleet.ts';
import type { Slot } from '../../tables/request-table.ts';
import type { MachineOffer, Resources } from './machine-offers.ts';
import { NOTHING, isWithin, needOf, plus } from './machine-offers.ts';
import { matchMachines } from './match-machines.ts';
import type { Column } from './match-machines.ts';

export interface MachineTarget {
  readonly machine: MachineId;
  readonly generation: number;
  /** Workers wanted, by variant. */
  readonly workers: Column;
}

type Tables = { readonly catalogue: Catalogue; readonly fleet: FleetView };

/** Workers by variant on a machine that serve or will: cold, loading or ready, and not told to drain. */
export function workersOn({ catalogue, fleet }: Tables, machine: MachineId): Column {
  const column = new Int32Array(catalogue.variants.length);
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    const state = fleet.state[worker];
    const serves = state === COLD || state === LOADING || state === READY;
    if (!serves || fleet.machine[worker] !== machine) continue;
    if (fleet.dedicated[worker] === 0 && !fleet.isCondemned(worker)) column[fleet.variant[worker]] += 1;
  }
  return column;
}

/** The planned columns as targets, dealt among equal machines so that most workers stay. */
export function targetsOf(
  tables: Tables,
  offers: readonly MachineOffer[],
  planned: readonly Column[],
): MachineTarget[] {
  const current = offers.map(({ machine }) => workersOn(tables, machine));
  const classes = offers.map(
    ({ type, cores, memoryBytes, accelerators, deviceMemoryBytes }) =>
      `${type} ${cores} ${memoryBytes} ${accelerators} ${deviceMemoryBytes}`,
  );
  const matched = matchMachines(planned, current, classes);
  return offers.map(({ machine, generation }, position) => ({ machine, generation, workers: matched[position] }));
}

/** Whether the machines that are up are those that a plan was made for. */
export function isForMachines(
  targets: readonly Pick<MachineTarget, 'machine' | 'generation'>[],
  { machines }: FleetView,
): boolean {
  return (
    targets.length === machines.up.length &&
    targets.every(({ machine, generation }) => machines.up.has(machine) && machines.generation[machine] === generation)
  );
}

/**
 * The next changes towards a plan. A start that has no room yet is left for a later call.
 * @param reasonOf why, for all variants or by variant.
 * @param isKept variants of which none is drained: those that requests wait for, unless told otherwise.
 */
export function changesTowards(
  tables: Tables,
  targets: readonly MachineTarget[],
  reasonOf: string | ((variant: VariantIndex) => string),
  isKept = (variant: VariantIndex): boolean => tables.fleet.waiting[variant] > 0,
): ModelScaling[] {
  const drains: ModelScaling[] = [];
  const starts: ModelScaling[] = [];
  for (const { machine, generation, workers } of targets) {
    const { machines } = tables.fleet;
    if (!machines.up.has(machine) || machines.generation[machine] !== generation) continue;
    const current = workersOn(tables, machine);
    const free = freeOf(tables.fleet, machine);
    let taken = NOTHING;
    for (let variant = 0; variant < workers.length; variant += 1) {
      const missing = workers[variant] - current[variant];
      if (missing === 0) continue;
      const reason = typeof reasonOf === 'string' ? reasonOf : reasonOf(variant);
      if (missing < 0 && !isKept(variant)) drains.push({ variant, delta: missing, machine, reason });
      if (missing < 0 || !machines.fits(machine, variant)) continue;
      let delta = 0;
      let more = plus(taken, needOf(tables.catalogue, variant));
      while (delta < missing && isWithin(more, free)) {
        delta += 1;
        taken = more;
        more = plus(taken, needOf(tables.catalogue, variant));
      }
      if (delta > 0) starts.push({ variant, delta, machine, reason });
    }
  }
  return [...drains, ...starts];
}

/** Places a worker where the plan lacks one of its variant, else on the machine with the fewest workers. */
export function placeByTarget(tables: Tables, targets: () => readonly MachineTarget[]): PlacementPolicy {
  const { machines } = tables.fleet;
  const lacks = ({ machine, workers }: MachineTarget, variant: VariantIndex): boolean =>
    machines.fits(machine, variant) && workers[variant] > workersOn(tables, machine)[variant];
  return {
    place(variant) {
      const found = targets().find((target) => lacks(target, variant));
      if (found !== undefined) return found.machine;
      let best = NONE;
      for (let i = 0; i < machines.up.length; i += 1) {
        const machine = machines.up.at(i);
        if (!machines.fits(machine, variant)) continue;
        if (best === NONE || machines.workers[machine] < machines.workers[best]) best = machine;
      }
      return best;
    },
  };
}

/**
 * What happens to a request while no worker of its variant is ready: it waits where one loads or is planned; before the
 * first plan it has one started; else it is refused, since the plan has given the variant up and nobody would serve it.
 */
export function coldByTarget(
  fleet: FleetView,
  targets: () => readonly MachineTarget[],
): (slot: Slot, variant: VariantIndex) => number {
  return (_slot, variant) => {
    const planned = targets();
    if (fleet.loading(variant).length > 0 || planned.some(({ workers }) => workers[variant] > 0)) return HOLD;
    if (planned.length > 0) return NONE;
    return fleet.waiting[variant] === 0 ? START : HOLD;
  };
}

function freeOf({ machines }: FleetView, machine: MachineId): Resources {
  return {
    cores: machines.coresFree[machine],
    memoryBytes: machines.memoryFreeBytes[machine],
    accelerators: machines.acceleratorsFree[machine],
    deviceMemoryBytes: machines.deviceMemoryFreeBytes[machine],
  };
}
