/**
 * The health service: whether the server, or one of its services, takes queries. Open to everybody: a load balancer
 * has no key, and it learns no more than that.
 */
import { status } from '@grpc/grpc-js';
import { CallFailure } from './call-failure.ts';
import { loadService } from './definitions.ts';
import type { CallContext, GrpcService } from './method.ts';

export interface HealthParts {
  /** Whether queries are taken now. */
  readonly isReady: () => boolean;
  /** Full names of the services that may be asked for; the empty name is the server as a whole. */
  readonly serviceNames: readonly string[];
}

interface HealthCheckRequest {
  readonly service: string;
}

/** How often a watch looks; the protocol promises no more than `eventually`. */
const WATCH_PERIOD_MS = 250;

/** Declares the health service. */
export function healthService({ isReady, serviceNames }: HealthParts): GrpcService {
  const known = new Set(['', ...serviceNames]);
  const statusOf = (service: string): string => {
    if (!known.has(service)) return 'SERVICE_UNKNOWN';
    return isReady() ? 'SERVING' : 'NOT_SERVING';
  };
  return {
    codec: loadService('grpc.health.v1.Health'),
    methods: {
      Check: {
        kind: 'unary',
        scope: 'open',
        rawField: 0,
        run(request) {
          // Decoded by this service's own codec.
          const { service } = request as HealthCheckRequest;
          if (!known.has(service)) throw new CallFailure(status.NOT_FOUND, 'unknown service');
          return { status: statusOf(service) };
        },
      },
      Watch: {
        kind: 'server-stream',
        scope: 'open',
        rawField: 0,
        run: (request, context, send) => watch((request as HealthCheckRequest).service, context, send, statusOf),
      },
    },
  };
}

/** Sends the status now and at every change, until the client leaves or the listener closes. */
async function watch(
  service: string,
  { signal, stopping }: CallContext,
  send: (answer: object) => Promise<void>,
  statusOf: (service: string) => string,
): Promise<void> {
  let sent = '';
  while (!signal.aborted && !stopping.aborted) {
    const now = statusOf(service);
    if (now !== sent) await send({ status: now });
    sent = now;
    await pause([signal, stopping]);
  }
  if (!signal.aborted && sent !== 'NOT_SERVING') await send({ status: 'NOT_SERVING' });
}

/** Waits for one period, or until one of the signals fires. */
function pause(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, WATCH_PERIOD_MS);
    timer.unref();
    for (const signal of signals) signal.addEventListener('abort', wake, { once: true });
  });
}
