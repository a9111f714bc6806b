/**
 * Counts HTTP exchanges. A route is the pattern that it was registered under, never the path a client wrote; a method
 * that HTTP does not know is `_OTHER`, as OpenTelemetry has it. On the path of a request: it counts and returns.
 */
import type { Counter, Histogram } from 'prom-client';
import { HTTP_BUCKETS_S } from './buckets.ts';
import type { Families } from './families.ts';

const OF_EXCHANGE = ['listener', 'method', 'route', 'status'] as const;
const OF_LISTENER = ['listener'] as const;

type ExchangeLabels = Readonly<Record<(typeof OF_EXCHANGE)[number], string>>;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

export interface HttpEnd {
  readonly listener: string;
  readonly method: string;
  /** Pattern of the route; '' where none matched. */
  readonly route: string;
  readonly status: number;
  readonly durationS: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Connections of a listener that are open now. */
export type ConnectionCounts = () => Iterable<readonly [listener: string, open: number]>;

export class HttpMetrics {
  private readonly exchanges: Counter<(typeof OF_EXCHANGE)[number]>;
  private readonly duration: Histogram<(typeof OF_EXCHANGE)[number]>;
  private readonly received: Counter;
  private readonly sent: Counter;
  private readonly series = new Map<string, ExchangeLabels>();
  private readonly active = new Map<string, number>();

  constructor({ counter, gauge, histogram }: Families, connections: ConnectionCounts) {
    this.exchanges = counter('rehearse_http_requests_total', 'HTTP requests that were answered', OF_EXCHANGE);
    this.duration = histogram(
      'rehearse_http_request_duration_seconds',
      'From the first byte of a request to the last of its answer',
      HTTP_BUCKETS_S,
      OF_EXCHANGE,
    );
    this.received = counter('rehearse_http_received_bytes_total', 'Bodies of HTTP requests, as they were sent');
    this.sent = counter('rehearse_http_sent_bytes_total', 'Bodies of answers over HTTP');
    const open = gauge('rehearse_open_connections', 'Connections that are open', OF_LISTENER, () => {
      open.reset();
      for (const [listener, count] of connections()) open.set({ listener }, count);
    });
    const active = gauge('rehearse_http_active_requests', 'HTTP requests without an answer yet', OF_LISTENER, () => {
      for (const [listener, count] of this.active) active.set({ listener }, count);
    });
  }

  began(listener: string): void {
    this.active.set(listener, (this.active.get(listener) ?? 0) + 1);
  }

  ended({ listener, method, route, status, durationS, receivedBytes, sentBytes }: HttpEnd): void {
    this.active.set(listener, (this.active.get(listener) ?? 1) - 1);
    const labels = this.labelsOf(listener, METHODS.has(method) ? method : '_OTHER', route, status);
    this.exchanges.inc(labels);
    this.duration.observe(labels, durationS);
    this.received.inc(receivedBytes);
    this.sent.inc(sentBytes);
  }

  private labelsOf(listener: string, method: string, route: string, status: number): ExchangeLabels {
    const key = `${listener} ${method} ${status} ${route}`;
    let labels = this.series.get(key);
    if (labels === undefined) {
      labels = { listener, method, route, status: String(status) };
      this.series.set(key, labels);
    }
    return labels;
  }
}
