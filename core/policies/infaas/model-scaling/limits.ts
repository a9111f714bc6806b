/** The numbers of the released model autoscaler (autoscaler.cc). Tables are by kind of hardware: CPU, GPU, Inferentia. */
import type { AutoscalerName } from '../constants.ts';
import { ON_GPU, ON_INFERENTIA } from '../variant-facts.ts';
import type { HardwareKind } from '../variant-facts.ts';

/** Replicas that the static autoscaler keeps of every loaded variant on a machine. */
export const STATIC_REPLICAS: readonly number[] = [2, 1, 2];

/** Requests to scale down are carried out once more than this many have piled up. */
const SCALE_DOWN_DELAY: readonly number[] = [10, 20, 15];
/** The same for translation models, whatever they run on: variants with `gnmt` in their name. */
const GNMT_SCALE_DOWN_DELAY = 100;

/** A copy with a smaller largest batch asks for this many delays' worth of replicas fewer, so that it goes at once. */
const FORCED_DELAYS = 100;

/** Share of a replica's capacity that a millisecond of load time asks for ahead. */
export const HEADROOM_PER_LOAD_MS = 0.0002;
/** Share of a CPU replica's capacity that is kept free. */
export const CPU_HEADROOM = 0.05;
/** Only this many variants of an architecture are looked at, those that load and run soonest. */
export const FASTEST_VARIANTS = 10;
/** Variants whose load and first inference take longer together are not looked at. Milliseconds. */
export const FASTEST_TOTAL_MS = 10_000;
/** Scaling what runs must cost this much more than scaling the fastest variant before that one is scaled instead. */
export const COST_FACTOR = 1.5;
/** What exceeding the replicas of a CPU adds to the cost, in loads. */
export const EXCESS_LOADS = 1000;

/** Memory that stays free: 1 GiB, as the release's comment says. */
export const MEMORY_SLACK_BYTES = 1024 * 1024 * 1024;
/** Memory that stays free in the release: its code says 1 KiB. */
export const MEMORY_SLACK_BYTES_RELEASED = 1024;

/** Most replicas of a variant on a machine. */
export function replicasMax(kind: HardwareKind, autoscaler: AutoscalerName): number {
  if (kind === ON_GPU) return autoscaler === 'individual' ? 2 : 1;
  if (kind === ON_INFERENTIA) return autoscaler === 'infaas' ? 1 : 2;
  return 2;
}

export function scaleDownDelay(kind: HardwareKind, variantName: string): number {
  return variantName.includes('gnmt') ? GNMT_SCALE_DOWN_DELAY : SCALE_DOWN_DELAY[kind];
}

/** The count that unloads a copy at once: -2000 on a GPU, -1500 on an Inferentia. */
export function forcedCount(kind: HardwareKind): number {
  return -SCALE_DOWN_DELAY[kind] * FORCED_DELAYS;
}
