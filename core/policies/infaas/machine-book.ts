/**
 * What INFaaS knows of machines (its workers): hardware, utilisation as it was when last measured, slack state, the
 * blacklist of overloaded ones. Follows the machines as they join and leave; the order by utilisation is made when it
 * changes, so that dispatch only walks it.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { FleetView, MachineId } from '../../tables/fleet.ts';
import { UP } from '../../tables/machine-columns.ts';
import type { Nanos } from '../../time.ts';
import { EXECUTOR_BLACKLIST_NS, WITHOUT_ACCELERATOR } from './constants.ts';
import { ON_CPU, ON_GPU, ON_INFERENTIA, machineKind } from './variant-facts.ts';
import type { HardwareKind } from './variant-facts.ts';

/** Slack states of a machine; a variant's index (at least 0) says that it is that variant's alone. */
export const SHARED = -2;
export const FREE_SLACK = -1;

/** Percent, 0 to 100; 101 on machines without the accelerator. */
export interface MachineUtil {
  readonly cpuPercent: number;
  /** Memory of the GPUs that is in use. */
  readonly gpuPercent: number;
  /** NeuronCores that are reserved. */
  readonly inferentiaPercent: number;
}

export class MachineBook {
  /** By machine: `SHARED`, `FREE_SLACK`, or the variant it is kept for. */
  readonly slack: Int32Array;
  /** By kind of hardware: the machines that are up in the order of that utilisation, then of their numbers. */
  readonly order: readonly Int32Array[];
  /** How many machines of `order` count. */
  count = 0;
  /** Whether utilisation has been measured yet. */
  isMeasured = false;
  /** Whether there was ever a slack machine. */
  hasSlack = false;
  /** The changes of the machines that were taken note of. */
  private followed = -1;
  private readonly util: readonly Float64Array[];
  private readonly generation: Int32Array;
  private readonly kinds: Uint8Array;
  private readonly blacklistUntilNs: Float64Array;
  /** 1 once the variant that a machine is kept for was seen on it. */
  private readonly wasThere: Uint8Array;
  private readonly fleet: FleetView;
  private readonly catalogue: Catalogue;
  /** Slack machines that are still to be marked as they join. */
  private slackWanted: number;

  /** @param slackGpu how many of the first GPU machines are slack. */
  constructor(catalogue: Catalogue, fleet: FleetView, slackGpu: number) {
    const { machinesMax } = fleet.machines;
    this.catalogue = catalogue;
    this.fleet = fleet;
    this.slackWanted = slackGpu;
    this.slack = new Int32Array(machinesMax).fill(SHARED);
    this.order = [ON_CPU, ON_GPU, ON_INFERENTIA].map(() => new Int32Array(machinesMax));
    this.util = [ON_CPU, ON_GPU, ON_INFERENTIA].map(() => new Float64Array(machinesMax));
    this.generation = new Int32Array(machinesMax).fill(-1);
    this.kinds = new Uint8Array(machinesMax);
    this.blacklistUntilNs = new Float64Array(machinesMax);
    this.wasThere = new Uint8Array(machinesMax);
  }

  /** How often the orders were sorted: what is derived from them holds while it stands. */
  sorts = 0;

  /** The machine's hardware; what it has besides CPUs comes first. */
  kindOf(machine: MachineId): HardwareKind {
    return machineKind(this.catalogue.machineTypes[this.fleet.machines.type[machine]]);
  }

  isUp(machine: MachineId): boolean {
    return this.fleet.machines.state[machine] === UP;
  }

  /** Takes note of machines that joined or left; costs nothing when none did. */
  follow(): void {
    const { up, upChanges, generation } = this.fleet.machines;
    if (upChanges === this.followed) return;
    this.followed = upChanges;
    for (let i = 0; i < up.length; i += 1) {
      const machine = up.at(i);
      if (this.generation[machine] !== generation[machine]) this.join(machine, generation[machine]);
    }
    this.sort();
  }

  /** Utilisation in percent: of cores, of GPU memory, of NeuronCores. */
  util100(kind: HardwareKind, machine: MachineId): number {
    return this.util[kind][machine];
  }

  machineUtil(machine: MachineId): MachineUtil {
    return {
      cpuPercent: this.util[ON_CPU][machine],
      gpuPercent: this.util[ON_GPU][machine],
      inferentiaPercent: this.util[ON_INFERENTIA][machine],
    };
  }

  /** Share of the machine's reservable cores that workers have reserved, 0 to 1. */
  reservedCores(machine: MachineId): number {
    const { coresFree, coreOvercommit, type } = this.fleet.machines;
    return 1 - coresFree[machine] / (this.catalogue.machineTypes[type[machine]].cores * coreOvercommit);
  }

  /** Reads the accelerators as they are, and takes the CPU utilisation given: one that is not above 0 says nothing. */
  refresh(cpuPercent: (machine: MachineId) => number): void {
    const { up } = this.fleet.machines;
    this.isMeasured = true;
    for (let i = 0; i < up.length; i += 1) {
      const machine = up.at(i);
      const cpu = cpuPercent(machine);
      if (cpu > 0) this.util[ON_CPU][machine] = cpu;
      if (this.kinds[machine] === ON_GPU) this.util[ON_GPU][machine] = this.memoryUsedPercent(machine);
      if (this.kinds[machine] === ON_INFERENTIA) this.util[ON_INFERENTIA][machine] = this.reservedPercent(machine);
    }
    this.sort();
  }

  /** Gives the machine no requests by load for two seconds. */
  blacklist(machine: MachineId, now: Nanos): void {
    this.blacklistUntilNs[machine] = now + EXECUTOR_BLACKLIST_NS;
  }

  isBlacklisted(machine: MachineId, now: Nanos): boolean {
    return now < this.blacklistUntilNs[machine];
  }

  /** The next GPU machine that joins is slack: it was started to be. */
  expectSlack(): void {
    this.slackWanted += 1;
  }

  /** Keeps a free slack machine for a variant. */
  reserve(machine: MachineId, variant: VariantIndex): void {
    this.slack[machine] = variant;
    this.wasThere[machine] = 0;
  }

  /** Frees a machine that was kept for a variant when the variant has been there and has left. */
  settle(machine: MachineId, isThere: boolean): void {
    if (!isThere && this.wasThere[machine] === 1) this.slack[machine] = FREE_SLACK;
    this.wasThere[machine] = isThere ? 1 : 0;
  }

  private join(machine: MachineId, generation: number): void {
    const kind = this.kindOf(machine);
    this.generation[machine] = generation;
    this.kinds[machine] = kind;
    this.blacklistUntilNs[machine] = 0;
    this.util[ON_CPU][machine] = 0;
    this.util[ON_GPU][machine] = kind === ON_GPU ? 0 : WITHOUT_ACCELERATOR;
    this.util[ON_INFERENTIA][machine] = kind === ON_INFERENTIA ? 0 : WITHOUT_ACCELERATOR;
    const isSlack = kind === ON_GPU && this.slackWanted > 0;
    this.slack[machine] = isSlack ? FREE_SLACK : SHARED;
    if (!isSlack) return;
    this.hasSlack = true;
    this.slackWanted -= 1;
  }

  private memoryUsedPercent(machine: MachineId): number {
    const { accelerator } = this.catalogue.machineTypes[this.fleet.machines.type[machine]];
    const totalBytes = (accelerator?.count ?? 0) * (accelerator?.memoryBytes ?? 0);
    return (100 * (totalBytes - this.fleet.machines.deviceMemoryFreeBytes[machine])) / totalBytes;
  }

  private reservedPercent(machine: MachineId): number {
    const count = this.catalogue.machineTypes[this.fleet.machines.type[machine]].accelerator?.count ?? 0;
    return (100 * (count - this.fleet.machines.acceleratorsFree[machine])) / count;
  }

  private sort(): void {
    this.sorts += 1;
    const { up } = this.fleet.machines;
    this.count = up.length;
    for (const [kind, order] of this.order.entries()) {
      const util = this.util[kind];
      for (let i = 0; i < up.length; i += 1) order[i] = up.at(i);
      order.subarray(0, up.length).sort((a, b) => util[a] - util[b] || a - b);
    }
  }
}
