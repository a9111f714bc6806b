/** The machines of the start, kept: a machine that is lost is replaced at the next period. */
import { definePolicy } from '../../policy.ts';
import { milliseconds, seconds } from '../../time.ts';
import { tallyOf } from './machine-tally.ts';

export const fixedMachineScaling = definePolicy({
  name: 'fixed',
  summary: 'As many machines as at the start; those that are lost are replaced.',
  source: 'an auto scaling group of constant size',
  families: ['machine-scaling'],
  options: {
    period: {
      kind: 'duration',
      default: seconds(1),
      minimum: milliseconds(1),
      doc: 'How often the machines are counted.',
    },
  },
  create: ({ options: { period }, catalogue, fleet, initial, signals }) => ({
    'machine-scaling': {
      periodNs: period,
      decide() {
        // Nobody else reads them, and a shortage this policy will not mend repeats every period of the model scaler.
        signals.takeShortages();
        return [...initial.machines].flatMap(([type, count]) => {
          const { machines } = tallyOf(catalogue, fleet, type);
          if (machines === count.initial) return [];
          const reason = `${machines} of ${count.initial} initial machines`;
          return [{ type, delta: count.initial - machines, reason }];
        });
      },
    },
  }),
});
