/**
 * Workers that requests want and that nobody has started yet, by variant: asked for a moment ago, or owed because a
 * START found no room or came too soon after a failed load. The scheduler asks and owes, the model autoscaler takes and
 * settles, the lifecycles say how loads went. Invariant: `owedTotal` is the sum of `owed`.
 */
import type { VariantIndex } from '../catalogue/variant.ts';
import { NANOS_PER_SECOND } from '../time.ts';
import type { Nanos } from '../time.ts';

/** The least time between two tries to start a worker where tries fail: a load that always fails must not spin. */
export const RESTART_DELAY_NS: Nanos = NANOS_PER_SECOND;

const WENT_WELL = -1;

export class WorkerDemand {
  /** Workers asked for in messages that the model autoscaler has not taken yet. */
  readonly asked: Int32Array;
  /** Workers that a START wanted and that could not be started. */
  readonly owed: Int32Array;
  /** Over all variants: 0 on the whole of the hot path. */
  owedTotal = 0;
  /** Whether the dispatch policy has ever answered START. */
  startSeen = false;
  /** When the last load of the variant failed; `WENT_WELL` when it did not. */
  private readonly failedNs: Float64Array;

  /** @param variants number of variants. */
  constructor(variants: number) {
    this.asked = new Int32Array(variants);
    this.owed = new Int32Array(variants);
    this.failedNs = new Float64Array(variants).fill(WENT_WELL);
  }

  ask(variant: VariantIndex): void {
    this.asked[variant] += 1;
  }

  /** The model autoscaler has the message. */
  take(variant: VariantIndex): void {
    if (this.asked[variant] > 0) this.asked[variant] -= 1;
  }

  owe(variant: VariantIndex): void {
    this.owed[variant] += 1;
    this.owedTotal += 1;
  }

  /** Lowers what is owed, never raises it. @param most workers owed from here on at most. */
  settle(variant: VariantIndex, most: number): void {
    const settled = Math.max(0, this.owed[variant] - most);
    this.owed[variant] -= settled;
    this.owedTotal -= settled;
  }

  /** A worker of the variant is ready. */
  loaded(variant: VariantIndex): void {
    this.failedNs[variant] = WENT_WELL;
  }

  /** A worker of the variant died before it was ready. */
  loadFailed(variant: VariantIndex, now: Nanos): void {
    this.failedNs[variant] = now;
  }

  /** Whether the last load of the variant failed: loads are tried one by one then. */
  isFailing(variant: VariantIndex): boolean {
    return this.failedNs[variant] !== WENT_WELL;
  }

  /** Whether it is too soon after a failed load to try another. */
  mustWait(variant: VariantIndex, now: Nanos): boolean {
    return this.isFailing(variant) && now < this.failedNs[variant] + RESTART_DELAY_NS;
  }
}
