/**
 * The workers of the start, kept: a worker that dies is replaced at the next period. Variants that began without
 * workers are left alone.
 */
import { definePolicy } from '../../policy.ts';
import { milliseconds, seconds } from '../../time.ts';
import { currentWorkers } from './scale-each.ts';

export const fixedModelScaling = definePolicy({
  name: 'fixed',
  summary: 'As many workers as at the start; those that die are replaced.',
  source: 'a Kubernetes deployment without an autoscaler',
  families: ['model-scaling'],
  options: {
    period: {
      kind: 'duration',
      default: seconds(1),
      minimum: milliseconds(1),
      doc: 'How often the workers are counted.',
    },
  },
  create: ({ options: { period }, fleet, initial }) => ({
    'model-scaling': {
      periodNs: period,
      decide: () =>
        [...initial.workers].flatMap(([variant, count]) => {
          const current = currentWorkers(fleet, variant);
          if (current === count) return [];
          return [{ variant, delta: count - current, reason: `${current} of ${count} initial workers` }];
        }),
    },
  }),
});
