/**
 * The most accurate variant whose expected execution fits the latency objective; equals go to the cheapest. What the
 * accuracy costs is not asked, nor whether the variant has a worker, unless `preferReady` says so.
 */
import { definePolicy } from '../../policy.ts';
import { LATENCY_SHARE, ascending, costPerInputUsd, selectFirst } from './candidates.ts';

export const mostAccurateVariant = definePolicy({
  name: 'most-accurate',
  summary: 'The most accurate variant that meets the latency the query asks for.',
  source: 'accuracy first, as the Clipper-HA baseline of Proteus (ASPLOS 2024), but decided per query',
  families: ['selection'],
  options: {
    latencyShare: LATENCY_SHARE,
    preferReady: {
      kind: 'flag',
      default: false,
      doc: 'Take a less accurate variant that has a worker, ready or loading, before a better one that has none.',
    },
  },
  create(context) {
    const { variants } = context.catalogue;
    const byCost = ascending(costPerInputUsd(context));
    return {
      selection: selectFirst(context, {
        ...context.options,
        compare: (a, b) => variants[b].accuracyPercent - variants[a].accuracyPercent || byCost(a, b),
      }),
    };
  },
});
