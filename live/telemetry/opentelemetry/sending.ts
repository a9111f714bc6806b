/**
 * Traces and metrics on their way to a collector. Telemetry loads this module where there is one: whoever has none never
 * loads OpenTelemetry, which takes a tenth of a service's start.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import type { Registry } from 'prom-client';
import type { WatchedRequest } from '../../http/index.ts';
import { exportMetrics } from './metrics-export.ts';
import { hasCollector } from './otlp-options.ts';
import type { Environment, OtlpOptions } from './otlp-options.ts';
import { RegistryProducer } from './registry-producer.ts';
import { beginSpan } from './request-span.ts';
import type { RequestSpan } from './request-span.ts';
import { openTracing } from './tracing.ts';
import type { SendingReport } from './watched-exporter.ts';

export interface SendingParts {
  readonly options: OtlpOptions;
  readonly environment: Environment;
  /** Of this program. */
  readonly version: string;
  readonly registry: Registry;
  /** Brings what the registry reads from snapshots up to date. */
  readonly refresh: () => void;
  readonly report: SendingReport;
}

export interface Sending {
  /** Undefined where metrics alone are sent. */
  readonly beginSpan: ((request: WatchedRequest) => RequestSpan) | undefined;
  /** Sends what is waiting. */
  close(): Promise<void>;
}

export function openSending({ options, environment, version, registry, refresh, report }: SendingParts): Sending {
  const resource = resourceOf(version, environment);
  const closers: (() => Promise<void>)[] = [];
  const tracing = hasCollector('TRACES', options, environment) ? openTracing(options, resource, report) : undefined;
  if (tracing !== undefined) closers.push(() => tracing.close());
  if (hasCollector('METRICS', options, environment)) {
    const producer = new RegistryProducer({ registry, resource, refresh });
    closers.push(exportMetrics({ options, resource, producer, report }));
  }
  return {
    beginSpan: tracing && ((request) => beginSpan(tracing.tracer, request, epochMs)),
    close: async () => {
      await Promise.allSettled(closers.map((close) => close()));
    },
  };
}

/** Who sends: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win. */
function resourceOf(version: string, environment: Environment): Resource {
  const named = environment['OTEL_SERVICE_NAME'];
  const own = resourceFromAttributes({
    'service.name': 'rehearse',
    'service.version': version,
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
  });
  const given = detectResources({ detectors: [envDetector] });
  const resource = defaultResource().merge(own).merge(given);
  return named === undefined || named === ''
    ? resource
    : resource.merge(resourceFromAttributes({ 'service.name': named }));
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
