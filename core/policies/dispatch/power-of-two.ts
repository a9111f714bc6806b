/** Two different ready workers drawn at random; the one with less to do gets the request, the first drawn if equal. */
import { definePolicy } from '../../policy.ts';

export const powerOfTwo = definePolicy({
  name: 'power-of-two',
  summary: 'The less loaded of two ready workers drawn at random.',
  source: 'the power of two choices (Mitzenmacher 2001)',
  families: ['dispatch'],
  options: {},
  create({ fleet, random }) {
    return {
      dispatch: {
        assign(_slot, variant) {
          const ready = fleet.ready(variant);
          const count = ready.length;
          if (count === 1) return ready.at(0);
          const first = random.int(count);
          // Drawn from the others: positions from the first one on move up by one.
          const other = random.int(count - 1);
          const second = other < first ? other : other + 1;
          const one = ready.at(first);
          const two = ready.at(second);
          return fleet.outstanding[two] < fleet.outstanding[one] ? two : one;
        },
      },
    };
  },
});
