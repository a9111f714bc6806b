/** Any ready worker, each with the same probability: what knows nothing of the workers' load. */
import { definePolicy } from '../../policy.ts';

export const randomDispatch = definePolicy({
  name: 'random',
  summary: 'A ready worker drawn at random.',
  source: 'random splitting, the baseline of load balancing theory',
  families: ['dispatch'],
  options: {},
  create({ fleet, random }) {
    return {
      dispatch: {
        assign(_slot, variant) {
          const ready = fleet.ready(variant);
          return ready.at(random.int(ready.length));
        },
      },
    };
  },
});
