/** What a latency table cannot know, fitted to one live run. */
export { fitCalibration } from './fit-calibration.ts';
export type { CalibrationFit, FitParts } from './fit-calibration.ts';
export { observedBatches } from './observed-batches.ts';
export type { ObservedBatch } from './observed-batches.ts';
export { batchWaitOf } from './batch-wait.ts';
export { calibrate, judgeCalibration, refuseInvalid } from './calibrate.ts';
export type { JudgedCell } from './calibrate.ts';
