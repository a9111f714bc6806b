/**
 * The ladder of an architecture on a machine: its variants of one fast framework (TensorRT on a GPU, Neuron on an
 * Inferentia) by largest batch. Says which rung runs, which is the next one up and what is below. Decides nothing.
 */
import { NONE } from '../../../policy.ts';
import type { VariantIndex } from '../../../catalogue/variant.ts';
import { MAX_ONLINE_BATCH } from '../constants.ts';
import { ON_CPU, ON_INFERENTIA } from '../variant-facts.ts';
import type { HardwareKind } from '../variant-facts.ts';
import { FASTEST_TOTAL_MS, FASTEST_VARIANTS } from './limits.ts';
import type { ScalingView } from './scaling-view.ts';

export interface Ladder {
  /** The running rung with the largest batch, or `NONE`. */
  readonly current: VariantIndex;
  /** Its largest batch, 0 for none. */
  readonly currentBatch: number;
  /** The rung to upgrade to: the next one up, else the current one. Without a ladder the fastest variant of all. */
  readonly fast: VariantIndex;
  /** What to downgrade to: the rung below, else the fastest CPU variant, else `NONE`. */
  readonly down: VariantIndex;
  isRung(variant: VariantIndex): boolean;
}

/** The variants of an architecture that load and run a first input soonest, soonest first; ties by name. */
export function fastestOf(view: ScalingView, architecture: string): readonly VariantIndex[] {
  const { facts, context } = view.state;
  const totalMs = (variant: VariantIndex): number => facts.loadMs[variant] + facts.singleMs[variant];
  return context.catalogue
    .ofArchitecture(architecture)
    .filter((variant) => totalMs(variant) <= FASTEST_TOTAL_MS)
    .sort((a, b) => totalMs(a) - totalMs(b) || facts.nameRank[a] - facts.nameRank[b])
    .slice(0, FASTEST_VARIANTS);
}

/**
 * @param top the fastest variants of the architecture, not empty.
 * @param running the architecture's variants that run on the machine.
 * @param machineKind an Inferentia machine climbs Neuron variants, every other one TensorRT variants.
 */
export function ladderOf(
  view: ScalingView,
  top: readonly VariantIndex[],
  running: readonly VariantIndex[],
  machineKind: HardwareKind,
): Ladder {
  const { variants } = view.state.context.catalogue;
  const isRung =
    machineKind === ON_INFERENTIA
      ? (variant: VariantIndex) => view.kind(variant) === ON_INFERENTIA
      : (variant: VariantIndex) => variants[variant].framework === 'tensorrt';
  // On a GPU the very fastest must be TensorRT; on an Inferentia any Neuron variant will do.
  const hasLadder = machineKind === ON_INFERENTIA ? top.some(isRung) : isRung(top[0]);
  if (!hasLadder) return { current: NONE, currentBatch: 0, fast: top[0], down: NONE, isRung };

  const batchOf = (variant: VariantIndex): number => variants[variant].maxBatch;
  const current = running.filter(isRung).reduce((best, rung) => larger(best, rung, batchOf), NONE);
  const currentBatch = current === NONE ? 0 : batchOf(current);
  const rungs = top.filter(isRung);
  const above = rungs.filter((rung) => batchOf(rung) > currentBatch && batchOf(rung) <= MAX_ONLINE_BATCH);
  const below = rungs.filter((rung) => batchOf(rung) < currentBatch);
  // A running rung that is not among the fastest has no rung below: its place on the ladder is unknown.
  const isListed = rungs.some((rung) => batchOf(rung) === currentBatch);
  const lower = isListed ? below.reduce((best, rung) => larger(best, rung, batchOf), NONE) : NONE;
  const cpu = top.find((variant) => view.kind(variant) === ON_CPU) ?? NONE;
  const next = above.reduce((best, rung) => (best === NONE || batchOf(rung) <= batchOf(best) ? rung : best), NONE);
  const first = top.find(isRung) ?? top[0];
  return {
    current,
    currentBatch,
    fast: next !== NONE ? next : current !== NONE ? current : first,
    down: lower !== NONE ? lower : cpu,
    isRung,
  };
}

function larger(best: VariantIndex, rung: VariantIndex, batchOf: (variant: VariantIndex) => number): VariantIndex {
  return best === NONE || batchOf(rung) > batchOf(best) ? rung : best;
}
