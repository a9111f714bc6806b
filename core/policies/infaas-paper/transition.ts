/**
 * The way from the workers there are to the numbers a scaler wants: new workers are started at once, the surplus is
 * drained when no new worker of the architecture loads any more, or at once where it holds the hardware that new ones
 * find no room on. Without a
 * target an architecture is left as it is. A worker that requests wait for is never surplus.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { ModelScaling, PlacementPolicy, PolicyContext } from '../../policy.ts';
import { NONE } from '../../policy.ts';
import type { Nanos } from '../../time.ts';
import { currentWorkers } from '../model-scaling/scale-each.ts';
import type { Demand } from './demand.ts';

export interface TransitionParts {
  readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>;
  readonly demand: Demand;
  readonly placement: PlacementPolicy;
}

export class Transition {
  private readonly parts: TransitionParts;
  private readonly target: Int32Array;
  /** 1 for variants whose last workers are about to go: they finish what they have and should get nothing new. */
  private readonly retiring: Uint8Array;
  /** Why an architecture changes; undefined where it does not. */
  private readonly reasons: (string | undefined)[];

  constructor(parts: TransitionParts) {
    this.parts = parts;
    this.target = new Int32Array(parts.context.catalogue.variants.length);
    this.retiring = new Uint8Array(this.target.length);
    this.reasons = parts.demand.architectures.map(() => undefined);
  }

  isMoving(architecture: number): boolean {
    return this.reasons[architecture] !== undefined;
  }

  /** Whether the last workers of a variant are about to go. */
  isRetiring(variant: VariantIndex): boolean {
    return this.retiring[variant] === 1;
  }

  /** Workers of a variant when the transition is over; those of now where there is none. */
  planned(variant: VariantIndex): number {
    return this.isMoving(this.parts.demand.architectureOf[variant])
      ? this.target[variant]
      : currentWorkers(this.parts.context.fleet, variant);
  }

  /** Sets an architecture's target. @param counts workers by position among its variants. */
  aim(architecture: number, counts: readonly number[], reason: string): void {
    const variants = this.parts.demand.architectures[architecture];
    for (const [index, variant] of variants.entries()) {
      this.target[variant] = counts[index];
      this.retiring[variant] = 0;
    }
    this.reasons[architecture] = reason;
  }

  /** The next changes of every architecture on its way. */
  step(now: Nanos): ModelScaling[] {
    return this.reasons.flatMap((reason, architecture) =>
      reason === undefined ? [] : this.stepOf(architecture, reason, now),
    );
  }

  private stepOf(architecture: number, reason: string, now: Nanos): ModelScaling[] {
    const { context, demand, placement } = this.parts;
    const { fleet, catalogue } = context;
    const starts: ModelScaling[] = [];
    const drains: ModelScaling[] = [];
    let isLoading = false;
    let short = NONE;
    for (const variant of demand.architectures[architecture]) {
      const current = currentWorkers(fleet, variant);
      if (fleet.waiting[variant] > 0) this.target[variant] = Math.max(this.target[variant], Math.min(current, 1));
      const delta = this.target[variant] - current;
      isLoading ||= fleet.loading(variant).length > 0;
      if (delta < 0) drains.push({ variant, delta, reason });
      if (delta <= 0) continue;
      starts.push({ variant, delta, reason });
      if (placement.place(variant, now) === NONE) short = variant;
    }
    if (starts.length === 0 && drains.length === 0) this.end(architecture);
    if (starts.length === 0) return isLoading ? [] : drains.filter((drain) => this.mayGo(drain));
    if (short === NONE) return starts;
    // Only what holds the hardware that is short is worth an interval without it.
    const { hardware } = catalogue.variants[short];
    return [...starts, ...drains.filter(({ variant }) => catalogue.variants[variant].hardware === hardware)];
  }

  /**
   * Whether a drain may begin. Queries that wait at the last worker of a variant would go back to a variant without
   * workers, so the last ones finish their queue first, while the selection prefers other variants.
   */
  private mayGo({ variant }: ModelScaling): boolean {
    if (this.target[variant] > 0) return true;
    this.retiring[variant] = 1;
    const { fleet } = this.parts.context;
    const ready = fleet.ready(variant);
    for (let i = 0; i < ready.length; i += 1) if (fleet.outstanding[ready.at(i)] > 0) return false;
    return true;
  }

  private end(architecture: number): void {
    this.reasons[architecture] = undefined;
    for (const variant of this.parts.demand.architectures[architecture]) this.retiring[variant] = 0;
  }
}
