/**
 * The dashboard of a service: keeps the last minutes, and sends every second what is new to the pages that are open.
 * A page sees plain snapshots; it can change nothing.
 */
import type { RouteSet } from '../http/index.ts';
import type { DecisionSnapshot, ServicePort, ServiceSnapshot } from '../service/index.ts';
import { dashboardRoutes } from './dashboard-routes.ts';
import { EventStreams } from './event-streams.ts';
import { History } from './history.ts';
import type { WireSecond } from './history.ts';

export interface DashboardOptions {
  /** Pages that are open at once, from 1. */
  readonly pagesMost: number;
  /** Seconds that the charts go back, 60 to 3600. */
  readonly historyS: number;
}

export interface Dashboard {
  readonly routes: RouteSet;
  /** Ends the streams; before its listener closes, which waits for them. */
  close(): void;
}

const PERIOD_MS = 1000;

export function openDashboard(
  { pagesMost, historyS }: DashboardOptions,
  { service, version }: { readonly service: ServicePort; readonly version: string },
): Dashboard {
  const history = new History(historyS);
  const streams = new EventStreams(pagesMost);
  const endObservation = service.observe(history);
  const timer = setInterval(() => {
    const snapshot = service.snapshot();
    const second = history.close(snapshot, Date.now());
    if (streams.count > 0) streams.send(secondEvent({ snapshot, second, version }));
  }, PERIOD_MS);
  timer.unref();
  return {
    routes: dashboardRoutes({ history: () => history.wire(), events: () => streams.add() }),
    close: () => {
      clearInterval(timer);
      endObservation();
      streams.close();
    },
  };
}

/** Decisions are most of a snapshot's text and change seldom: they are sent when they did. */
function secondEvent(parts: {
  readonly snapshot: ServiceSnapshot;
  readonly second: WireSecond;
  readonly version: string;
}): Parameters<EventStreams['send']>[0] {
  const { snapshot, second, version } = parts;
  const { decisions, ...rest } = snapshot;
  return {
    name: 'second',
    state: decisionsState(decisions),
    whole: () => JSON.stringify({ second, version, snapshot }),
    brief: () => JSON.stringify({ second, version, snapshot: rest }),
  };
}

function decisionsState(decisions: readonly DecisionSnapshot[]): string {
  return `${decisions.length} ${decisions[0]?.atMs ?? 0} ${decisions.at(-1)?.atMs ?? 0}`;
}
