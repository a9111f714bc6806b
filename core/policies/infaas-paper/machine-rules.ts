/**
 * When machines are added (section 4.2.3 of the INFaaS paper), decided every 2 s: hardware that is used above the limit
 * on all machines that have it, hardware on which variants are interfered with on all machines, and overloaded variants
 * on more than four fifths of the machines; besides, a worker that found no machine, and one for each that was lost.
 * Machines that boot count as unused, so one is added at a time. No rule of the paper for removal is known here; the
 * released code's delay of 30 s is the default for machines above the initial number that hold no worker.
 */
import type { Hardware } from '../../catalogue/variant.ts';
import type { MachineScaling, PolicyContext } from '../../policy.ts';
import type { CapacityShort } from '../../signals.ts';
import type { MachineId } from '../../tables/fleet.ts';
import { NEVER, seconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { hostingOn } from '../hosting.ts';
import type { Failover } from '../infaas/failover.ts';
import { tallyOf } from '../machine-scaling/machine-tally.ts';
import { INTERFERED, OVERLOADED } from './instance-states.ts';
import type { InstanceState } from './instance-states.ts';
import type { InstanceMonitor } from './instance-monitor.ts';
import { UTILISATION_LIMIT } from './placement.ts';

/** The paper's period of the VM autoscaler. */
export const MACHINE_PERIOD_NS: Nanos = seconds(2);
/** Share of machines with overloaded variants above which one is added. */
export const OVERLOADED_SHARE = 0.8;
/** What every machine has. */
const CPU = 'cpu';

type Context = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'initial' | 'signals'>;

export interface MachineRulesParts {
  readonly context: Context;
  readonly monitor: InstanceMonitor;
  readonly failover: Failover;
  /** How long a machine above the initial number may hold no worker; `NEVER` keeps it. */
  readonly releaseNs: Nanos;
}

export class MachineRules {
  private readonly context: Context;
  private readonly monitor: InstanceMonitor;
  private readonly failover: Failover;
  private readonly releaseNs: Nanos;
  private readonly emptySinceNs: Float64Array;

  constructor({ context, monitor, failover, releaseNs }: MachineRulesParts) {
    this.context = context;
    this.monitor = monitor;
    this.failover = failover;
    this.releaseNs = releaseNs;
    this.emptySinceNs = new Float64Array(context.fleet.machines.machinesMax).fill(NEVER);
  }

  decide(now: Nanos): readonly MachineScaling[] {
    const { catalogue, signals } = this.context;
    this.monitor.refresh(now);
    const shortages = signals.takeShortages();
    const restored = this.restored(now);
    const added = new Map<number, string>();
    const add = (type: number, reason: string): void => {
      const isRestored = restored.some((change) => change.type === type);
      if (type >= 0 && !isRestored && !added.has(type)) added.set(type, reason);
    };
    const kinds = new Set([CPU, ...catalogue.machineTypes.flatMap(({ accelerator }) => accelerator?.hardware ?? [])]);
    for (const hardware of kinds) {
      const reason = this.usedUp(hardware) ?? this.interferedEverywhere(hardware);
      if (reason !== undefined) add(this.typeWith(hardware), reason);
    }
    const overloaded = this.overloaded();
    if (overloaded !== undefined) add(this.typeWith(overloaded.hardware), overloaded.reason);
    for (const shortage of shortages) add(this.typeFor(shortage), `1 worker found no machine: ${shortage.cause}`);
    const grown = [...restored, ...[...added].map(([type, reason]) => ({ type, delta: 1, reason }))];
    const removed = this.emptyFor(now).filter(({ type }) => grown.every((change) => change.type !== type));
    for (const { machine } of removed) if (machine !== undefined) this.failover.expectGone(machine);
    return [...grown, ...removed];
  }

  /** One for each machine that was lost, and what the initial numbers lack beyond that. */
  private restored(now: Nanos): MachineScaling[] {
    const { catalogue, fleet, initial } = this.context;
    const restored = this.withinMaximum(this.failover.machines(now));
    for (const [type, { initial: floor }] of initial.machines) {
      const asked = restored.filter((change) => change.type === type).length;
      const { machines } = tallyOf(catalogue, fleet, type);
      const delta = floor - machines - asked;
      if (delta > 0) restored.push({ type, delta, reason: `${machines} of ${floor} initial machines` });
    }
    return restored;
  }

  /** The changes up to the most machines of each type; the rest is left out. */
  private withinMaximum(changes: readonly MachineScaling[]): MachineScaling[] {
    const { catalogue, fleet, initial } = this.context;
    const free = new Map<number, number>();
    return changes.filter(({ type }) => {
      const max = initial.machines.get(type)?.max ?? 0;
      const left = free.get(type) ?? max - tallyOf(catalogue, fleet, type).machines;
      free.set(type, left - 1);
      return left > 0;
    });
  }

  /** Rule 1. */
  private usedUp(hardware: Hardware): string | undefined {
    const column = this.utilisationOf(hardware);
    if (!this.everyMachine(hardware, (machine) => column[machine] > UTILISATION_LIMIT)) return undefined;
    return `${hardware} used above ${UTILISATION_LIMIT * 100} % on all machines`;
  }

  /** Rule 2. */
  private interferedEverywhere(hardware: Hardware): string | undefined {
    const isInterfered = (machine: MachineId): boolean => this.hasVariant(machine, INTERFERED, hardware);
    if (!this.everyMachine(hardware, isInterfered)) return undefined;
    return `variants for ${hardware} interfered with on all machines, at least 1`;
  }

  /** Rule 3, with the hardware that most of the overloaded instances are for. */
  private overloaded(): { readonly hardware: Hardware; readonly reason: string } | undefined {
    const { fleet, catalogue } = this.context;
    const { up, booting } = fleet.machines;
    const counts = new Map<Hardware, number>();
    let machines = 0;
    for (let i = 0; i < up.length; i += 1) {
      const before = machines;
      for (const { index, resources, hardware } of catalogue.variants) {
        if (this.monitor.state[this.monitor.at(index, up.at(i))] !== OVERLOADED) continue;
        const kind = resources.accelerators > 0 ? hardware : CPU;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        machines = before + 1;
      }
    }
    const all = up.length + booting.length;
    if (machines <= OVERLOADED_SHARE * all) return undefined;
    const [[hardware]] = [...counts].sort((a, b) => b[1] - a[1]);
    return { hardware, reason: `${machines} of ${all} machines have overloaded variants` };
  }

  /** Whether some machine has the hardware and all that have it, booting ones as well, pass the test. */
  private everyMachine(hardware: Hardware, passes: (machine: MachineId) => boolean): boolean {
    const { up, booting } = this.context.fleet.machines;
    for (let i = 0; i < booting.length; i += 1) if (this.has(booting.at(i), hardware)) return false;
    let found = false;
    for (let i = 0; i < up.length; i += 1) {
      if (!this.has(up.at(i), hardware)) continue;
      found = true;
      if (!passes(up.at(i))) return false;
    }
    return found;
  }

  /** Whether all other machines with its hardware are used above the limit: without it, rule 1 would add one again. */
  private isReserve(machine: MachineId): boolean {
    const { accelerator } = this.context.catalogue.machineTypes[this.context.fleet.machines.type[machine]];
    const hardware = accelerator?.hardware ?? CPU;
    const column = this.utilisationOf(hardware);
    let others = 0;
    const isAbove = (other: MachineId): boolean => {
      if (other === machine) return true;
      others += 1;
      return column[other] > UTILISATION_LIMIT;
    };
    return this.everyMachine(hardware, isAbove) && others > 0;
  }

  private utilisationOf(hardware: Hardware): Float64Array {
    const { machineCores, machineDevices } = this.context.fleet.sampled;
    return hardware === CPU ? machineCores : machineDevices;
  }

  private has(machine: MachineId, hardware: Hardware): boolean {
    const { catalogue, fleet } = this.context;
    const type = catalogue.machineTypes[fleet.machines.type[machine]];
    return hardware === CPU || type.accelerator?.hardware === hardware;
  }

  private hasVariant(machine: MachineId, state: InstanceState, hardware: Hardware): boolean {
    return this.context.catalogue.variants.some(
      ({ index, resources, hardware: own }) =>
        (resources.accelerators > 0 ? own : CPU) === hardware &&
        this.monitor.state[this.monitor.at(index, machine)] === state,
    );
  }

  /** The cheapest type with the hardware that may still grow, or -1. */
  private typeWith(hardware: Hardware): number {
    const { catalogue } = this.context;
    return this.cheapest((type) => {
      const { accelerator, pricePerHourUsd } = catalogue.machineTypes[type];
      return hardware === CPU || accelerator?.hardware === hardware ? pricePerHourUsd : Infinity;
    });
  }

  /** The type that hosts the worker most cheaply; -1 while a machine that could host it boots. */
  private typeFor({ variant }: CapacityShort): number {
    const { catalogue, fleet } = this.context;
    const hosting = hostingOn(catalogue, fleet);
    const { booting, type } = fleet.machines;
    const priceUsd = (index: number): number =>
      hosting.priceUsd(catalogue.machineTypes[index], catalogue.variants[variant]);
    for (let i = 0; i < booting.length; i += 1) if (priceUsd(type[booting.at(i)]) < Infinity) return -1;
    return this.cheapest(priceUsd);
  }

  private cheapest(priceUsd: (type: number) => number): number {
    const { catalogue, fleet, initial } = this.context;
    let best = -1;
    let leastUsd = Infinity;
    for (const [type, { max }] of initial.machines) {
      if (priceUsd(type) >= leastUsd || tallyOf(catalogue, fleet, type).machines >= max) continue;
      best = type;
      leastUsd = priceUsd(type);
    }
    return best;
  }

  /** One machine of each type above its initial number that has been empty for long enough. */
  private emptyFor(now: Nanos): MachineScaling[] {
    const { catalogue, fleet, initial } = this.context;
    const { up, workers, type } = fleet.machines;
    const removed = new Map<number, MachineScaling>();
    for (let i = up.length - 1; i >= 0; i -= 1) {
      const machine = up.at(i);
      if (workers[machine] > 0) this.emptySinceNs[machine] = NEVER;
      else if (this.emptySinceNs[machine] === NEVER) this.emptySinceNs[machine] = now;
      const isLongEmpty = workers[machine] === 0 && now - this.emptySinceNs[machine] >= this.releaseNs;
      const floor = initial.machines.get(type[machine])?.initial ?? 0;
      const isSurplus = tallyOf(catalogue, fleet, type[machine]).machines > floor;
      if (!isLongEmpty || !isSurplus || removed.has(type[machine]) || this.isReserve(machine)) continue;
      this.emptySinceNs[machine] = NEVER;
      const reason = `empty for ${Math.round((this.releaseNs / 1e9) * 10) / 10} s`;
      removed.set(type[machine], { type: type[machine], delta: -1, machine, reason });
    }
    return [...removed.values()];
  }
}
