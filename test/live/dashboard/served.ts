/** A dashboard behind a listener, as a browser meets it. */
import { openDashboard } from '../../../live/dashboard/index.ts';
import type { Dashboard } from '../../../live/dashboard/index.ts';
import { createListener, openGate } from '../../../live/http/index.ts';
import type { HttpOptions, Listener } from '../../../live/http/index.ts';
import type { StagedService } from './staged-service.ts';

export const HTTP: HttpOptions = {
  host: '127.0.0.1',
  port: 0,
  bodyMaxBytes: 1e6,
  inflatedMaxBytes: 1e6,
  bodiesMaxBytes: 100_000_000,
  bodyChunksMax: 100,
  headMaxBytes: 16384,
  headTimeoutMs: 5000,
  requestTimeoutMs: 5000,
  timeoutCheckMs: 1000,
  keepAliveMs: 5000,
  sendTimeoutMs: 5000,
  connectionsMax: 100,
  requestsPerConnectionMax: 0,
  pipelinedMax: 10,
  compressFromBytes: 1000,
  closeTimeoutMs: 1000,
};

export interface ServedDashboard {
  readonly dashboard: Dashboard;
  readonly listener: Listener;
  close(): Promise<boolean>;
}

export async function serveDashboard(
  service: StagedService,
  { pagesMost = 4, port = 0, gate = openGate({ host: '127.0.0.1', managementOpen: false }) } = {},
): Promise<ServedDashboard> {
  const dashboard = openDashboard({ pagesMost, historyS: 900 }, { service, version: '1.2.3' });
  const listener = await createListener({ ...HTTP, port }, { name: 'metrics', gate, routeSets: [dashboard.routes] });
  return {
    dashboard,
    listener,
    close: () => {
      dashboard.close();
      return listener.close();
    },
  };
}
