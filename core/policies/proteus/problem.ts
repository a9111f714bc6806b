/**
 * What Proteus optimises, from the tables and the traffic: who may serve which demand, with which batch, on which
 * machines. The batch is the largest that executes within half the latency objective (as in Proteus: a query may
 * have to wait for the batch before its own). A variant that several kinds share has one batch, for the tightest of
 * their objectives.
 */
import type { LatencyModel } from '../../catalogue/latency-model.ts';
import type { PolicyContext } from '../../policy.ts';
import { variantsNamed } from '../../queries/query-form.ts';
import { NANOS_PER_SECOND, NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { KindTraffic } from '../planning/kind-traffic.ts';
import { machineOffers, needOf } from '../planning/machine-offers.ts';
import type { Demand, Problem } from './allocation.ts';

export interface Situation {
  readonly problem: Problem;
  /** The kind of each demand. */
  readonly kinds: readonly number[];
  /** Planned batch by variant; 0 for variants that serve no demand. */
  readonly batches: Int32Array;
}

export interface Planning {
  /** Share of the latency objective that one batch may take. */
  readonly batchShare: number;
  /** Demand is multiplied by this. */
  readonly headroom: number;
}

/** The problem of the moment. Kinds without demand, or that no variant may serve, are left out. */
export function situationOf(
  context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'kinds'>,
  { traffic, rates }: { readonly traffic: KindTraffic; readonly rates: readonly number[] },
  { batchShare, headroom }: Planning,
): Situation {
  const { catalogue, fleet } = context;
  const demands: Demand[] = [];
  const kinds: number[] = [];
  const budgetsNs = new Float64Array(catalogue.variants.length).fill(-1);
  for (const [kind, rate] of rates.entries()) {
    if (rate <= 0) continue;
    const objectiveNs = traffic.objectiveNs(kind);
    const budgetNs = objectiveNs === NEVER ? NEVER : batchShare * objectiveNs;
    const variants = variantsNamed(catalogue, context.kinds[kind]).filter(
      (variant) =>
        catalogue.variants[variant].accuracyPercent >= traffic.accuracyPercent(kind) &&
        catalogue.latency[variant].expectedBatchNs(1) <= budgetNs,
    );
    if (variants.length === 0) continue;
    for (const variant of variants) {
      budgetsNs[variant] = budgetsNs[variant] < 0 ? budgetNs : Math.min(budgetsNs[variant], budgetNs);
    }
    demands.push({ rateRps: rate * headroom, variants });
    kinds.push(kind);
  }
  const batches = Int32Array.from(catalogue.variants, ({ maxBatch }, variant) =>
    largestBatch(catalogue.latency[variant], maxBatch, budgetsNs[variant]),
  );
  const offers = catalogue.variants.map(({ accuracyPercent, index }) => ({
    accuracyPercent,
    throughputRps:
      batches[index] === 0
        ? 0
        : (batches[index] * NANOS_PER_SECOND) / catalogue.latency[index].expectedBatchNs(batches[index]),
    need: needOf(catalogue, index),
  }));
  return { problem: { offers, machines: machineOffers(catalogue, fleet), demands }, kinds, batches };
}

/** The largest batch that is expected to execute within a budget; 0 when none is. */
export function largestBatch(latency: LatencyModel, maxBatch: number, budgetNs: Nanos): number {
  for (let batch = maxBatch; batch > 0; batch -= 1) {
    if (latency.expectedBatchNs(batch) <= budgetNs) return batch;
  }
  return 0;
}
