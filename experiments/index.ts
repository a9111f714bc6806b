/** Experiments: configs, planning, running in either world, statistics, comparison. */
export { loadConfig } from './config/load-config.ts';
export type { ConfigOverrides } from './config/load-config.ts';
export { loadService } from './config/service/load-service.ts';
export type { ServiceOverrides } from './config/service/service-data.ts';
export type { ServiceConfig, ServiceVariantConfig } from './config/service/service-config.ts';
export type { ServiceSettings } from './config/service/schema.ts';
export { grpcDefaults } from './config/service/schema.ts';
export { CONFIG_KINDS, jsonSchema } from './config/schema.ts';
export type { ConfigKind } from './config/schema.ts';
export type { ExperimentConfig } from './config/experiment-config.ts';
export { runExperiment, runLiveExperiment } from './run/run-experiment.ts';
export type { ExperimentRun, Progress, RunOptions } from './run/run-experiment.ts';
export { withTrace } from './config/with-trace.ts';
export { prepareFile, writeWhole } from './run/write-results.ts';
export { allowDeepInlining } from './run/inlining.ts';
export { rehearseVersion } from './run/environment.ts';
export { familyOfKey, snakeCase } from './config/schema/policies.ts';
export type {
  FidelityCellInput,
  FidelityOptions,
  MatchedResults,
  PlacedResult,
  ResultPair,
} from './measure/fidelity/index.ts';
export { DEFAULT_BAR, fidelityOf, matchResults } from './measure/fidelity/index.ts';
export type { ComparedResult, TimingsConfig, TimingsOptions, TimingsProgress } from './measure/timings/index.ts';
export { compareTimings, loadTimingsConfig, runTimings } from './measure/timings/index.ts';
export { calibrate, judgeCalibration } from './measure/calibration/index.ts';
export type { CalibrationFit, JudgedCell } from './measure/calibration/index.ts';
export { calibrationData } from './config/schema/calibration.ts';
export { cellsOfMatrix, loadMatrix, runMatrix } from './measure/matrix/index.ts';
export type { MatrixConfig, MatrixProgress, MatrixRecord } from './measure/matrix/index.ts';
export { environmentOf } from './run/environment.ts';
