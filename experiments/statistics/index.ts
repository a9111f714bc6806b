/**
 * Honest statistics for experiments: intervals, paired comparisons, dependence, sample sizes. Pure functions over
 * numbers; where the numbers come from is the business of the rest of `experiments`.
 */
export { isAutocorrelated } from './autocorrelation.ts';
export { intervalOf } from './interval.ts';
export type { Interval } from './interval.ts';
export { comparePaired } from './paired.ts';
export type { ComparisonVerdict, MetricDirection, PairedComparison, PairedSamples } from './paired.ts';
export {
  conservativePercentileIndex,
  earlyStopping,
  percentileNotice,
  samplesForPercentile,
} from './quantile-sufficiency.ts';
export type { EarlyStopping, PercentileRule } from './quantile-sufficiency.ts';
