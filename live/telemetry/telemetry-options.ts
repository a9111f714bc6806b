/** What can be set of metrics, logs and traces, and what they need. Types only; defaults live in the service's config. */
import type { ServicePort } from '../service/index.ts';
import type { LogOptions } from './logs/log-options.ts';
import type { ConnectionCounts } from './metrics/http-metrics.ts';
import type { Environment, OtlpOptions } from './opentelemetry/otlp-options.ts';

/** Servers whose metrics are told under their names, beside our own. */
export type Peer = 'triton' | 'torchserve' | 'kserve';

export interface TelemetryOptions {
  /** Peers whose families `GET /metrics` shows after our own. All are counted, whatever is shown. */
  readonly peers: readonly Peer[];
  /** Applications with series of their own, from 1; the others are counted as `other`. */
  readonly applicationsMost: number;
  readonly logs: LogOptions;
  readonly otlp: OtlpOptions;
}

export interface TelemetryParts {
  readonly service: ServicePort;
  /** Of this program. */
  readonly version: string;
  /** USD per hour of a type of machine; undefined for one without a price. */
  readonly priceUsdPerHour: (machineType: string) => number | undefined;
  /** Connections that are open now, by listener. */
  readonly connections: ConnectionCounts;
  /** `process.env`. */
  readonly environment: Environment;
}
