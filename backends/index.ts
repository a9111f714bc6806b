/** How long work takes, or real work, and what there is to run: latency tables, the catalogue, engines. */
export type { LatencyModelOptions, Sampling } from './table/latency-model.ts';
export { SAMPLINGS, latencyModel } from './table/latency-model.ts';
export type { ProfileProblem, ProfileWarning } from './table/profile-problems.ts';
export { profileProblems, profileWarnings } from './table/profile-problems.ts';
export type {
  CatalogueDefinitions,
  MachineTypeDefinition,
  Origin,
  VariantDefinition,
} from './catalogue/definitions.ts';
export type { CatalogueNeeds } from './catalogue/bundled-catalogue.ts';
export { bundledCatalogue } from './catalogue/bundled-catalogue.ts';
export { loadCatalogueFiles } from './catalogue/load-catalogue-files.ts';
export type { DefinitionSource } from './catalogue/definition-errors.ts';
export type { ReadDefinitions } from './catalogue/read-definitions.ts';
export { readDefinitions } from './catalogue/read-definitions.ts';
export type { CatalogueSelection } from './catalogue/select-catalogue.ts';
export { joinDefinitions, selectCatalogue } from './catalogue/select-catalogue.ts';
export type { VariantFilter } from './catalogue/variant-filter.ts';
export { unknownName } from './catalogue/selection-errors.ts';
export { meantName, nearestNames } from './catalogue/nearest-name.ts';
export type { ValuePath, YamlText } from './catalogue/yaml-text.ts';
export { parseYamlText } from './catalogue/yaml-text.ts';
export { repositoryRoot } from './catalogue/repository-root.ts';
export * from './tensors/index.ts';
export * from './handlers/index.ts';
export * from './process/index.ts';
export * from './onnx/index.ts';
export * from './solver/index.ts';
export * from './zoo/index.ts';
