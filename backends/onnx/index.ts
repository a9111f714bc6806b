/** Real work on ONNX Runtime: engines in processes of their own, and the backend port on top of them. */
export type { EngineDeath } from './engine-death.ts';
export { OnnxBackend } from './onnx-backend.ts';
export type { OnnxBackendOptions } from './onnx-backend.ts';
export type { Payloads } from './payloads.ts';
export { describeModel } from './describe-model.ts';
export type { DescribeOptions, ModelDescription } from './describe-model.ts';
export { Engines } from './engines.ts';
export type { EnginesOptions } from './engines.ts';
export type { Engine, EngineEnd, EngineFailure, EngineResult, RunOutputs } from './engine.ts';
export type { LoadReport, LoadSpec, ModelTensors, RunInputs, TensorPlace, UnloadReport } from './engine-protocol.ts';
export { availableHardware } from './devices.ts';
export { sessionOptions } from './session-options.ts';
export { packBatch } from './pack-batch.ts';
export { handOutBatch } from './hand-out-batch.ts';
