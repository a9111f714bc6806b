/** The machines of the start, and no others: a machine that is lost is not replaced. */
import { definePolicy } from '../../policy.ts';
import { NEVER } from '../../time.ts';

export const noMachineScaling = definePolicy({
  name: 'none',
  summary: 'Machines are neither added nor removed nor replaced.',
  source: 'the null policy',
  families: ['machine-scaling'],
  options: {},
  create: () => ({ 'machine-scaling': { periodNs: NEVER, decide: () => [] } }),
});
