/**
 * The load priority of each model: its demand less what the machines that have it loaded serve. Demand is work per
 * second of arrivals, at batch size 1, plus what waits over the default objective; it is spread evenly over the model's
 * copies. A machine whose demand exceeds its devices serves the same share of every model's.
 *
 * Taken from the released controller (load_tracker.cpp): demand as work over the objective, the served share of an
 * overloaded GPU. Simplified: copies weigh the same, where the controller prefers the less loaded GPUs.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { PolicyContext } from '../../policy.ts';
import type { MachineId } from '../../tables/fleet.ts';
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { DeviceUse } from './device-use.ts';
import type { ExecutionTimes } from './execution-times.ts';

export interface PriorityOptions {
  /** Time constant of the average of arrivals. */
  readonly demandWindow: Nanos;
  readonly defaultObjective: Nanos;
}

export class LoadPriority {
  /** Workers kept busy by the demand, by variant. */
  readonly demand: Float64Array;
  /** What of it nobody serves. */
  readonly unmet: Float64Array;
  /** Demand over capacity, by machine, of its devices or, without devices, its cores. */
  readonly load: Float64Array;
  private readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>;
  private readonly times: ExecutionTimes;
  private readonly use: DeviceUse;
  private readonly options: PriorityOptions;
  private readonly arrived: Float64Array;
  private readonly ratePerNs: Float64Array;
  private lastNs: Nanos = 0;

  constructor(
    context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>,
    parts: { readonly times: ExecutionTimes; readonly use: DeviceUse; readonly options: PriorityOptions },
  ) {
    const variants = context.catalogue.variants.length;
    this.context = context;
    this.times = parts.times;
    this.use = parts.use;
    this.options = parts.options;
    this.demand = new Float64Array(variants);
    this.unmet = new Float64Array(variants);
    this.load = new Float64Array(context.fleet.machines.machinesMax);
    this.arrived = new Float64Array(variants);
    this.ratePerNs = new Float64Array(variants);
  }

  /** @param copies workers of a variant on a machine that serve or will. */
  refresh(copies: (variant: VariantIndex, machine: MachineId) => number, now: Nanos): void {
    this.measureDemand(now);
    const { catalogue, fleet } = this.context;
    const { up } = fleet.machines;
    const total = catalogue.variants.map((_, variant) => {
      let sum = 0;
      for (let i = 0; i < up.length; i += 1) sum += copies(variant, up.at(i));
      return sum;
    });
    this.unmet.set(this.demand);
    for (let i = 0; i < up.length; i += 1) this.serveOn(up.at(i), total, copies);
    for (let variant = 0; variant < total.length; variant += 1) {
      this.unmet[variant] = Math.max(0, this.unmet[variant]);
    }
  }

  private measureDemand(now: Nanos): void {
    const { fleet } = this.context;
    const { demandWindow, defaultObjective } = this.options;
    const elapsedNs = Math.max(1, now - this.lastNs);
    const weight = Math.min(1, elapsedNs / demandWindow);
    for (let variant = 0; variant < this.demand.length; variant += 1) {
      const arrived = fleet.totals.arrivedInputs[variant];
      const current = (arrived - this.arrived[variant]) / elapsedNs;
      this.arrived[variant] = arrived;
      this.ratePerNs[variant] += weight * (current - this.ratePerNs[variant]);
      const perNs = this.ratePerNs[variant] + fleet.waiting[variant] / defaultObjective;
      // Below one input in a thousand seconds there is no demand: the average never ends by itself.
      this.demand[variant] = perNs * NANOS_PER_SECOND < 0.001 ? 0 : perNs * this.times.of(variant, 1);
    }
    this.lastNs = now;
  }

  /** Takes what the machine serves off the unmet demand. */
  private serveOn(
    machine: MachineId,
    total: readonly number[],
    copies: (variant: VariantIndex, machine: MachineId) => number,
  ): void {
    const { use, demand, unmet } = this;
    let devices = 0;
    let cores = 0;
    let deviceCapacity = 0;
    let coreCapacity = 0;
    for (let variant = 0; variant < total.length; variant += 1) {
      const here = copies(variant, machine);
      if (here === 0) continue;
      const wanted = (demand[variant] * here * use.demandOf(variant)) / total[variant];
      if (use.usesDevices(variant)) {
        devices += wanted;
        deviceCapacity = use.capacityOf(machine, variant);
      } else {
        cores += wanted;
        coreCapacity = use.capacityOf(machine, variant);
      }
    }
    const deviceShare = devices > deviceCapacity ? deviceCapacity / devices : 1;
    const coreShare = cores > coreCapacity ? coreCapacity / cores : 1;
    for (let variant = 0; variant < total.length; variant += 1) {
      const here = copies(variant, machine);
      if (here === 0) continue;
      const share = use.usesDevices(variant) ? deviceShare : coreShare;
      unmet[variant] -= Math.min((demand[variant] * here * share) / total[variant], here);
    }
    this.load[machine] = Math.max(ratio(devices, deviceCapacity), ratio(cores, coreCapacity));
  }
}

function ratio(wanted: number, capacity: number): number {
  return capacity === 0 ? 0 : wanted / capacity;
}
