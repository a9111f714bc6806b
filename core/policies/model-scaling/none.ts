/** The workers of the start, and no others: a worker that dies is not replaced. */
import { definePolicy } from '../../policy.ts';
import { NEVER } from '../../time.ts';

export const noModelScaling = definePolicy({
  name: 'none',
  summary: 'Workers are neither added nor removed nor replaced.',
  source: 'the null policy',
  families: ['model-scaling'],
  options: {},
  create: () => ({ 'model-scaling': { periodNs: NEVER, decide: () => [] } }),
});
