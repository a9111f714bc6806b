/**
 * A draw of an index by weight, in constant time however many there are: Walker's alias method, with the tables built
 * as in Vose, "A linear algorithm for generating random numbers with a given distribution", IEEE TSE 17(9), 1991.
 */
import type { Stream } from '../core/index.ts';
import { invariant } from '../core/index.ts';

/** @param weights at least 0 and not all 0. @returns draws one index; with a single weight it draws nothing. */
export function weightedChoice(weights: readonly number[], stream: () => Stream): () => number {
  const size = weights.length;
  invariant(size > 0, 'weightedChoice: no weights');
  if (size === 1) return () => 0;
  const { keep, alias } = aliasTables(weights);
  const random = stream();
  return () => {
    const scaled = random.unit() * size;
    const index = Math.floor(scaled);
    return scaled - index < keep[index] ? index : alias[index];
  };
}

function aliasTables(weights: readonly number[]): { keep: Float64Array; alias: Uint32Array } {
  const size = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const keep = Float64Array.from(weights, (weight) => (weight * size) / total);
  const alias = Uint32Array.from(weights, (_, index) => index);
  const small: number[] = [];
  const large: number[] = [];
  for (let index = 0; index < size; index += 1) (keep[index] < 1 ? small : large).push(index);
  for (;;) {
    const poor = small.pop();
    const rich = large.pop();
    if (poor === undefined || rich === undefined) {
      // What remains should hold exactly 1; rounding left it a little off.
      for (const index of [poor, rich, ...small, ...large]) if (index !== undefined) keep[index] = 1;
      return { keep, alias };
    }
    alias[poor] = rich;
    keep[rich] -= 1 - keep[poor];
    (keep[rich] < 1 ? small : large).push(rich);
  }
}
