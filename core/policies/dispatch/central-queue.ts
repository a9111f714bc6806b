/**
 * One first-come-first-served queue per variant, kept by the scheduler. A request goes to a worker only when one is
 * idle with room for it; else it is held, and workers pull the oldest when they fall idle. While something waits, what
 * arrives waits behind it; so does a request that its worker gave back.
 *
 * Nothing is stranded: a request is held only while every ready worker has work (or its call for work is under way),
 * and a worker calls when its work is done.
 *
 * A batch that waits for company starts at once when the next request was seen not to fit as the worker pulled. One
 * that arrives later and does not fit is held and hurries nobody: the batch starts when its delay is over. Queries of
 * one input never meet this.
 */
import { HOLD, NONE, definePolicy } from '../../policy.ts';
import { READY } from '../../tables/fleet.ts';

export const centralQueue = definePolicy({
  name: 'central-queue',
  summary: 'One queue per variant; idle workers take the oldest requests.',
  source: 'the M/G/c queue; Clockwork (OSDI 2020) and InferLine (SoCC 2020) keep central queues',
  families: ['dispatch'],
  options: {
    maxBatch: {
      kind: 'count',
      default: 0,
      minimum: 0,
      doc: 'Inputs a worker takes at a time; 0 takes its variant’s maximum. Set it to the largest batch that is formed.',
    },
  },
  create({ options: { maxBatch }, fleet, catalogue, requests }) {
    const room = Int32Array.from(catalogue.variants, (variant) =>
      maxBatch === 0 ? variant.maxBatch : Math.min(maxBatch, variant.maxBatch),
    );
    return {
      dispatch: {
        assign(slot, variant) {
          if (fleet.waiting[variant] > 0) return HOLD;
          const ready = fleet.ready(variant);
          const inputs = requests.inputs[slot];
          let best = HOLD;
          let most = -1;
          for (let i = 0; i < ready.length; i += 1) {
            const worker = ready.at(i);
            const outstanding = fleet.outstanding[worker];
            if (fleet.running[worker] > 0 || (outstanding > 0 && outstanding + inputs > room[variant])) continue;
            // The fullest first: a partial batch that waits for company gets it.
            if (outstanding > most) {
              best = worker;
              most = outstanding;
            }
          }
          return best;
        },
        pull(worker, waiting) {
          if (fleet.state[worker] !== READY || fleet.running[worker] > 0) return NONE;
          const outstanding = fleet.outstanding[worker];
          // An empty worker takes any request: one larger than `maxBatch` is executed alone.
          const fits = outstanding + requests.inputs[waiting.at(0)] <= room[fleet.variant[worker]];
          return outstanding === 0 || fits ? 0 : NONE;
        },
      },
    };
  },
});
