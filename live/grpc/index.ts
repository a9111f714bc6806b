/** The service over gRPC: listeners with limits, and the services that they offer. */
export type { GrpcOptions, GrpcParts } from './grpc-options.ts';
export type { GrpcServer } from './grpc-server.ts';
export { startGrpcServer } from './grpc-server.ts';
export type { GrpcService } from './method.ts';
export type { InferenceParts } from './inference-service.ts';
export { inferenceService } from './inference-service.ts';
export type { HealthParts } from './health-service.ts';
export { healthService } from './health-service.ts';
export type {
  TorchServeAnswer,
  TorchServeCalls,
  TorchServeParameters,
  TorchServePrediction,
  TorchServePredictionQuery,
} from './torchserve-calls.ts';
export { torchServeInferenceService } from './torchserve-inference.ts';
export { torchServeManagementService } from './torchserve-management.ts';
export type { ServiceName } from './definitions.ts';
export { protoPath } from './definitions.ts';
