/**
 * The machine that the worker fills best, so that large gaps stay open for large workers. Fit is judged by what is
 * scarce: accelerators for variants that use one (then cores), cores for the others. Memory must suffice, no more.
 */
import { NONE, definePolicy } from '../../policy.ts';

export const bestFit = definePolicy({
  name: 'best-fit',
  summary: 'The machine with the fewest accelerators, or cores, left after placing.',
  source: 'best-fit bin packing (Johnson 1973)',
  families: ['placement'],
  options: {},
  create({ fleet: { machines }, catalogue }) {
    const tighter = (accelerated: boolean, machine: number, best: number): boolean => {
      const accelerators = accelerated ? machines.acceleratorsFree[machine] - machines.acceleratorsFree[best] : 0;
      return accelerators < 0 || (accelerators === 0 && machines.coresFree[machine] < machines.coresFree[best]);
    };
    return {
      placement: {
        place(variant) {
          const accelerated = catalogue.variants[variant].resources.accelerators > 0;
          let best = NONE;
          for (let i = 0; i < machines.up.length; i += 1) {
            const machine = machines.up.at(i);
            if (!machines.fits(machine, variant)) continue;
            if (best === NONE || tighter(accelerated, machine, best)) best = machine;
          }
          return best;
        },
      },
    };
  },
});
