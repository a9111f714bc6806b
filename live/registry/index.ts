/** What was registered while the service ran, and the model files that belong to it. */
export type { BatchingRecord, ModelRecord, NewModel, SourceKind } from './model-record.ts';
export type { StagedArtifact } from './registry.ts';
export { Registry } from './registry.ts';
export { toBatchingRecord, toServedVariants } from './served-variants.ts';
