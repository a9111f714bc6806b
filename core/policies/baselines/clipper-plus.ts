/**
 * Clipper+, the first baseline of INFaaS: it stands for TensorFlow Serving, Triton and Clipper. Developers fix the
 * variant and the number of instances, all are loaded beforehand, nothing scales. The "+" of the paper is that it runs
 * on INFaaS's own workers, so that only the policy differs; here every policy does.
 *
 * Taken from the source: fixed variants, preloading, no model autoscaling, requests in turn (decision modes 2 and 3,
 * autoscaler 0). Simplified: a machine that is lost is not replaced.
 */
import { NEVER } from '../../time.ts';
import { definePolicy } from '../../policy.ts';
import { roundRobin } from '../dispatch/round-robin.ts';
import { preloadedSelection } from '../selection/preloaded.ts';

export const clipperPlus = definePolicy({
  name: 'clipper-plus',
  summary: 'What developers loaded beforehand serves, in turn; nothing scales.',
  source: 'INFaaS, USENIX ATC 2021 (Clipper+), as public notes describe it',
  families: ['selection', 'dispatch', 'model-scaling', 'machine-scaling'],
  // The systems it stands for form batches, and their operators spread the copies over the machines.
  companions: { batching: 'work-conserving', placement: 'spread' },
  needsInitialWorkers: true,
  options: {},
  create(context) {
    const still = { periodNs: NEVER, decide: () => [] };
    return {
      ...roundRobin.create(context),
      selection: preloadedSelection(context),
      'model-scaling': still,
      'machine-scaling': still,
    };
  },
});
