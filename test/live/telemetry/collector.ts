/** A collector of OTLP over HTTP that keeps what it was sent; it can be told to be silent. */
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status?: { readonly code?: number };
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly OtlpPoint[] };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] };
}

export interface OtlpPoint {
  readonly attributes: OtlpSpan['attributes'];
  readonly asDouble?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}

interface Body {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes: OtlpSpan['attributes'] };
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

export class Collector {
  readonly bodies: Body[] = [];
  readonly paths: string[] = [];
  /** Takes connections and never answers. */
  isSilent = false;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        if (this.isSilent) return;
        this.paths.push(request.url ?? '');
        const body: Body = JSON.parse(text);
        this.bodies.push(body);
        response.setHeader('content-type', 'application/json');
        response.end('{}');
      });
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    // It listens on a port, so it has such an address.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    if ('closeAllConnections' in this.server && typeof this.server.closeAllConnections === 'function') {
      this.server.closeAllConnections();
    }
  }

  get spans(): OtlpSpan[] {
    return this.bodies.flatMap(({ resourceSpans = [] }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  }

  get metrics(): OtlpMetric[] {
    return this.bodies.flatMap(({ resourceMetrics = [] }) =>
      resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
    );
  }
}

/** Attributes as a record. */
export function attributesOf({ attributes }: { readonly attributes: OtlpSpan['attributes'] }): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
