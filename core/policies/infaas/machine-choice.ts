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
import { shuffle } from './shuffle.ts';
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
    if (mode.asksForMachines) shuffle(least, count, context.random);
    for (let i = 0; i < count; i += 1) {
      const machine = least[i];
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
    const gpus = machines.order[ON_GPU];
    const cpus = machines.order[ON_CPU];
    let count = 0;
    for (let i = 0; i < Math.min(LEAST_ACCELERATOR, machines.count); i += 1) {
      if (!isAmong(gpus[i], cpus, Math.min(LEAST_CPU, machines.count))) continue;
      this.common[count] = gpus[i];
      count += 1;
    }
    // The release takes an only one unchecked, even a slack machine.
    if (count === 1) return this.offers(variant, this.common[0], need) ? this.common[0] : NONE;
    shuffle(this.common, count, context.random);
    for (let i = 0; i < count; i += 1) {
      const machine = this.common[i];
      const isShared = machines.kindOf(machine) === ON_GPU && machines.slack[machine] === SHARED;
      if (isShared && this.offers(variant, machine, need)) return machine;
    }
    return NONE;
  }

  private amongInferentia(variant: VariantIndex, need: Need): MachineId {
    const { machines, context } = this.state;
    const count = Math.min(LEAST_ACCELERATOR, machines.count);
    for (let i = 0; i < count; i += 1) this.common[i] = machines.order[ON_INFERENTIA][i];
    shuffle(this.common, count, context.random);
    for (let i = 0; i < count; i += 1) {
      const machine = this.common[i];
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
      least.copyWithin(at + 1, at, count - 1);
      leastRate.copyWithin(at + 1, at, count - 1);
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
