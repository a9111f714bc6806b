/** Load tests by LoadGen's rules: four scenarios, on a service in process, a simulated one, or any server. */
export { liveService } from './serving-system.ts';
export { DATASETS } from './open-inference/model-inputs.ts';
export type { Dataset } from './open-inference/model-inputs.ts';
export { servedModel } from './open-inference/served-model.ts';
export { prepareLoadOutput, runLoad, writeLoadLogs } from './run-load.ts';
export type { LoadProgress, LoadResult } from './run-load.ts';
export { SCENARIOS, SCENARIO_NAMES, defaultSettings } from './settings.ts';
export type { LoadSettings, Scenario } from './settings.ts';
export { summaryText } from './summary.ts';
export type { SystemUnderTest } from './system.ts';
export { serviceOf, simulateLoad } from './simulated-load.ts';
