/**
 * Which machine (INFaaS: worker) a request or a new replica goes to: by the requests that the variant's instances get,
 * or by utilisation. What cannot serve the variant is passed over, where the release would send the query and fail.
 * Works in buffers that are reused; the orders by utilisation are the machine book's.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import type { Nanos } from '../../time.ts';
import { LEAST_ACCELERATOR, LEAST_CPU, LEAST_QPS } from './constants.ts';
import type { DecisionMode } from './decision-mode.ts';
import { SHARED } from './machine-book.ts';
import { drawNext } from './draw-next.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU, ON_GPU, ON_INFERENTIA } from './variant-facts.ts';

/** What a machine must offer: room for one more replica, or any way to serve the variant. */
type Need = 'room' | 'service';

export class MachineChoice {
  private readonly state: InfaasState;
  private readonly mode: DecisionMode;
  private readonly least = new Int32Array(LEAST_QPS);
  private readonly leastRate = new Float64Array(LEAST_QPS);
  private readonly common = new Int32Array(LEAST_ACCELERATOR);
  /** What `gpusInReach` found for the orders as they were last sorted. */
  private readonly inReach = new Int32Array(LEAST_ACCELERATOR);
  private inReachCount = 0;
  private inReachSince = -1;
  /** The machine that the order by CPU utilisation gave last. */
  private lastPicked: MachineId = NONE;

  constructor(state: InfaasState, mode: DecisionMode) {
    this.state = state;
    this.mode = mode;
  }

  /** Whether the machine serves the variant, soon does, or has room for a replica of it. */
  serves(variant: VariantIndex, machine: MachineId): boolean {
    const { context } = this.state;
    if (this.hosts(variant, machine) || context.fleet.machines.fits(machine, variant)) return true;
    return this.state.isLoadingOn(variant, machine);
  }

  /** Whether a replica of the variant is ready on the machine. */
  hosts(variant: VariantIndex, machine: MachineId): boolean {
    return this.state.hosts.of(variant).has(machine);
  }

  /** One of the machines whose replicas of the variant get the fewest requests, unless all of them are unfit. */
  byRequests(variant: VariantIndex, now: Nanos): MachineId {
    const { state, mode, least } = this;
    const { machines, context } = state;
    const count = this.findLeast(variant);
    for (let i = 0; i < count; i += 1) {
      const machine = mode.asksForMachines ? drawNext(least, i, count, context.random) : least[i];
      if (machines.isBlacklisted(machine, now) || machines.slack[machine] !== SHARED) continue;
      if (mode.ignoresFlagOnMachine || !state.isFlagged(variant, machine)) return machine;
    }
    return NONE;
  }

  /** A machine that is little used, in the hardware of the variant. */
  byUtilisation(variant: VariantIndex, need: Need): MachineId {
    const { facts } = this.state;
    this.state.machines.follow();
    if (facts.kind[variant] === ON_CPU) return this.byCpu(variant, need);
    const special =
      facts.kind[variant] === ON_GPU ? this.amongGpus(variant, need) : this.amongInferentia(variant, need);
    return special === NONE ? this.byCpu(variant, need) : special;
  }

  private amongGpus(variant: VariantIndex, need: Need): MachineId {
    const { machines, context } = this.state;
    const count = this.gpusInReach();
    // The release takes an only one unchecked, even a slack machine.
    if (count === 1) return this.offers(variant, this.common[0], need) ? this.common[0] : NONE;
    for (let i = 0; i < count; i += 1) {
      const machine = drawNext(this.common, i, count, context.random);
      const isShared = machines.kindOf(machine) === ON_GPU && machines.slack[machine] === SHARED;
      if (isShared && this.offers(variant, machine, need)) return machine;
    }
    return NONE;
  }

  /** Fills `common` with the least used GPUs that are among the least used CPUs too; returns how many. */
  private gpusInReach(): number {
    const { machines } = this.state;
    if (this.inReachSince !== machines.sorts) {
      this.inReachSince = machines.sorts;
      this.inReachCount = 0;
      const gpus = machines.order[ON_GPU];
      for (let i = 0; i < Math.min(LEAST_ACCELERATOR, machines.count); i += 1) {
        if (!isAmong(gpus[i], machines.order[ON_CPU], Math.min(LEAST_CPU, machines.count))) continue;
        this.inReach[this.inReachCount] = gpus[i];
        this.inReachCount += 1;
      }
    }
    this.common.set(this.inReach);
    return this.inReachCount;
  }

  private amongInferentia(variant: VariantIndex, need: Need): MachineId {
    const { machines, context } = this.state;
    const count = Math.min(LEAST_ACCELERATOR, machines.count);
    for (let i = 0; i < count; i += 1) this.common[i] = machines.order[ON_INFERENTIA][i];
    for (let i = 0; i < count; i += 1) {
      const machine = drawNext(this.common, i, count, context.random);
      if (machines.kindOf(machine) === ON_INFERENTIA && this.offers(variant, machine, need)) return machine;
    }
    return NONE;
  }

  /** One of the fifteen least used CPUs, not the one picked last; that again when no others will do. */
  private byCpu(variant: VariantIndex, need: Need): MachineId {
    const { machines } = this.state;
    let again: MachineId = NONE;
    for (let i = 0; i < Math.min(LEAST_CPU, machines.count); i += 1) {
      const machine = machines.order[ON_CPU][i];
      if (machines.slack[machine] !== SHARED || !this.offers(variant, machine, need)) continue;
      if (machine === this.lastPicked) {
        again = machine;
        continue;
      }
      this.lastPicked = machine;
      return machine;
    }
    return again;
  }

  private offers(variant: VariantIndex, machine: MachineId, need: Need): boolean {
    return need === 'room' ? this.state.context.fleet.machines.fits(machine, variant) : this.serves(variant, machine);
  }

  /** Fills `least` with up to three machines, fewest requests first, the lowest number of equals; returns how many. */
  private findLeast(variant: VariantIndex): number {
    const { least, leastRate, state } = this;
    const { column, length } = state.hosts.of(variant);
    let count = 0;
    for (let i = 0; i < length; i += 1) {
      const machine = column[i];
      const rate = state.instances.qps[state.instances.at(variant, machine)];
      let at = count;
      while (at > 0 && rate < leastRate[at - 1]) at -= 1;
      if (at === LEAST_QPS) continue;
      if (count < LEAST_QPS) count += 1;
      // Three at most: moved by hand, which is faster than copying ranges.
      for (let to = count - 1; to > at; to -= 1) {
        least[to] = least[to - 1];
        leastRate[to] = leastRate[to - 1];
      }
      least[at] = machine;
      leastRate[at] = rate;
    }
    return count;
  }
}

function isAmong(machine: MachineId, list: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i += 1) if (list[i] === machine) return true;
  return false;
}
