/** The listeners over gRPC: the Open Inference Protocol, and TorchServe's two services, each where the config has it. */
import type { ListenerStatus } from '../control/index.ts';
import {
  healthService,
  inferenceService,
  startGrpcServer,
  torchServeInferenceService,
  torchServeManagementService,
} from '../grpc/index.ts';
import type { GrpcOptions, GrpcService } from '../grpc/index.ts';
import type { Gate } from '../http/index.ts';
import type { TorchServeCalls } from '../torchserve/index.ts';
import type { ListenerServices } from './listener-services.ts';

export function openGrpc(parts: ListenerServices, options: GrpcOptions): Promise<ListenerStatus> {
  const { service, statistics, repository, gate } = parts;
  const { serverName } = parts.options.openInference;
  const inference = { service, statistics, repository, serverName, serverVersion: parts.options.version };
  const health = { isReady: () => service.isReady, serviceNames: ['inference.GRPCInferenceService'] };
  return opened(parts, options, { name: 'grpc', gate, services: [inferenceService(inference), healthService(health)] });
}

export function openTorchServeGrpc(
  parts: ListenerServices,
  options: GrpcOptions,
  api: { readonly name: 'inference' | 'management'; readonly gate: Gate; readonly calls: TorchServeCalls },
): Promise<ListenerStatus> {
  const { gate, calls } = api;
  const name = `torchserve-grpc-${api.name}`;
  if (api.name === 'management')
    return opened(parts, options, { name, gate, services: [torchServeManagementService(calls)] });
  const serviceNames = ['org.pytorch.serve.grpc.inference.InferenceAPIsService'];
  const health = healthService({ isReady: () => parts.service.isReady, serviceNames });
  return opened(parts, options, { name, gate, services: [torchServeInferenceService(calls), health] });
}

async function opened(
  { telemetry, closers }: ListenerServices,
  options: GrpcOptions,
  { name, gate, services }: { readonly name: string; readonly gate: Gate; readonly services: readonly GrpcService[] },
): Promise<ListenerStatus> {
  const server = await startGrpcServer({ name, gate, services, watches: [telemetry.watch] }, options);
  closers.add(() => server.close());
  return { protocol: name, address: `${server.host}:${server.port}` };
}
