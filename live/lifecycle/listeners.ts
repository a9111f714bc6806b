/** Opens the listeners of a server, each with its routes. They close before anything that their handlers use. */
import type { ListenerStatus } from '../control/index.ts';
import { controlRoutes } from '../control/index.ts';
import { openDashboard } from '../dashboard/index.ts';
import { createListener } from '../http/index.ts';
import type { RouteSet } from '../http/index.ts';
import { offlineRoutes } from '../offline/index.ts';
import { openInferenceRoutes } from '../open-inference/index.ts';
import { checkPaths, pathRoutes } from '../paths/index.ts';
import type { ListenerServices } from './listener-services.ts';
import { listenedWith } from './port-taken.ts';

/** @returns where they listen, the main one first. */
export async function openListeners(parts: ListenerServices): Promise<readonly ListenerStatus[]> {
  const { grpc, torchserve } = parts.options;
  const opened = [await openMain(parts)];
  // What is off is not loaded either: gRPC takes a tenth of a service's start.
  if (grpc !== undefined) {
    const { openGrpc } = await import('./grpc-listener.ts');
    opened.push(await listenedWith('--grpc-port', openGrpc(parts, grpc)));
  }
  if (torchserve !== undefined) {
    const { openTorchServe } = await import('./torchserve-listeners.ts');
    opened.push(...(await openTorchServe(parts, torchserve)));
  }
  return opened;
}

async function openMain(parts: ListenerServices): Promise<ListenerStatus> {
  const { options, service, handlers, statistics, repository, manager, telemetry, gate, server, stop } = parts;
  const { version, openInference } = options;
  const more = offlineRoutes({ jobs: parts.jobs, service });
  const sets: RouteSet[] = [
    openInferenceRoutes({ ...openInference, serverVersion: version }, { service, statistics, repository }),
    controlRoutes({ service, handlers, models: manager, server, stop: (machines) => void stop(machines), more }),
    telemetry.routes(),
  ];
  const dashboard = options.dashboard && openDashboard(options.dashboard, { service, version });
  if (dashboard !== undefined) sets.push(dashboard.routes);
  const taken = sets.flatMap(({ routes }) => routes.map(({ path }) => path));
  checkPaths(options.paths, taken);
  const routeSets = [...sets, ...pathRoutes({ service, handlers }, options.paths)];
  const listening = createListener(options.http, { name: 'http', gate, routeSets, watches: [telemetry.watch] });
  const listener = await listenedWith('--port', listening).catch((error: unknown) => {
    dashboard?.close();
    throw error;
  });
  parts.closers.add(async () => {
    // Its streams would keep the listener open.
    dashboard?.close();
    await listener.close();
  });
  parts.drains.push(() => listener.drain());
  parts.connections.push(['http', () => listener.connections]);
  return { protocol: 'http', address: listener.url };
}
