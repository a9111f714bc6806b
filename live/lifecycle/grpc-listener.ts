/** The listener of the Open Inference Protocol over gRPC, with the health service beside it. */
import type { ListenerStatus } from '../control/index.ts';
import { healthService, inferenceService, startGrpcServer } from '../grpc/index.ts';
import type { ListenerServices } from './listener-services.ts';

const SERVICE_NAMES = ['inference.GRPCInferenceService'];

export async function openGrpc(parts: ListenerServices): Promise<readonly ListenerStatus[]> {
  const { options, service, statistics, repository, telemetry, gate, closers } = parts;
  if (options.grpc === undefined) return [];
  const { serverName } = options.openInference;
  const inference = { service, statistics, repository, serverName, serverVersion: options.version };
  const health = { isReady: () => service.isReady, serviceNames: SERVICE_NAMES };
  const services = [inferenceService(inference), healthService(health)];
  const server = await startGrpcServer({ name: 'grpc', gate, services, watches: [telemetry.watch] }, options.grpc);
  closers.add(() => server.close());
  return [{ protocol: 'grpc', address: `${server.host}:${server.port}` }];
}
