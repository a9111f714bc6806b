/**
 * The machine that has the fewest workers of the variant, then the fewest workers, so that losing one machine costs a
 * variant as little as possible. Draining workers no longer count for the variant; they still take room.
 */
import { NONE, definePolicy } from '../../policy.ts';
import { COLD, LOADING, READY } from '../../tables/fleet.ts';

export const spread = definePolicy({
  name: 'spread',
  summary: 'The machine with the fewest workers of the variant, then the fewest workers.',
  source: 'Kubernetes pod topology spread (by host), without its skew limit',
  families: ['placement'],
  options: {},
  create({ fleet }) {
    const { machines } = fleet;
    const alike = new Int32Array(machines.machinesMax);
    return {
      placement: {
        place(variant) {
          alike.fill(0);
          // A worker placed a moment ago is still cold: the ready and loading lists do not have it yet.
          for (let worker = 0; worker < fleet.state.length; worker += 1) {
            const state = fleet.state[worker];
            if (fleet.variant[worker] !== variant) continue;
            if (state === READY || state === LOADING || state === COLD) alike[fleet.machine[worker]] += 1;
          }
          let best = NONE;
          for (let i = 0; i < machines.up.length; i += 1) {
            const machine = machines.up.at(i);
            if (!machines.fits(machine, variant)) continue;
            const fewer =
              best === NONE ||
              alike[machine] < alike[best] ||
              (alike[machine] === alike[best] && machines.workers[machine] < machines.workers[best]);
            if (fewer) best = machine;
          }
          return best;
        },
      },
    };
  },
});
