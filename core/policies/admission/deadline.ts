/**
 * Refuses what cannot end in time and drops what no longer can: early rejection, so that no worker spends time on
 * answers nobody waits for. Predicted end = now + the backlog of the least loaded worker at the rate of full batches
 * + the request's own inputs + a margin. Requests without a deadline are always admitted and never dropped.
 *
 * Simplified: other variants on the same machine and the network are not predicted (the margin is for them), nor is
 * the load time of a first worker: a request that waits for one is what makes the autoscaler start it, so it enters,
 * and is dropped at batch forming if the start took too long.
 */
import { reason } from '../../outcome.ts';
import { definePolicy } from '../../policy.ts';
import { NEVER } from '../../time.ts';
import { shortestQueueInputs } from './backlog.ts';

const DEADLINE_UNREACHABLE = reason('deadline-unreachable');

export const deadlineAdmission = definePolicy({
  name: 'deadline',
  summary: 'Requests that cannot meet their deadline are refused, or dropped before execution.',
  source: 'Clockwork (Gujarati et al., OSDI 2020): reject what is predicted to miss its objective',
  families: ['admission'],
  options: {
    margin: {
      kind: 'duration',
      default: 0,
      minimum: 0,
      doc: 'Time added to every prediction, for what it does not see: network, co-location, variance.',
    },
    batch: {
      kind: 'count',
      default: 0,
      minimum: 0,
      doc: 'Inputs in a full batch, for the rate of the backlog; 0 takes the variant’s maximum.',
    },
  },
  create({ options: { margin, batch }, fleet, requests, catalogue }) {
    const { variants, latency } = catalogue;
    const perInputNs = Float64Array.from(variants, ({ maxBatch }, variant) => {
      const full = batch === 0 ? maxBatch : Math.min(batch, maxBatch);
      return latency[variant].expectedBatchNs(full) / full;
    });
    return {
      admission: {
        admit(slot, variant, now) {
          const deadlineNs = requests.deadlineNs[slot];
          if (deadlineNs === NEVER) return 0;
          const waitNs = shortestQueueInputs(fleet, variant) * perInputNs[variant];
          const endNs = now + waitNs + latency[variant].expectedBatchNs(requests.inputs[slot]) + margin;
          return endNs > deadlineNs ? DEADLINE_UNREACHABLE : 0;
        },
        expires(slot, worker, now) {
          const deadlineNs = requests.deadlineNs[slot];
          if (deadlineNs === NEVER) return false;
          const ownNs = latency[fleet.variant[worker]].expectedBatchNs(requests.inputs[slot]);
          return now + ownNs + margin > deadlineNs;
        },
      },
    };
  },
});
