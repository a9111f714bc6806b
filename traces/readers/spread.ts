/**
 * Where n arrivals lie in an interval when only their number is known: shares of the interval in ascending order.
 * `uniform` is a Poisson process given its count; its order statistics are drawn one after the other (Bentley and
 * Saxe, "Generating sorted lists of random numbers", ACM TOMS 6(3), 1980), so no memory is needed. `gamma` and
 * `weibull` draw n gaps of that shape and scale them to fill the interval, bent to a circle and turned by a random
 * amount: the count is exact and no burst is tied to an edge, where the bursts of many sources would meet.
 */
import type { Stream } from '../../core/index.ts';
import { assertNever } from '../../core/index.ts';

export type Spread =
  | { readonly law: 'uniform' }
  | { readonly law: 'even' }
  | { readonly law: 'gamma' | 'weibull'; readonly shape: number };

/** @returns gives the next share, at least 0 and below 1, on each of `count` calls. */
export function spreadShares(spread: Spread, count: number, stream: Stream): () => number {
  switch (spread.law) {
    case 'even':
      return evenShares(count);
    case 'uniform':
      return uniformShares(count, stream);
    case 'gamma':
      return scaledGaps(count, () => stream.gamma(spread.shape, 1), stream.unit());
    case 'weibull':
      return scaledGaps(count, () => stream.weibull(spread.shape, 1), stream.unit());
    default:
      return assertNever(spread);
  }
}

/** In the middle of n equal parts. */
function evenShares(count: number): () => number {
  let index = 0;
  return () => {
    const share = (index + 0.5) / count;
    index += 1;
    return share;
  };
}

function uniformShares(count: number, stream: Stream): () => number {
  let left = count;
  // What lies above the last share; the smallest of the remaining ones takes it by the maximum of `left` uniforms.
  let above = 1;
  return () => {
    above *= Math.exp(Math.log1p(-stream.unit()) / left);
    left -= 1;
    return 1 - above;
  };
}

function scaledGaps(count: number, gap: () => number, turn: number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    sum += gap();
    sums[index] = sum;
  }
  // A sum of 0 means that every gap of a very heavy tail underflowed: all arrive together.
  const place = (index: number): number => turn + (sum > 0 ? sums[index] / sum : 0);
  let index = 0;
  while (index < count && place(index) < 1) index += 1;
  index %= count;
  let last = 0;
  return () => {
    const at = place(index);
    // Taking off the whole turn may lose a last bit; shares may not go back.
    last = Math.max(last, at >= 1 ? at - 1 : at);
    index = (index + 1) % count;
    return last;
  };
}
