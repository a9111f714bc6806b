/**
 * Which replica of an instance gets a request: CPU containers take turns, Inferentia containers are drawn, and Triton
 * serves all replicas of a GPU model from one queue, so that the one with least to do stands for it.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { MachineId, WorkerId } from '../../tables/fleet.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU, ON_GPU } from './variant-facts.ts';

export class ReplicaChoice {
  private readonly state: InfaasState;
  /** By instance: the worker that had the last turn. */
  private readonly lastTurn: Int32Array;

  constructor(state: InfaasState) {
    this.state = state;
    this.lastTurn = new Int32Array(state.instances.replicas.length).fill(NONE);
  }

  /** A ready replica of the variant on the machine, or `NONE`. */
  on(variant: VariantIndex, machine: MachineId): WorkerId {
    const { facts } = this.state;
    if (facts.kind[variant] === ON_CPU) return this.inTurn(variant, machine);
    return facts.kind[variant] === ON_GPU ? this.leastLoaded(variant, machine) : this.drawn(variant, machine);
  }

  private inTurn(variant: VariantIndex, machine: MachineId): WorkerId {
    const { fleet } = this.state.context;
    const { column, length } = fleet.ready(variant);
    const cell = this.state.instances.at(variant, machine);
    const last = this.lastTurn[cell];
    let first: WorkerId = NONE;
    for (let i = 0; i < length; i += 1) {
      const worker = column[i];
      if (fleet.machine[worker] !== machine) continue;
      if (worker > last) {
        this.lastTurn[cell] = worker;
        return worker;
      }
      if (first === NONE) first = worker;
    }
    this.lastTurn[cell] = first;
    return first;
  }

  private drawn(variant: VariantIndex, machine: MachineId): WorkerId {
    const { fleet, random } = this.state.context;
    const { column, length } = fleet.ready(variant);
    let count = 0;
    let only: WorkerId = NONE;
    for (let i = 0; i < length; i += 1) {
      if (fleet.machine[column[i]] !== machine) continue;
      only = column[i];
      count += 1;
    }
    if (count <= 1) return only;
    let skipped = random.int(count);
    for (let i = 0; i < length; i += 1) {
      if (fleet.machine[column[i]] !== machine) continue;
      if (skipped === 0) return column[i];
      skipped -= 1;
    }
    return only;
  }

  private leastLoaded(variant: VariantIndex, machine: MachineId): WorkerId {
    const { fleet } = this.state.context;
    const { column, length } = fleet.ready(variant);
    let best: WorkerId = NONE;
    for (let i = 0; i < length; i += 1) {
      const worker = column[i];
      if (fleet.machine[worker] !== machine) continue;
      if (best === NONE || fleet.outstanding[worker] < fleet.outstanding[best]) best = worker;
    }
    return best;
  }
}
