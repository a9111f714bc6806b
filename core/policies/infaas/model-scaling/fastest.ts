/**
 * Whether the fast variant of an architecture could carry, beside its own load, what the other running variants are
 * short of (checkFastest in autoscaler.cc), and whether the rung below would do.
 */
import { NONE } from '../../../policy.ts';
import type { VariantIndex } from '../../../catalogue/variant.ts';
import type { MachineId } from '../../../tables/fleet.ts';
import { saturationPerSecond } from '../latency-line.ts';
import { ON_CPU, ON_GPU } from '../variant-facts.ts';
import { HEADROOM_PER_LOAD_MS, replicasMax } from './limits.ts';
import { capacityPerSecond, isMemoryShort, replicasFor } from './need.ts';
import type { ScalingView } from './scaling-view.ts';

export interface FastestQuestion {
  readonly variant: VariantIndex;
  readonly machine: MachineId;
  /** What takes over below it, or `NONE`. */
  readonly down: VariantIndex;
  /** Inputs per second that the other variants are short of. */
  readonly extraPerSecond: number;
  /** Largest batch that the other variants are run at. */
  readonly batchWanted: number;
}

export interface FastestNeed {
  readonly count: number;
  /** With a positive count: a variant with a larger batch is needed. With 0: the machine has no memory for it. */
  readonly isRejected: boolean;
}

export function fastestNeed(view: ScalingView, question: FastestQuestion): FastestNeed {
  const { variant, machine, extraPerSecond, batchWanted } = question;
  const { options } = view.state;
  const replicas = view.replicas(variant, machine);
  const qps = view.qps(variant, machine);
  const averageBatch = view.averageBatch(variant, machine);
  const perReplica = capacityPerSecond(view, variant, machine);
  const load = qps * averageBatch + extraPerSecond;
  const capacity = replicas * perReplica;
  const headroom = HEADROOM_PER_LOAD_MS * view.loadMs(variant) * (options.bugHeadroomOfFastest ? 1 : capacity);
  const more = load > 0 ? replicasFor(load - capacity + headroom, perReplica) : 0;
  if (more > 0) {
    if (isMemoryShort(view, variant, machine, more)) return { count: 0, isRejected: true };
    const isCrowded = view.kind(variant) === ON_GPU && replicas + more > replicasMax(ON_GPU, view.autoscaler);
    return { count: more, isRejected: isCrowded || view.capacityBatch(variant, machine) < batchWanted };
  }
  const isSpare = load <= Math.max(0, enoughPerSecond(view, question, perReplica)) || qps <= 0;
  // An average batch of 0 marks a variant that was only just loaded.
  return { count: replicas > 0 && isSpare && averageBatch > 0 ? -1 : 0, isRejected: false };
}

/**
 * The load that one replica fewer, or one replica of the rung below, can carry. Where the fast variant keeps a share of
 * its capacity free, the rung below must keep it too, or it would ask for the upgrade back at once.
 */
function enoughPerSecond(view: ScalingView, { variant, machine, down }: FastestQuestion, perReplica: number): number {
  if (down === NONE) return (view.replicas(variant, machine) - 1) * perReplica;
  const { options, lines } = view.state;
  // One replica is loaded on the way down; a CPU variant is taken at single inputs.
  if (view.kind(down) === ON_CPU) return saturationPerSecond(lines[down], 1);
  const full = saturationPerSecond(lines[down], view.fullBatch(down));
  return options.bugHeadroomOfFastest ? full : full * (1 - HEADROOM_PER_LOAD_MS * view.loadMs(down));
}
