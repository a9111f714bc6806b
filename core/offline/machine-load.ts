/**
 * Share of each machine's cores that was at work in the last period, offline work included: what offline work is
 * throttled and placed by. It is sampled apart from the monitor, whose period belongs to the scalers.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { DEAD } from '../tables/fleet.ts';
import type { Fleet, MachineId } from '../tables/fleet.ts';
import type { Nanos } from '../time.ts';

export class MachineLoad {
  private readonly catalogue: Catalogue;
  private readonly fleet: Fleet;
  private readonly shares: Float64Array;
  private readonly busyNs: Float64Array;
  private readonly generation: Int32Array;
  private lastNs: Nanos = 0;

  constructor(catalogue: Catalogue, fleet: Fleet) {
    this.catalogue = catalogue;
    this.fleet = fleet;
    this.shares = new Float64Array(fleet.machines.machinesMax);
    this.busyNs = new Float64Array(fleet.workersMax);
    this.generation = new Int32Array(fleet.workersMax);
  }

  /** Share of the machine's cores, 0 to 1, as of the last sample. */
  shareOf(machine: MachineId): number {
    return this.shares[machine];
  }

  /** Samples the time since the last call, running batches counted up to now. */
  sample(now: Nanos): void {
    const { fleet, catalogue, shares, busyNs, generation } = this;
    const elapsedNs = now - this.lastNs;
    if (elapsedNs <= 0) return;
    this.lastNs = now;
    shares.fill(0);
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      if (fleet.state[worker] === DEAD) continue;
      const runningNs = fleet.running[worker] > 0 ? now - fleet.batchStartNs[worker] : 0;
      const totalNs = fleet.busyNs[worker] + runningNs;
      const beforeNs = generation[worker] === fleet.generation[worker] ? busyNs[worker] : 0;
      busyNs[worker] = totalNs;
      generation[worker] = fleet.generation[worker];
      const machine = fleet.machine[worker];
      const { cores } = catalogue.machineTypes[fleet.machines.type[machine]];
      const used = catalogue.variants[fleet.variant[worker]].resources.cores;
      shares[machine] += ((totalNs - beforeNs) * used) / (elapsedNs * cores);
    }
    // Workers that compete are busy for longer than the cores they get.
    for (let machine = 0; machine < shares.length; machine += 1) shares[machine] = Math.min(1, shares[machine]);
  }
}
