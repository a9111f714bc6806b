/**
 * Traces: one server span a request, with the parts of its answer as children, sent by OTLP over HTTP in the
 * background. Spans wait in a bounded queue and those beyond are dropped: a collector that does not answer costs memory
 * up to the bound and nothing else.
 */
import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { OtlpOptions } from './otlp-options.ts';
import { signalUrl } from './otlp-options.ts';
import { watched } from './watched-exporter.ts';
import type { SendingReport } from './watched-exporter.ts';

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is waiting, for a few seconds at most. */
  close(): Promise<void>;
}

/** Spans that wait, and that go out at once, at most. A span takes about 2 kB: 16 MB. */
const QUEUE_MOST = 8192;
const BATCH_MOST = 512;
const DELAY_MS = 1000;
const SEND_MS = 5000;

export function openTracing(options: OtlpOptions, resource: Resource, report: SendingReport): Tracing {
  const exporter = new OTLPTraceExporter({ ...signalUrl('traces', options), timeoutMillis: SEND_MS });
  const provider = new BasicTracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor(watched(exporter, 'traces', report), {
        maxQueueSize: QUEUE_MOST,
        maxExportBatchSize: BATCH_MOST,
        scheduledDelayMillis: DELAY_MS,
        exportTimeoutMillis: SEND_MS,
      }),
    ],
  });
  return { tracer: provider.getTracer('rehearse'), close: () => provider.shutdown() };
}
