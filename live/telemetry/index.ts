/** Metrics, logs and traces of the service. */
export { startTelemetry } from './telemetry.ts';
export type { Telemetry } from './telemetry.ts';
export type { Peer, TelemetryOptions, TelemetryParts } from './telemetry-options.ts';
export type { FamilySet, MetricsPage } from './metrics/metrics.ts';
export { shownText } from './logs/shown-text.ts';
export type { LogLevel, LogOptions } from './logs/log-options.ts';
export type { Environment, OtlpOptions } from './opentelemetry/otlp-options.ts';
