/** Where OpenTelemetry's data goes. Types, and what the environment says. */

export interface OtlpOptions {
  /**
   * Base address of a collector that takes OTLP over HTTP, `http://127.0.0.1:4318`; '' leaves it to the environment:
   * OTEL_EXPORTER_OTLP_ENDPOINT and its variants for traces and metrics. Where neither says anything nothing is
   * made, counted or sent.
   */
  readonly endpoint: string;
  /** Share of traces that begin here and are recorded, 0 to 1; a client's own decision to record wins. */
  readonly sampleRatio: number;
  /** Milliseconds between two sendings of metrics, from 1000. */
  readonly metricsPeriodMs: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a signal has somewhere to go. */
export function hasCollector(
  signal: 'TRACES' | 'METRICS',
  { endpoint }: OtlpOptions,
  environment: Environment,
): boolean {
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  if (environment[`OTEL_${signal}_EXPORTER`] === 'none') return false;
  const named = [
    endpoint,
    environment['OTEL_EXPORTER_OTLP_ENDPOINT'],
    environment[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`],
  ];
  return named.some((url) => url !== undefined && url !== '');
}

/** The address of a signal; undefined leaves it to the exporter, which reads the environment. */
export function signalUrl(
  signal: 'traces' | 'metrics',
  { endpoint }: OtlpOptions,
): { readonly url: string } | undefined {
  return endpoint === '' ? undefined : { url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}` };
}
