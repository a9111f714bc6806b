/**
 * The figures a run is summarised by: name (ending in its unit), direction and definition. Reports, tables and
 * comparisons read this list; a metric exists when it is here.
 */

export type Direction = 'higher-is-better' | 'lower-is-better' | 'neutral';

interface Definition<Name extends string> {
  readonly name: Name;
  /** For people, without the unit. */
  readonly label: string;
  readonly unit: string;
  readonly direction: Direction;
  readonly doc: string;
}

const metric = <const Name extends string>(
  name: Name,
  label: string,
  unit: string,
  direction: Direction,
  doc: string,
): Definition<Name> => ({ name, label, unit, direction, doc });

/** All over the requests scheduled inside the measured window, unless it says otherwise. */
export const METRICS = [
  metric(
    'attainment_percent',
    'SLA attainment',
    '%',
    'higher-is-better',
    'requests served within their objective, of all requests',
  ),
  metric(
    'violations_percent',
    'SLO violations',
    '%',
    'lower-is-better',
    'requests not served within their objective (late, refused, expired, failed), of all requests',
  ),
  metric('latency_mean_ms', 'mean latency', 'ms', 'lower-is-better', 'scheduled time to answer, of answered requests'),
  metric('latency_p50_ms', 'p50 latency', 'ms', 'lower-is-better', 'median latency of answered requests'),
  metric('latency_p90_ms', 'p90 latency', 'ms', 'lower-is-better', '90th percentile'),
  metric('latency_p95_ms', 'p95 latency', 'ms', 'lower-is-better', '95th percentile'),
  metric('latency_p99_ms', 'p99 latency', 'ms', 'lower-is-better', '99th percentile'),
  metric('latency_p999_ms', 'p99.9 latency', 'ms', 'lower-is-better', '99.9th percentile'),
  metric('latency_max_ms', 'max latency', 'ms', 'lower-is-better', 'largest latency of an answered request'),
  metric(
    'queue_mean_ms',
    'mean queueing',
    'ms',
    'lower-is-better',
    'scheduled time to start of the batch, load waits excluded',
  ),
  metric('infer_mean_ms', 'mean execution', 'ms', 'lower-is-better', 'time of the batch an answered request was in'),
  metric('offered_rps', 'offered load', 'req/s', 'neutral', 'requests scheduled per second of the window'),
  metric(
    'goodput_rps',
    'goodput',
    'req/s',
    'higher-is-better',
    'requests served within their objective per second of the window',
  ),
  metric(
    'throughput_inputs_per_s',
    'throughput',
    'inputs/s',
    'higher-is-better',
    'inputs answered per second of the window',
  ),
  metric('batch_mean_inputs', 'mean batch', 'inputs', 'neutral', 'inputs per batch, over the whole run'),
  metric(
    'accuracy_percent',
    'accuracy delivered',
    '%',
    'higher-is-better',
    'accuracy of the variants that answered, by request',
  ),
  metric(
    'utilisation_percent',
    'utilisation',
    '%',
    'neutral',
    'share of ready worker-time spent executing, whole run; without the workers of offline jobs',
  ),
  metric(
    'worker_seconds',
    'worker time',
    's',
    'lower-is-better',
    'time workers were ready, whole run; without those of offline jobs',
  ),
  metric(
    'machine_seconds',
    'machine time',
    's',
    'lower-is-better',
    'time machines were paid for, whole run; offline jobs included',
  ),
  metric(
    'cost_usd',
    'cost',
    'USD',
    'lower-is-better',
    'machine time at the on-demand price, whole run; offline jobs included',
  ),
  metric(
    'cost_reserved_usd',
    'cost, reserved',
    'USD',
    'lower-is-better',
    'machine time at the reserved price, whole run; offline jobs included',
  ),
  metric(
    'instance_cost_usd',
    'instance cost',
    'USD',
    'lower-is-better',
    'memory that workers held, at the price of that memory on their hardware, whole run; offline jobs included',
  ),
  metric(
    'energy_joules',
    'energy',
    'J',
    'lower-is-better',
    'idle and busy power over machine time, whole run; offline jobs included',
  ),
  metric(
    'energy_machine_max_joules',
    'energy of the hungriest machine',
    'J',
    'lower-is-better',
    'energy of the machine that drew most, whole run: what a battery would have had to give',
  ),
  metric(
    'memory_mean_mib',
    'mean memory',
    'MiB',
    'lower-is-better',
    'memory that workers held, mean of the whole run; offline jobs included',
  ),
  metric(
    'memory_peak_mib',
    'peak memory',
    'MiB',
    'lower-is-better',
    'most memory that workers held at once; offline jobs included',
  ),
  metric(
    'offline_files_per_s',
    'offline work',
    'files/s',
    'higher-is-better',
    'files of offline jobs done, per second of the whole run',
  ),
] as const;

export type MetricName = (typeof METRICS)[number]['name'];
export type MetricDefinition = Definition<MetricName>;

/** The metrics that exist for each application too; p99 only where histograms by application are kept. */
export const APPLICATION_METRICS = [
  'attainment_percent',
  'violations_percent',
  'latency_mean_ms',
  'latency_p99_ms',
  'offered_rps',
  'goodput_rps',
  'throughput_inputs_per_s',
  'accuracy_percent',
] as const satisfies readonly MetricName[];

/** The definition of a metric. */
export function metricNamed(name: MetricName): MetricDefinition {
  const found = METRICS.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`no metric ${name}`);
  return found;
}
