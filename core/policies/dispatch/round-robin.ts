/**
 * One worker after the other, in order of their numbers, per variant. Remembers the number served last, not a
 * position: workers that come and go shift nobody's turn.
 */
import { definePolicy } from '../../policy.ts';
import type { ReadonlyIds } from '../../tables/sorted-ids.ts';

export const roundRobin = definePolicy({
  name: 'round-robin',
  summary: 'The ready workers of the variant in turn.',
  source: 'round robin, the default of nginx and gRPC load balancing',
  families: ['dispatch'],
  options: {},
  create({ fleet, catalogue }) {
    const last = new Int32Array(catalogue.variants.length).fill(-1);
    return {
      dispatch: {
        assign(_slot, variant) {
          const ready = fleet.ready(variant);
          const position = firstAbove(ready, last[variant]);
          const worker = ready.at(position === ready.length ? 0 : position);
          last[variant] = worker;
          return worker;
        },
      },
    };
  },
});

/** First position whose id is above the given one; the length when there is none. */
function firstAbove(ids: ReadonlyIds, id: number): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids.at(middle) <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
