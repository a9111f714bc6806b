/**
 * Gives the metrics of a prom-client registry to OpenTelemetry's exporters, so that every figure is counted once, in
 * one place, and reads the same on `/metrics` and at a collector. Names follow OpenTelemetry: dots, the unit apart, no
 * `_total`; where a stable semantic convention exists the metric and its attributes carry the convention's names.
 */
import { ValueType } from '@opentelemetry/api';
import type { Attributes, HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { CollectionResult, DataPoint, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client';

type Family = MetricObjectWithValues<MetricValueWithName<string>>;

/** Metrics and labels that a semantic convention names, and what it calls them (HTTP, Node.js and process, 1.3x). */
const CONVENTIONS: Readonly<
  Record<string, { readonly name: string; readonly labels?: Readonly<Record<string, string>> }>
> = {
  rehearse_http_request_duration_seconds: {
    name: 'http.server.request.duration',
    labels: { method: 'http.request.method', route: 'http.route', status: 'http.response.status_code' },
  },
  rehearse_http_active_requests: { name: 'http.server.active_requests' },
  rehearse_event_loop_utilization: { name: 'nodejs.eventloop.utilization' },
  process_resident_memory_bytes: { name: 'process.memory.usage' },
  process_cpu_seconds_total: { name: 'process.cpu.time' },
};

const UNITS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'By', usd: '{USD}' };

const SCOPE = 'rehearse';

export class RegistryProducer implements MetricProducer {
  private readonly registry: Registry;
  private readonly resource: Resource;
  private readonly refresh: () => void;
  private readonly startTime: HrTime;

  /** @param refresh brings gauges that are read from snapshots up to date. */
  constructor(parts: { readonly registry: Registry; readonly resource: Resource; readonly refresh: () => void }) {
    this.registry = parts.registry;
    this.resource = parts.resource;
    this.refresh = parts.refresh;
    this.startTime = millisToHrTime(Date.now());
  }

  async collect(): Promise<CollectionResult> {
    this.refresh();
    // The declaration leaves out `metricName`, which histograms carry: see their `splayLabels`.
    const families = (await this.registry.getMetricsAsJSON()) as unknown as Family[];
    const times = { startTime: this.startTime, endTime: millisToHrTime(Date.now()) };
    const metrics = families
      .map((family) => metricData(family, times))
      .filter(({ dataPoints }) => dataPoints.length > 0);
    const scopeMetrics = [{ scope: { name: SCOPE }, metrics }];
    return { resourceMetrics: { resource: this.resource, scopeMetrics }, errors: [] };
  }
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function metricData(family: Family, times: Times): MetricData {
  const { name, unit } = nameAndUnit(family.name);
  const descriptor = { name, unit, description: family.help, valueType: ValueType.DOUBLE };
  const base = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  // prom-client declares an enumeration and gives the word.
  const type = String(family.type);
  if (type === 'histogram') {
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: histogramPoints(family, times) };
  }
  const dataPoints = family.values.map(({ labels, value }) => point(attributesOf(family.name, labels), value, times));
  if (type === 'counter') return { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
  return { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
}

function point<T>(attributes: Attributes, value: T, times: Times): DataPoint<T> {
  return { ...times, attributes, value };
}

interface Tally {
  readonly attributes: Attributes;
  readonly boundaries: number[];
  readonly cumulative: number[];
  sum: number;
  count: number;
}

/** prom-client counts a bucket with those below it; OpenTelemetry counts each alone. */
function histogramPoints(family: Family, times: Times): (DataPoint<HistogramValue> & object)[] {
  const tallies = new Map<string, Tally>();
  for (const { labels, metricName, value } of family.values) {
    const { le, ...own } = labels;
    const key = JSON.stringify(own);
    let tally = tallies.get(key);
    if (tally === undefined) {
      tally = { attributes: attributesOf(family.name, own), boundaries: [], cumulative: [], sum: 0, count: 0 };
      tallies.set(key, tally);
    }
    if (metricName === `${family.name}_sum`) tally.sum = value;
    else if (metricName === `${family.name}_count`) tally.count = value;
    else if (typeof le === 'number') {
      tally.boundaries.push(le);
      tally.cumulative.push(value);
    }
  }
  return [...tallies.values()].map(({ attributes, boundaries, cumulative, sum, count }) => {
    const counts = [...cumulative, count].map((all, i, every) => (i === 0 ? all : all - every[i - 1]));
    return point(attributes, { buckets: { boundaries, counts }, sum, count }, times);
  });
}

interface HistogramValue {
  readonly buckets: { boundaries: number[]; counts: number[] };
  readonly sum: number;
  readonly count: number;
}

function attributesOf(family: string, labels: Partial<Record<string, string | number>>): Attributes {
  const names = CONVENTIONS[family]?.labels;
  const isHttp = names !== undefined;
  const attributes: Attributes = {};
  for (const [label, value] of Object.entries(labels)) {
    const name = names?.[label] ?? label;
    attributes[name] = isHttp && label === 'status' ? Number(value) : value;
  }
  return attributes;
}

/** `rehearse_request_queue_seconds` is `rehearse.request.queue` in `s`; what has no unit counts things: `1`. */
function nameAndUnit(family: string): { readonly name: string; readonly unit: string } {
  const words = family.replace(/_total$/, '').split('_');
  const unit = UNITS[words.at(-1) ?? ''];
  if (unit !== undefined) words.pop();
  return { name: CONVENTIONS[family]?.name ?? words.join('.'), unit: unit ?? '1' };
}
