/** TorchServe's APIs: its three HTTP addresses, and its two gRPC services where the config asks for them. */
import type { ListenerStatus } from '../control/index.ts';
import {
  healthService,
  startGrpcServer,
  torchServeInferenceService,
  torchServeManagementService,
} from '../grpc/index.ts';
import type { GrpcService } from '../grpc/index.ts';
import { createListener } from '../http/index.ts';
import { TokenKeys, TorchServeCalls, tokenGate, torchServeApi, torchServeListeners } from '../torchserve/index.ts';
import type { ListenerServices } from './listener-services.ts';

export async function openTorchServe(parts: ListenerServices): Promise<readonly ListenerStatus[]> {
  const { options, service, handlers, models, telemetry, store, closers, connections } = parts;
  const { torchserve } = options;
  if (torchserve === undefined) return [];
  const api = torchServeApi({ service, handlers, models, options: torchserve.api });
  const { tokenExpiryMs } = torchserve;
  const keys =
    tokenExpiryMs === undefined
      ? undefined
      : new TokenKeys({ folder: store.folder, expiryMs: tokenExpiryMs, nowMs: Date.now });
  const gate = keys === undefined ? parts.gate : tokenGate(keys, parts.gate);
  const watches = [telemetry.watch];
  const opened: ListenerStatus[] = [];
  const metrics = telemetry.routes(['torchserve']);
  for (const { name, host, port, routeSets } of torchServeListeners(torchserve.addresses, { api, keys, metrics })) {
    const listener = await createListener({ ...options.http, host, port }, { name, gate, routeSets, watches });
    closers.add(async () => {
      await listener.close();
    });
    connections.push([name, () => listener.connections]);
    opened.push({ protocol: name, address: listener.url });
  }
  for (const [name, settings] of torchserve.grpc) {
    const services = grpcServices(name, parts, new TorchServeCalls(api));
    const server = await startGrpcServer({ name: `torchserve-grpc-${name}`, gate, services, watches }, settings);
    closers.add(() => server.close());
    opened.push({ protocol: `torchserve-grpc-${name}`, address: `${server.host}:${server.port}` });
  }
  return opened;
}

function grpcServices(
  name: 'inference' | 'management',
  { service }: ListenerServices,
  calls: TorchServeCalls,
): readonly GrpcService[] {
  if (name === 'management') return [torchServeManagementService(calls)];
  const serviceNames = ['org.pytorch.serve.grpc.inference.InferenceAPIsService'];
  return [torchServeInferenceService(calls), healthService({ isReady: () => service.isReady, serviceNames })];
}
