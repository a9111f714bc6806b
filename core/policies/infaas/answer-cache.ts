/** The last few variants that use-case queries were answered with, the most recent first, each once. */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { CACHE_SIZE } from './constants.ts';

export class AnswerCache {
  readonly variants = new Int32Array(CACHE_SIZE);
  count = 0;

  /** Puts a variant first; the oldest falls out when the cache is full. */
  touch(variant: VariantIndex): void {
    let from = this.variants.subarray(0, this.count).indexOf(variant);
    if (from < 0) {
      this.count = Math.min(this.count + 1, CACHE_SIZE);
      from = this.count - 1;
    }
    this.variants.copyWithin(1, 0, from);
    this.variants[0] = variant;
  }
}
