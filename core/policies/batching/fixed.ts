/**
 * A batch starts when it is full or when its oldest request has waited the delay, as TorchServe's `batch_size`
 * and `max_batch_delay` do; also when the next request is known not to fit into it. Simplified: the delay counts
 * from when the request joined its worker's queue, as in Triton; TorchServe counts from when an idle worker takes the
 * first request of the batch.
 */
import { definePolicy } from '../../policy.ts';
import { milliseconds } from '../../time.ts';
import { waitsInVain } from './company.ts';

export const fixedBatching = definePolicy({
  name: 'fixed',
  summary: 'Batches of a fixed size, or what is there after a delay.',
  source: 'TorchServe, batch_size and max_batch_delay (default delay 100 ms)',
  families: ['batching'],
  options: {
    maxBatch: {
      kind: 'count',
      default: 8,
      minimum: 1,
      doc: 'Inputs in a full batch; capped at the maximum of the variant.',
    },
    maxDelay: {
      kind: 'duration',
      default: milliseconds(100),
      minimum: 0,
      doc: 'Longest time the oldest request waits for others, counted from when it joined the queue.',
    },
  },
  create({ options: { maxBatch, maxDelay }, fleet, catalogue }) {
    const full = Int32Array.from(catalogue.variants, (variant) => Math.min(maxBatch, variant.maxBatch));
    return {
      batching: {
        limit: () => maxBatch,
        startAt: (worker, queuedInputs, oldestNs, now) =>
          queuedInputs >= full[fleet.variant[worker]] || waitsInVain(fleet, worker, queuedInputs)
            ? now
            : oldestNs + maxDelay,
      },
    };
  },
});
