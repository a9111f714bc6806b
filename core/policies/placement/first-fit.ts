/** The first machine with room, in the order of their numbers: fills machines one after another. */
import { NONE, definePolicy } from '../../policy.ts';

export const firstFit = definePolicy({
  name: 'first-fit',
  summary: 'The lowest-numbered machine that has room.',
  source: 'first-fit bin packing (Johnson 1973)',
  families: ['placement'],
  options: {},
  create({ fleet: { machines } }) {
    return {
      placement: {
        place(variant) {
          for (let i = 0; i < machines.up.length; i += 1) {
            if (machines.fits(machines.up.at(i), variant)) return machines.up.at(i);
          }
          return NONE;
        },
      },
    };
  },
});
