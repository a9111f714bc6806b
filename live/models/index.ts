/** Models from files: read, checked and measured, then kept by the registry and served. */
export type { ArchiveLimits } from './archive-entry.ts';
export type { SourceOptions } from './model-sources.ts';
export { ModelSources } from './model-sources.ts';
export type { ArchiveRequest, IntakeOptions, ModelRequest, RepositoryRequest, TextRequest } from './intake.ts';
export { loadArchives } from './load-archives.ts';
export type { MarWishes } from './mar-draft.ts';
export type { ModelCheckOptions } from './complete-draft.ts';
export type { ModelManagerOptions, RegisterOptions, Registered } from './model-manager.ts';
export { ModelManager } from './model-manager.ts';
export { TorchServeModels } from './torchserve-models.ts';
export type { TritonRepositoryOptions } from './triton-repository.ts';
export { TritonRepository } from './triton-repository.ts';
