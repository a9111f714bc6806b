/** Joins the shortest queue: fewest inputs assigned and not answered; ties go to the lowest worker number. */
import { definePolicy } from '../../policy.ts';

export const shortestQueue = definePolicy({
  name: 'shortest-queue',
  summary: 'The worker with the fewest outstanding inputs.',
  source: 'join-the-shortest-queue (Winston 1977)',
  families: ['dispatch'],
  options: {},
  create({ fleet }) {
    return {
      dispatch: {
        assign(_slot, variant) {
          const { column, length } = fleet.ready(variant);
          const outstanding = fleet.outstanding;
          let best = column[0];
          let least = outstanding[best];
          for (let i = 1; i < length; i += 1) {
            const worker = column[i];
            if (outstanding[worker] < least) {
              best = worker;
              least = outstanding[worker];
            }
          }
          return best;
        },
      },
    };
  },
});
