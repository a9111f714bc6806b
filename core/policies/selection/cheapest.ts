/**
 * The cheapest variant that keeps the query's promises. The rule is INFaaS's, without its state machine: what a
 * variant costs is taken at full batch, load is not looked at beyond "has a worker", and the time a first worker would
 * take to load does not count against the objective.
 */
import { definePolicy } from '../../policy.ts';
import { LATENCY_SHARE, ascending, costPerInputUsd, selectFirst } from './candidates.ts';

export const cheapestVariant = definePolicy({
  name: 'cheapest',
  summary: 'The cheapest variant that meets the latency and accuracy the query asks for.',
  source: 'INFaaS (Romero et al., ATC 2021), GETVARIANT, simplified',
  families: ['selection'],
  options: {
    latencyShare: LATENCY_SHARE,
    preferReady: {
      kind: 'flag',
      default: true,
      doc: 'Take a dearer variant that has a worker, ready or loading, before a cheaper one that has none.',
    },
  },
  create: (context) => ({
    selection: selectFirst(context, { ...context.options, compare: ascending(costPerInputUsd(context)) }),
  }),
});
