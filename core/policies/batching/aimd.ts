/**
 * The batch size grows by a fixed step while batches meet the latency objective and shrinks by a small factor when one
 * misses it. Kept per worker, forgotten when the worker's number begins a new life. A worker that is idle starts at
 * once unless `maxDelay` lets it wait for company.
 *
 * Simplified: latency is the batch's execution time, without its queue. A batch that met the objective counts for more
 * only when there was demand for a full one; Clipper was measured saturated, where that makes no difference, and
 * without it the size would drift to the maximum under light load.
 */
import { definePolicy } from '../../policy.ts';
import { milliseconds } from '../../time.ts';
import { waitsInVain } from './company.ts';

export const aimdBatching = definePolicy({
  name: 'aimd',
  summary: 'The batch size adapts: additive increase within the objective, multiplicative decrease beyond it.',
  source: 'Clipper (Crankshaw et al., NSDI 2017): adaptive batching, decrease by 10 %, and the batch wait timeout',
  families: ['batching'],
  options: {
    objective: {
      kind: 'duration',
      default: milliseconds(20),
      minimum: 1,
      doc: 'Longest execution of a batch that still lets the batch size grow.',
    },
    increase: {
      kind: 'number',
      default: 1,
      minimum: 0.01,
      doc: 'Inputs added to the batch size after a batch in time.',
    },
    decreaseFactor: {
      kind: 'number',
      default: 0.9,
      minimum: 0.01,
      maximum: 0.99,
      doc: 'What the batch size is multiplied with after a batch that took longer than the objective.',
    },
    initial: { kind: 'count', default: 1, minimum: 1, doc: 'Batch size a new worker begins with, in inputs.' },
    maxDelay: {
      kind: 'duration',
      default: 0,
      minimum: 0,
      doc: 'Longest time the oldest request of a batch that is not full waits for others on an idle worker.',
    },
  },
  create({ options: { objective, increase, decreaseFactor, initial, maxDelay }, fleet, catalogue }) {
    const { variants } = catalogue;
    const sizes = new Float64Array(fleet.state.length).fill(initial);
    /** At least one input, at most what the variant takes. */
    const resize = (worker: number, size: number): void => {
      sizes[worker] = Math.max(1, Math.min(size, variants[fleet.variant[worker]].maxBatch));
    };
    return {
      batching: {
        limit: (worker) => Math.floor(sizes[worker]),
        startAt: (worker, queuedInputs, oldestNs, now) =>
          queuedInputs >= Math.floor(sizes[worker]) || waitsInVain(fleet, worker, queuedInputs)
            ? now
            : oldestNs + maxDelay,
        finished(worker, inputs, durationNs) {
          const size = sizes[worker];
          if (durationNs > objective) resize(worker, size * decreaseFactor);
          else if (inputs + fleet.queued[worker] >= Math.floor(size)) resize(worker, size + increase);
        },
        started(worker, variant) {
          sizes[worker] = Math.min(initial, variants[variant].maxBatch);
        },
      },
    };
  },
});
