/**
 * Honest statistics for experiments: intervals, paired comparisons, warm-up, sample sizes and the stop rule.
 * Pure functions over numbers; where the numbers come from is the business of the rest of `experiments`.
 */
export { batchMeans } from './batch-means.ts';
export type { BatchMeansInterval, BatchMeansOptions, BatchMeansRefusal } from './batch-means.ts';
export { intervalOf, relativeHalfWidth } from './interval.ts';
export type { Interval } from './interval.ts';
export { mser5 } from './mser.ts';
export type { WarmUpCut, WarmUpRefusal } from './mser.ts';
export { compareToBaseline } from './multiple-comparisons.ts';
export type { BaselineComparisons, ComparisonFamily, Correction, NamedComparison } from './multiple-comparisons.ts';
export { comparePaired } from './paired.ts';
export type { ComparisonVerdict, MetricDirection, PairedComparison, PairedSamples } from './paired.ts';
export {
  conservativePercentileIndex,
  earlyStopping,
  minimumPassingQueries,
  overLatencyAllowed,
  percentileNotice,
  samplesForPercentile,
} from './quantile-sufficiency.ts';
export type { EarlyStopping, PercentileRule } from './quantile-sufficiency.ts';
export { decideReplications } from './replication-plan.ts';
export type { ReplicationPlan, ReplicationsGoOn, ReplicationsStop } from './replication-plan.ts';
