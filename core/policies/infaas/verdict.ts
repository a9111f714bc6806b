/**
 * What selection found, for dispatch in the same instant: the variant, and whether it counts as running, that is, gets
 * the request by load instead of by utilisation. One object, written anew for every query.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';

export class Verdict {
  variant: VariantIndex = NONE;
  isRunning = false;

  /** Notes the answer and returns its variant. */
  settle(variant: VariantIndex, isRunning: boolean): VariantIndex {
    this.variant = variant;
    this.isRunning = isRunning;
    return variant;
  }
}
