/**
 * How many replicas more or fewer one variant needs on one machine (checkModvar in autoscaler.cc). Looks at nothing
 * but the variant's own load, capacity and resources.
 *
 * Implication: on an accelerator a replica more is wanted from a share of 1 - 0.0002 * load milliseconds of capacity
 * on: 77 % for a load of 1146 ms; a variant that takes 5000 ms or more always wants one more while it has any load.
 */
import type { VariantIndex } from '../../../catalogue/variant.ts';
import type { MachineId } from '../../../tables/fleet.ts';
import { saturationPerSecond } from '../latency-line.ts';
import { ON_CPU, ON_GPU, ON_INFERENTIA } from '../variant-facts.ts';
import { CPU_HEADROOM, HEADROOM_PER_LOAD_MS, replicasMax } from './limits.ts';
import type { ScalingView } from './scaling-view.ts';

/** Slack for sums of fractional accelerators. */
const SHARE_TOLERANCE = 1e-9;

export interface Need {
  /** Replicas to add or, when negative, to remove. */
  readonly count: number;
  /** Inputs per second that the replicas and their headroom fall short by; negative when they do not. */
  readonly shortPerSecond: number;
  /** The machine cannot take the replicas that are needed; `count` says how many they are all the same. */
  readonly isRejected: boolean;
}

/** A variant that does not run yet needs nothing. */
export function needOf(view: ScalingView, variant: VariantIndex, machine: MachineId): Need {
  const replicas = view.replicas(variant, machine);
  if (replicas === 0) return { count: 0, shortPerSecond: 0, isRejected: false };
  const perReplica = capacityPerSecond(view, variant, machine);
  const load = view.qps(variant, machine) * view.averageBatch(variant, machine);
  const capacity = replicas * perReplica;
  const shortPerSecond =
    view.kind(variant) === ON_CPU
      ? load - capacity * (1 - CPU_HEADROOM)
      : load - capacity + HEADROOM_PER_LOAD_MS * capacity * view.loadMs(variant);
  const more = replicasFor(shortPerSecond, perReplica);
  if (more > 0) {
    return { count: more, shortPerSecond, isRejected: isTooMuch(view, { variant, machine, replicas, more }) };
  }
  const isSpare = load <= Math.max(0, (replicas - 1) * perReplica);
  return { count: isSpare ? -1 : 0, shortPerSecond, isRejected: false };
}

/** Inputs per second of one replica at the batch that counts; 0 when that batch is empty. */
export function capacityPerSecond(view: ScalingView, variant: VariantIndex, machine: MachineId): number {
  const batch = view.capacityBatch(variant, machine);
  return batch === 0 ? 0 : saturationPerSecond(view.state.lines[variant], batch);
}

/** Replicas for so many inputs per second; none can be counted of a variant without capacity. */
export function replicasFor(perSecond: number, perReplica: number): number {
  return perReplica > 0 ? Math.ceil(perSecond / perReplica) : 0;
}

/** Whether the memory for so many replicas more is not there. */
export function isMemoryShort(view: ScalingView, variant: VariantIndex, machine: MachineId, more: number): boolean {
  const { profile } = view.state.context.catalogue.variants[variant];
  return more * profile.peakMemoryBytes > view.spareBytes(variant, machine);
}

interface Growth {
  readonly variant: VariantIndex;
  readonly machine: MachineId;
  readonly replicas: number;
  readonly more: number;
}

function isTooMuch(view: ScalingView, { variant, machine, replicas, more }: Growth): boolean {
  const { catalogue, fleet } = view.state.context;
  if (view.kind(variant) === ON_INFERENTIA) {
    const cores = more * catalogue.variants[variant].resources.accelerators;
    return cores > fleet.machines.acceleratorsFree[machine] + SHARE_TOLERANCE;
  }
  if (isMemoryShort(view, variant, machine, more)) return true;
  return view.kind(variant) === ON_GPU && replicas + more > replicasMax(ON_GPU, view.autoscaler);
}
