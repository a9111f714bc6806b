/** Every request enters, however long the queue. */
import { definePolicy } from '../../policy.ts';

export const admitAll = definePolicy({
  name: 'all',
  summary: 'Every request is admitted.',
  source: 'the default of every queueing model',
  families: ['admission'],
  options: {},
  create: () => ({ admission: { admit: () => 0 } }),
});
