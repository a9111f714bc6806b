/** Real work on ONNX Runtime: engines in processes of their own, and the backend port on top of them. */
export { OnnxBackend } from './onnx-backend.ts';
export type { OnnxBackendOptions } from './onnx-backend.ts';
export type { Payloads } from './payloads.ts';
export { Engines } from './engines.ts';
export type { Engine, EngineEnd, EngineFailure, EngineResult } from './engine.ts';
export type {
  InputArray,
  InputPlan,
  LoadReport,
  LoadSpec,
  OutputArray,
  OutputTensor,
  RunReport,
  UnloadReport,
} from './engine-protocol.ts';
export { availableHardware } from './devices.ts';
export { builtEntry } from './built-entry.ts';
