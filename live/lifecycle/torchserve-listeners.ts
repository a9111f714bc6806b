/** TorchServe's APIs: its three HTTP addresses, and its two gRPC services where the config asks for them. */
import type { ListenerStatus } from '../control/index.ts';
import { createListener } from '../http/index.ts';
import { TokenKeys, TorchServeCalls, tokenGate, torchServeApi, torchServeListeners } from '../torchserve/index.ts';
import type { ListenerServices } from './listener-services.ts';
import { listenedWith } from './port-taken.ts';
import type { TorchServeSettings } from './server-options.ts';

export async function openTorchServe(
  parts: ListenerServices,
  torchserve: TorchServeSettings,
): Promise<readonly ListenerStatus[]> {
  const { options, service, handlers, models, telemetry, store, closers, connections } = parts;
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
    const listening = createListener({ ...options.http, host, port }, { name, gate, routeSets, watches });
    const listener = await listenedWith('--set service.torchserve.{inference,management,metrics}_port=...', listening);
    closers.add(async () => {
      await listener.close();
    });
    parts.drains.push(() => listener.drain());
    connections.push([name, () => listener.connections]);
    opened.push({ protocol: name, address: listener.url });
  }
  if (torchserve.grpc.length === 0) return opened;
  const { openTorchServeGrpc } = await import('./grpc-listener.ts');
  for (const [name, settings] of torchserve.grpc) {
    const listening = openTorchServeGrpc(parts, settings, { name, gate, calls: new TorchServeCalls(api) });
    opened.push(await listenedWith(`--set service.torchserve.grpc_${name}_port=...`, listening));
  }
  return opened;
}
