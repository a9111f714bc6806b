/** The profiler: latency tables of models, measured through the engines that serve them. */
export { workersToTry } from './options.ts';
export type { ProfileOptions, ProfileProgress, ProfiledVariant } from './options.ts';
export { measureVariants, profileVariants } from './profile-variants.ts';
export type { MeasuredVariant, MeasuredVariants } from './profile-variants.ts';
export type { Normalisation, VariantSummary, CellSummary } from './summarise.ts';
export { summaryOf } from './summarise.ts';
export type { NoiseReport } from './noise.ts';
export { spreadText } from './noise.ts';
export { describeModels, modelFiles, namedAfter, wishOf } from './models.ts';
export type { DescribedModel, ModelWish } from './models.ts';
export { profileModels } from './profile-models.ts';
export type { ProfileOutcome, WrittenProfile } from './profile-models.ts';
export { parseShape } from './shape-choice.ts';
export { SAMPLE_RULE } from './sample-rule.ts';
export { quantileOf } from './quantile-of.ts';
