/**
 * Share of each machine's cores that was at work in the last period, offline work included: what offline work is
 * throttled and placed by. It is sampled apart from the monitor, whose period belongs to the scalers.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { BusySampler } from '../tables/busy-sampler.ts';
import type { Fleet, MachineId } from '../tables/fleet.ts';
import type { Nanos } from '../time.ts';

export class MachineLoad {
  private readonly catalogue: Catalogue;
  private readonly fleet: Fleet;
  private readonly shares: Float64Array;
  private readonly busy: BusySampler;
  private lastNs: Nanos = 0;

  constructor(catalogue: Catalogue, fleet: Fleet) {
    this.catalogue = catalogue;
    this.fleet = fleet;
    this.shares = new Float64Array(fleet.machines.machinesMax);
    this.busy = new BusySampler(fleet);
  }

  /** Share of the machine's cores, 0 to 1, as of the last sample. */
  shareOf(machine: MachineId): number {
    return this.shares[machine];
  }

  /** Samples the time since the last call, running batches counted up to now. */
  sample(now: Nanos): void {
    const { fleet, catalogue, shares, busy } = this;
    const elapsedNs = now - this.lastNs;
    if (elapsedNs <= 0) return;
    this.lastNs = now;
    busy.sample(now);
    shares.fill(0);
    for (const [worker, workedNs] of busy.workedNs.entries()) {
      if (workedNs === 0) continue;
      const machine = fleet.machine[worker];
      const { cores } = catalogue.machineTypes[fleet.machines.type[machine]];
      const used = catalogue.variants[fleet.variant[worker]].resources.cores;
      shares[machine] += (workedNs * used) / (elapsedNs * cores);
    }
    // Workers that compete are busy for longer than the cores they get.
    for (let machine = 0; machine < shares.length; machine += 1) shares[machine] = Math.min(1, shares[machine]);
  }
}
