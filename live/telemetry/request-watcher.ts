/**
 * Watches the requests of listeners for metrics, traces and logs together, so that each is timed once. On the path of
 * every request: it counts and queues.
 */
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { RequestWatch } from '../http/index.ts';
import { requestLine } from './logs/request-line.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Sending } from './opentelemetry/sending.ts';
import { traceIdOf } from './trace-id.ts';

export interface RequestWatcherParts {
  readonly metrics: Pick<Metrics, 'httpBegan' | 'httpEnded'>;
  /** Undefined where nothing is traced. */
  readonly beginSpan: Sending['beginSpan'];
  readonly logger: Logger;
  /** Whether requests that went well have a line. */
  readonly logsAll: boolean;
  /** Where a worker is; '' when it is not known. */
  readonly machineOf: (worker: string) => string;
}

export function requestWatcher({ metrics, beginSpan, logger, logsAll, machineOf }: RequestWatcherParts): RequestWatch {
  const logsSome = logger.isLevelEnabled('warn');
  const logsInfo = logsAll && logger.isLevelEnabled('info');
  return {
    began(request) {
      const startMs = performance.now();
      const { listener, method, route, protocol } = request;
      metrics.httpBegan(listener);
      const span = beginSpan?.(request);
      return (status, detail) => {
        const durationMs = performance.now() - startMs;
        const { receivedBytes, sentBytes } = detail;
        metrics.httpEnded(
          { listener, method, route, status, durationS: durationMs / 1000, receivedBytes, sentBytes },
          protocol,
        );
        span?.end(status, detail);
        const isFailure = status >= 500;
        if (!(isFailure ? logsSome : logsInfo)) return;
        const traceId = span?.traceId ?? traceIdOf(request.headers);
        const machine = machineOf(detail.worker ?? '');
        const line = requestLine({ request, status, detail, traceId, machine, durationMs });
        if (isFailure) logger.warn(line, 'request');
        else logger.info(line, 'request');
      };
    },
  };
}
