/**
 * What the families of INFaaS share: the instances, the machines, the flags that one family raises and another reads.
 * Selection and dispatch ask it by variant; the monitor writes the instances, dispatch and the autoscalers the flags.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { PolicyContext } from '../../policy.ts';
import { COLD } from '../../tables/fleet.ts';
import type { MachineId } from '../../tables/fleet.ts';
import type { Nanos } from '../../time.ts';
import { Hosts } from './hosts.ts';
import { Instances } from './instances.ts';
import type { LatencyLine } from './latency-line.ts';
import { MachineBook } from './machine-book.ts';
import type { MachineUtil } from './machine-book.ts';
import type { InfaasOptions } from './options.ts';
import { VariantFacts } from './variant-facts.ts';

/** Flags of the whole cluster, raised by the dispatcher and read by machine scaling. */
export interface ClusterFlags {
  /** A GPU machine is wanted. */
  vmScale: boolean;
  /** Another slack GPU machine is wanted. */
  slackScale: boolean;
}

export class InfaasState {
  readonly context: PolicyContext<InfaasOptions>;
  readonly options: InfaasOptions;
  readonly facts: VariantFacts;
  readonly instances: Instances;
  readonly machines: MachineBook;
  readonly hosts: Hosts;
  readonly flags: ClusterFlags = { vmScale: false, slackScale: false };
  private readonly unloading: Uint8Array;
  /** By architecture and machine: when the accelerators were found hardly used, or -1. */
  private readonly scaledownNs: Float64Array;

  constructor(context: PolicyContext<InfaasOptions>) {
    const { catalogue, fleet, options } = context;
    const { machinesMax } = fleet.machines;
    this.context = context;
    this.options = options;
    this.facts = new VariantFacts(catalogue);
    this.instances = new Instances(catalogue.variants.length, machinesMax);
    this.hosts = new Hosts(fleet, catalogue.variants.length);
    this.machines = new MachineBook(catalogue, fleet, options.slackGpu);
    this.unloading = new Uint8Array(catalogue.variants.length);
    this.scaledownNs = new Float64Array(this.facts.architectures.length * machinesMax).fill(-1);
  }

  /** The latency line of each variant. */
  get lines(): readonly LatencyLine[] {
    return this.facts.lines;
  }

  /** The policy's own mark of hardware by variant: 128 for CPUs, else the largest batch, below 64. */
  get markers(): Int32Array {
    return this.facts.markers;
  }

  /** Index of the variant's architecture, dense from 0; `facts.architectures` has the names. */
  architectureOf(variant: VariantIndex): number {
    return this.facts.architecture[variant];
  }

  /** Whether some replica of the variant is ready. */
  isRunning(variant: VariantIndex): boolean {
    return this.context.fleet.ready(variant).length > 0;
  }

  /**
   * Says that a machine unloads its last replica of the variant, or that it is done. Only `bugGlobalUnloading` heeds
   * it: a replica that drains takes no requests anyway.
   */
  setUnloading(variant: VariantIndex, isUnloading: boolean): void {
    this.unloading[variant] = isUnloading ? 1 : 0;
  }

  isUnloading(variant: VariantIndex): boolean {
    return this.options.bugGlobalUnloading && this.unloading[variant] === 1;
  }

  /** The machine whose replicas of the variant got the fewest requests per second, the lowest of equals; or `NONE`. */
  lowestQps(variant: VariantIndex): MachineId {
    const { qps } = this.instances;
    const { column, length } = this.hosts.of(variant);
    let best: MachineId = NONE;
    let least = Infinity;
    for (let i = 0; i < length; i += 1) {
      const rate = qps[this.instances.at(variant, column[i])];
      if (rate >= least) continue;
      best = column[i];
      least = rate;
    }
    return best;
  }

  /** Whether the instance is overloaded or interfered with. */
  isFlagged(variant: VariantIndex, machine: MachineId): boolean {
    return machine !== NONE && this.instances.flagged[this.instances.at(variant, machine)] === 1;
  }

  /** Notes that the accelerators of an architecture are hardly used on a machine, or no longer so. */
  setScaledown(architecture: number, machine: MachineId, isScaledown: boolean, now: Nanos): void {
    const at = architecture * this.context.fleet.machines.machinesMax + machine;
    if (!isScaledown) this.scaledownNs[at] = -1;
    else if (this.scaledownNs[at] < 0) this.scaledownNs[at] = now;
  }

  /**
   * Whether the dispatcher is to prefer CPUs again for the variant's architecture on the machine. A replica that became
   * ready since takes the sign back.
   */
  isScaledown(variant: VariantIndex, machine: MachineId): boolean {
    const { fleet } = this.context;
    const at = this.facts.architecture[variant] * fleet.machines.machinesMax + machine;
    const sinceNs = this.scaledownNs[at];
    if (machine === NONE || sinceNs < 0) return false;
    const { column, length } = fleet.ready(variant);
    for (let i = 0; i < length; i += 1) {
      if (fleet.machine[column[i]] !== machine || fleet.readySinceNs[column[i]] <= sinceNs) continue;
      this.scaledownNs[at] = -1;
      return false;
    }
    return true;
  }

  machineUtil(machine: MachineId): MachineUtil {
    return this.machines.machineUtil(machine);
  }

  /** Gives the machine no requests by load for two seconds. */
  executorBlacklist(machine: MachineId, now: Nanos): void {
    this.machines.blacklist(machine, now);
  }

  /** Whether a replica of the variant loads on the machine. */
  isLoadingOn(variant: VariantIndex, machine: MachineId): boolean {
    const { fleet } = this.context;
    const { column, length } = fleet.loading(variant);
    for (let i = 0; i < length; i += 1) {
      if (fleet.machine[column[i]] === machine && !fleet.isCondemned(column[i])) return true;
    }
    return false;
  }

  /** The machine where a replica of the variant loads, or was placed a moment ago; or `NONE`. */
  comingOn(variant: VariantIndex): MachineId {
    const { fleet } = this.context;
    const { column, length } = fleet.loading(variant);
    for (let i = 0; i < length; i += 1) if (!fleet.isCondemned(column[i])) return fleet.machine[column[i]];
    for (let worker = 0; fleet.workersCold > 0 && worker < fleet.workersMax; worker += 1) {
      if (fleet.state[worker] !== COLD || fleet.variant[worker] !== variant) continue;
      if (fleet.dedicated[worker] === 0 && !fleet.isCondemned(worker)) return fleet.machine[worker];
    }
    return NONE;
  }
}
