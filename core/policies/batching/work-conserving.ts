/**
 * Takes what is there as soon as the worker is idle, up to the variant's largest batch: no request waits for company.
 * On the CPU, where a batch costs nearly as much as its inputs one by one and delays them all, batches may be kept
 * small or left out, as INFaaS's release does (batching by Triton on GPUs, none in its CPU containers).
 */
import { definePolicy } from '../../policy.ts';

export const workConservingBatching = definePolicy({
  name: 'work-conserving',
  summary: 'What is there when the worker is idle, up to the largest batch; on the CPU up to a batch of its own.',
  source: 'Triton dynamic batching without delay; INFaaS start_infaas.sh (CPU_ADAPTIVE_BATCHING=false)',
  families: ['batching'],
  options: {
    maxBatch: {
      kind: 'count',
      default: 0,
      doc: 'Largest batch on accelerators, in inputs; 0 for the maximum of the variant.',
    },
    cpuMaxBatch: { kind: 'count', default: 1, doc: 'Largest batch on the CPU; 0 for the maximum of the variant.' },
  },
  create({ options: { maxBatch, cpuMaxBatch }, fleet, catalogue }) {
    const limits = Int32Array.from(catalogue.variants, ({ maxBatch: most, resources }) => {
      const asked = resources.accelerators > 0 ? maxBatch : cpuMaxBatch;
      return asked === 0 ? most : Math.min(asked, most);
    });
    return {
      batching: { limit: (worker) => limits[fleet.variant[worker]], startAt: (_worker, _queued, _oldest, now) => now },
    };
  },
});
