/**
 * A dispatch policy of one's own, to start from: each request goes to the worker that should be free first.
 *
 * A config names the file: `dispatch: { module: ../policies/least-expected-wait.ts, running_share: 0.5 }`. The file is
 * loaded as it is, without a build. It needs no import: `definePolicy` only tells the editor the types, and a plain
 * object with the same fields does as well.
 */
import { definePolicy } from '../../core/index.ts';

export const policy = definePolicy({
  name: 'least-expected-wait',
  summary: 'The worker whose queue and running batch should be done first, by the latency tables.',
  source: 'an example',
  // What it decides. One file may serve several families: then `create` returns an object for each.
  families: ['dispatch'],
  // Options are declared, not parsed: the config is checked against this, and gets `running_share` for it.
  options: {
    runningShare: {
      kind: 'number',
      default: 0.5,
      minimum: 0,
      maximum: 1,
      doc: 'Share of a running batch that is taken to be left: it started some time ago.',
    },
  },
  // Called once a run. State may be kept here; what policies read of the service is live, and read-only.
  create({ options, catalogue, fleet }) {
    /** Nanoseconds until a worker of the variant should have done all it has. */
    const waitNs = (worker: number, variant: number): number => {
      const table = catalogue.latency[variant];
      const { maxBatch } = catalogue.variants[variant];
      const timeNs = (inputs: number): number => (inputs === 0 ? 0 : table.expectedBatchNs(inputs));
      const queued = fleet.queued[worker];
      const fullBatches = Math.floor(queued / maxBatch);
      const running = Math.min(fleet.running[worker], maxBatch);
      return fullBatches * timeNs(maxBatch) + timeNs(queued % maxBatch) + options.runningShare * timeNs(running);
    };
    return {
      dispatch: {
        // `slot` is the request's row in a table, `ready` the workers that take requests, lowest number first.
        assign(_slot, variant) {
          const ready = fleet.ready(variant);
          let best = ready.at(0);
          for (let i = 1; i < ready.length; i += 1) {
            const worker = ready.at(i);
            if (waitNs(worker, variant) < waitNs(best, variant)) best = worker;
          }
          return best;
        },
      },
    };
  },
});
