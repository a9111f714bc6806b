/** Networks of published shape with seeded random weights, as ONNX files: for timings, untrained. */
export { ZOO_NETWORKS } from './networks.ts';
export { writeZooDefinition } from './zoo-definition.ts';
export type { ZooChoice, ZooModel, ZooModelOptions, ZooNetwork, ZooPrecision } from './zoo-model.ts';
export { ZOO_PRECISIONS, buildZooModel, zooNetwork, zooProblems } from './zoo-model.ts';
