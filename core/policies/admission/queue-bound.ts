/**
 * Refuses what would wait too long in line: a request enters only while the least loaded ready worker, with its part
 * of what the scheduler holds, has fewer inputs than the bound. Without a ready worker the held inputs alone count.
 */
import { reason } from '../../outcome.ts';
import { definePolicy } from '../../policy.ts';
import { shortestQueueInputs } from './backlog.ts';

const QUEUE_FULL = reason('queue-full');

export const queueBound = definePolicy({
  name: 'queue-bound',
  summary: 'Requests are refused while every worker has a full queue.',
  source: 'TorchServe, job_queue_size (default 100 per model; here per worker)',
  families: ['admission'],
  options: {
    max: {
      kind: 'count',
      default: 100,
      minimum: 1,
      doc: 'Inputs a worker may have, running and waiting, before requests are refused.',
    },
  },
  create: ({ options: { max }, fleet }) => ({
    admission: {
      admit: (_slot, variant) => (shortestQueueInputs(fleet, variant) >= max ? QUEUE_FULL : 0),
    },
  }),
});
