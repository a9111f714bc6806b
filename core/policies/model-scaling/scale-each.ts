/**
 * What model-scaling policies share: which variants are scaled, how many workers they have, the bounds, and how a
 * wish becomes a decision. A policy says how many workers a variant should have, and why.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { ServingError } from '../../errors.ts';
import type { ModelScaling, PolicyContext } from '../../policy.ts';
import type { FleetView } from '../../tables/fleet.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface Wish {
  /** Workers the variant should have, within the bounds; `current` are ready or loading now. */
  workers(variant: VariantIndex, current: number): number;
  /** Why, asked right after `workers` when that is a change. */
  reason(variant: VariantIndex, current: number): string;
}

/**
 * The changes that bring each variant to the wished number of workers. A variant is scaled when the experiment began
 * with workers of it, when it has some now, or when requests wait for one (scale from zero); not while a rollout
 * introduces or retires it.
 */
export function scaleEach(
  { catalogue, fleet, initial }: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'initial'>,
  wish: Wish,
): readonly ModelScaling[] {
  const changes: ModelScaling[] = [];
  for (let variant = 0; variant < catalogue.variants.length; variant += 1) {
    if (fleet.rolling[variant] === 1) continue;
    const current = currentWorkers(fleet, variant);
    if (current === 0 && fleet.waiting[variant] === 0 && (initial.workers.get(variant) ?? 0) === 0) continue;
    const delta = wish.workers(variant, current) - current;
    if (delta !== 0) changes.push({ variant, delta, reason: wish.reason(variant, current) });
  }
  return changes;
}

/** Workers of a variant that serve or will: ready and loading. */
export function currentWorkers(fleet: FleetView, variant: VariantIndex): number {
  return fleet.ready(variant).length + fleet.loading(variant).length;
}

export function clamp(workers: number, { min, max }: Bounds): number {
  return Math.max(min, Math.min(workers, max));
}

/** The bounds from a policy's options. Throws a `ServingError` when no number of workers lies between them. */
export function boundsOf(policy: string, { min, max }: Bounds): Bounds {
  if (min <= max) return { min, max };
  throw new ServingError({
    code: 'POLICY_BOUNDS_CROSSED',
    message: `model-scaling policy "${policy}" may run no number of workers`,
    found: `min ${min}, max ${max}`,
    expected: 'min no larger than max',
    next: 'raise max or lower min',
  });
}
