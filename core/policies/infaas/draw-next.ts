/**
 * Takes the entries of a list in random order, one at a time (Fisher and Yates from the front): a search that ends
 * with the first fit draws no more than it looks at.
 */
import type { Stream } from '../../random/stream.ts';

/** Puts a random one of the entries from `from` up to `count` at `from`, in place, and returns it. */
export function drawNext(list: Int32Array, from: number, count: number, random: Stream): number {
  const other = from + 1 < count ? from + random.int(count - from) : from;
  const drawn = list[other];
  list[other] = list[from];
  list[from] = drawn;
  return drawn;
}
