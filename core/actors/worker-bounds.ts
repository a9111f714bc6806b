/**
 * Between how many workers each variant is kept by hand: what an operator says wins over what the scaling policy
 * decides and over what requests want. Written by the model autoscaler only.
 */
import type { VariantIndex } from '../catalogue/variant.ts';

/** No bound. */
export const UNBOUNDED = 0x7f_ff_ff_ff;

export class WorkerBounds {
  readonly least: Int32Array;
  readonly most: Int32Array;
  /** Whether any variant must have workers: false on the whole path of a run without bounds. */
  demanding = false;

  /** @param variants number of variants; none is bound. */
  constructor(variants: number) {
    this.least = new Int32Array(variants);
    this.most = new Int32Array(variants).fill(UNBOUNDED);
  }

  /** @param least workers at least. @param most workers at most, from `least`; `UNBOUNDED` for no bound. */
  set(variant: VariantIndex, least: number, most: number): void {
    this.least[variant] = least;
    this.most[variant] = most;
    this.demanding = this.least.some((count) => count > 0);
  }
}
