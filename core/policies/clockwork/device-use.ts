/**
 * One batch at a time per device: how much of a machine's devices (or cores) the batches take that run or are on their
 * way, and whether another fits. It knows the workers that its policy gave work to; so it looks at as many as run.
 * A batch takes whole devices: a worker with a share of one waits for the others on it.
 * Simplified: the devices of a machine are a pool, as its memory is in the tables; no worker is tied to one of them.
 *
 * Workers are independent where reservations say so already: whole accelerators, and cores that are not overcommitted.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { PolicyContext } from '../../policy.ts';
import { DEAD } from '../../tables/fleet.ts';
import type { FleetView, MachineId, WorkerId } from '../../tables/fleet.ts';

/** Slack for sums of fractional cores. */
const TOLERANCE = 1e-9;

export class DeviceUse {
  private readonly fleet: FleetView;
  private readonly catalogue: PolicyContext<unknown>['catalogue'];
  /** Whole devices, or cores, that a batch of the variant takes. */
  private readonly demand: Float64Array;
  private readonly shared: Uint8Array;
  /** Workers given work, by machine, until it is seen that they have none. */
  private readonly busy: readonly WorkerId[][];

  constructor({ catalogue, fleet }: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>) {
    this.fleet = fleet;
    this.catalogue = catalogue;
    const { variants } = catalogue;
    this.busy = Array.from({ length: fleet.machines.machinesMax }, () => []);
    this.demand = Float64Array.from(variants, ({ resources: { accelerators, cores } }) =>
      accelerators > 0 ? Math.ceil(accelerators - TOLERANCE) : cores,
    );
    const split = new Set(
      variants.flatMap(({ hardware, resources: { accelerators } }) =>
        Number.isInteger(accelerators) ? [] : [hardware],
      ),
    );
    const overcommitted = fleet.machines.coreOvercommit > 1;
    this.shared = Uint8Array.from(variants, ({ hardware, resources: { accelerators } }) =>
      (accelerators > 0 ? split.has(hardware) : overcommitted) ? 1 : 0,
    );
  }

  /** Whether workers of the variant may have to wait for others on their machine. */
  isShared(variant: VariantIndex): boolean {
    return this.shared[variant] === 1;
  }

  /** Devices, or cores, that a batch of the variant takes. */
  demandOf(variant: VariantIndex): number {
    return this.demand[variant];
  }

  /** Devices, or cores, of the kind that the variant runs on. */
  capacityOf(machine: MachineId, variant: VariantIndex): number {
    const offer = this.catalogue.machineTypes[this.fleet.machines.type[machine]];
    return this.usesDevices(variant) ? (offer.accelerator?.count ?? 0) : offer.cores;
  }

  /** Notes that a worker is given work now. */
  note(worker: WorkerId): void {
    const busy = this.busy[this.fleet.machine[worker]];
    if (!busy.includes(worker)) busy.push(worker);
  }

  /** The workers of a machine that have work. Read at once. */
  busyOn(machine: MachineId): readonly WorkerId[] {
    const { fleet } = this;
    const busy = this.busy[machine];
    let kept = 0;
    for (const worker of busy) {
      if (fleet.machine[worker] !== machine || !isBusy(fleet, worker)) continue;
      busy[kept] = worker;
      kept += 1;
    }
    busy.length = kept;
    return busy;
  }

  /** What the batches of the machine take now, of the kind that the variant runs on. */
  usedOn(machine: MachineId, variant: VariantIndex): number {
    const { fleet, demand } = this;
    let used = 0;
    for (const worker of this.busyOn(machine)) {
      if (this.isSameKind(fleet.variant[worker], variant)) used += demand[fleet.variant[worker]];
    }
    return used;
  }

  /** Whether a batch of the variant fits beside what is used. One that needs more than there is runs alone. */
  fits(machine: MachineId, variant: VariantIndex, used: number): boolean {
    return used === 0 || used + this.demand[variant] <= this.capacityOf(machine, variant) + TOLERANCE;
  }

  /** Whether the worker, which has nothing to do itself, need not wait for others. */
  isFree(worker: WorkerId): boolean {
    const variant = this.fleet.variant[worker];
    if (!this.isShared(variant)) return true;
    const machine = this.fleet.machine[worker];
    return this.fits(machine, variant, this.usedOn(machine, variant));
  }

  /** Whether both variants run on devices, or both on cores. */
  isSameKind(a: VariantIndex, b: VariantIndex): boolean {
    return this.usesDevices(a) === this.usesDevices(b);
  }

  usesDevices(variant: VariantIndex): boolean {
    return this.catalogue.variants[variant].resources.accelerators > 0;
  }
}

/** Whether a worker executes, or has work on its way or queued. A draining worker finishes its batch. */
export function isBusy(fleet: FleetView, worker: WorkerId): boolean {
  return fleet.state[worker] !== DEAD && (fleet.running[worker] > 0 || fleet.outstanding[worker] > 0);
}
