/**
 * Metrics, logs and traces of a service, from its start to its end. What is switched off costs nothing; what is on
 * never holds a request up: queues are bounded, and a collector, disk or scraper that fails costs its own data only.
 */
import type { Logger } from 'pino';
import type { RequestWatch, RouteSet } from '../http/index.ts';
import type { ServiceObserver } from '../service/index.ts';
import { openLogger } from './logs/logger.ts';
import { serviceLog } from './logs/service-log.ts';
import { Metrics } from './metrics/metrics.ts';
import type { FamilySet, MetricsPage } from './metrics/metrics.ts';
import { metricsRoutes } from './metrics/metrics-routes.ts';
import { hasCollector } from './opentelemetry/otlp-options.ts';
import { SendingLog } from './opentelemetry/sending-log.ts';
import { requestWatcher } from './request-watcher.ts';
import type { TelemetryOptions, TelemetryParts } from './telemetry-options.ts';
import { WorkerPlaces } from './worker-places.ts';

export interface Telemetry {
  /** For every listener. */
  readonly watch: RequestWatch;
  /** For lines of others: start, stop, registrations. Text from a client goes through `shownText` first. */
  readonly logger: Logger;
  /** `GET /metrics`: our own families and the peers' that were chosen, or those given. */
  routes(sets?: readonly FamilySet[]): RouteSet;
  /** An exposition as text. @param names families that are wanted; all when there are none. */
  page(sets: readonly FamilySet[], names?: readonly string[]): Promise<MetricsPage>;
  /** Opens the log's file again, after it was moved away. */
  reopenLog(): void;
  /** Sends and writes what is waiting, for `CLOSE_MS` at most. */
  close(): Promise<void>;
}

/** How long the end of the service waits for a collector. */
const CLOSE_MS = 3000;

export async function startTelemetry(options: TelemetryOptions, parts: TelemetryParts): Promise<Telemetry> {
  const { service, environment, version } = parts;
  const log = openLogger(options.logs);
  const { logger } = log;
  const metrics = new Metrics(parts, options.applicationsMost);
  const places = new WorkerPlaces();
  const observers: ServiceObserver[] = [metrics];
  if (logger.isLevelEnabled('warn')) observers.push(serviceLog(logger), places);
  const ends = observers.map((observer) => service.observe(observer));

  const { report } = new SendingLog(logger, metrics.registry, log.dropped);
  const { otlp } = options;
  const sends = hasCollector('TRACES', otlp, environment) || hasCollector('METRICS', otlp, environment);
  const { registry } = metrics;
  const refresh = (): void => void metrics.refresh();
  // Whoever sends nothing does not load what sends.
  const sending = sends
    ? (await import('./opentelemetry/sending.ts')).openSending({
        options: otlp,
        environment,
        version,
        registry,
        refresh,
        report,
      })
    : undefined;
  return {
    watch: requestWatcher({
      metrics,
      logger,
      beginSpan: sending?.beginSpan,
      logsAll: options.logs.requests,
      machineOf: (worker) => places.machineOf(worker),
    }),
    logger,
    routes: (sets = ['rehearse', ...options.peers]) => metricsRoutes(metrics, sets),
    page: (sets, names) => metrics.page(sets, names),
    reopenLog: () => log.reopen(),
    close: async () => {
      for (const end of ends) end();
      await withinTime(sending?.close());
      metrics.close();
      await log.close();
    },
  };
}

async function withinTime(work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
