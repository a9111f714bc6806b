/** Sends the registry's metrics to a collector from time to time, by OTLP over HTTP. */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import type { OtlpOptions } from './otlp-options.ts';
import { signalUrl } from './otlp-options.ts';
import { watched } from './watched-exporter.ts';
import type { SendingReport } from './watched-exporter.ts';

const SEND_MS_MOST = 5000;

/** @returns sends once more and ends. */
export function exportMetrics(parts: {
  readonly options: OtlpOptions;
  readonly resource: Resource;
  readonly producer: MetricProducer;
  readonly report: SendingReport;
}): () => Promise<void> {
  const { options, resource, producer, report } = parts;
  const timeoutMillis = Math.min(SEND_MS_MOST, options.metricsPeriodMs);
  const exporter = new OTLPMetricExporter({ ...signalUrl('metrics', options), timeoutMillis });
  const reader = new PeriodicExportingMetricReader({
    exporter: watched(exporter, 'metrics', report),
    exportIntervalMillis: options.metricsPeriodMs,
    exportTimeoutMillis: timeoutMillis,
    metricProducers: [producer],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return () => provider.shutdown();
}
