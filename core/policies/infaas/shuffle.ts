/** Shuffles the first entries of a list in place (Fisher and Yates), with one draw for each but the last. */
import type { Stream } from '../../random/stream.ts';

export function shuffle(list: Int32Array, count: number, random: Stream): void {
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.int(last + 1);
    const kept = list[last];
    list[last] = list[other];
    list[other] = kept;
  }
}
