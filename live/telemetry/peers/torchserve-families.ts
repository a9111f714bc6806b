/**
 * The metrics of TorchServe under their names, for scripts and dashboards that know those. Its text has two habits
 * that scripts match: a comma before the closing brace, and a decimal point in every number. A request for the default
 * version is counted under `default`, as TorchServe counts requests that name no version.
 */
import { hostname } from 'node:os';
import { NANOS_PER_MICROSECOND, toMilliseconds } from '../../../core/index.ts';
import type { QueryEnd, ServiceSnapshot } from '../../service/index.ts';
import { keyOf } from '../metrics/request-metrics.ts';
import { HostReader } from './host-figures.ts';
import { escaped, familiesText, isInUse } from './peer-families.ts';
import type { Family, PeerFamilies, Sample } from './peer-families.ts';

interface Sums {
  readonly name: string;
  /** `default` or the version. */
  readonly shownVersion: string;
  requests: number;
  latencyNs: number;
  queueNs: number;
  /** Of the latest request. */
  handlerNs: number;
  predictionNs: number;
}

/** What came last; NaN before it came. */
interface Latest {
  queueNs: number;
  workerThreadNs: number;
  load: { readonly variant: string; readonly version: string; readonly ns: number } | undefined;
}

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** @param isDefault whether queries without a version find this one. */
export function torchserveFamilies(isDefault: (name: string, version: string) => boolean): PeerFamilies {
  const byModel = new Map<string, Sums>();
  const classes = { '2XX': 0, '4XX': 0, '5XX': 0 };
  const latest: Latest = { queueNs: Number.NaN, workerThreadNs: Number.NaN, load: undefined };
  const host = new HostReader();
  const sumsOf = (name: string, version: string): Sums => {
    const shownVersion = isDefault(name, version) ? 'default' : version;
    const key = keyOf(name, shownVersion);
    let sums = byModel.get(key);
    if (sums === undefined) {
      sums = { name, shownVersion, requests: 0, latencyNs: 0, queueNs: 0, handlerNs: 0, predictionNs: 0 };
      byModel.set(key, sums);
    }
    return sums;
  };
  return {
    observer: {
      queryEnded: (end) => {
        if (end.outcome !== 'served' && end.outcome !== 'late') return;
        add(sumsOf(end.variant, end.version), latest, end);
      },
      loaded: (variant, version, ns) => {
        latest.load = { variant, version, ns };
      },
    },
    httpEnded: (status) => {
      const leading = Math.floor(status / 100);
      if (leading === 2) classes['2XX'] += 1;
      else if (leading === 4) classes['4XX'] += 1;
      else if (leading === 5) classes['5XX'] += 1;
    },
    text: (snapshot: ServiceSnapshot, wanted) => {
      for (const { name, version } of snapshot.variants.filter(isInUse)) sumsOf(name, version);
      const families = [
        ...counters(classes, [...byModel.values()]),
        ...latestGauges(latest),
        ...modelGauges([...byModel.values()]),
        ...hostGauges(host),
      ];
      return familiesText(families, wanted, torchserveLine);
    },
    keepOnly: (isKnown) => {
      for (const [key, { name, shownVersion }] of byModel) {
        if (!isKnown({ name, version: shownVersion === 'default' ? '' : shownVersion })) byModel.delete(key);
      }
    },
  };
}

function add(sums: Sums, latest: Latest, end: QueryEnd): void {
  const waitedNs = end.queueNs + end.loadWaitNs;
  sums.requests += 1;
  sums.latencyNs += end.latencyNs;
  sums.queueNs += waitedNs;
  sums.handlerNs = end.preprocessNs + end.inferNs + end.postprocessNs;
  sums.predictionNs = end.inferNs;
  latest.queueNs = waitedNs;
  latest.workerThreadNs = end.latencyNs - waitedNs - sums.handlerNs;
}

function counters(classes: Readonly<Record<string, number>>, sums: readonly Sums[]): Family[] {
  const ofModel = (name: string, help: string, of: (one: Sums) => number): Family => ({
    name,
    help,
    type: 'counter',
    samples: sums.map((one) => ({
      labels: {
        model_name: one.name,
        model_version: one.shownVersion,
        hostname: hostname(),
      },
      value: of(one),
    })),
  });
  return [
    ...Object.entries(classes).map(([name, value]): Family => ({
      name: `Requests${name}`,
      help: `HTTP answers with a status of ${name}`,
      type: 'counter',
      samples: [
        {
          labels: onHost(),
          value,
        },
      ],
    })),
    ofModel('ts_inference_requests_total', 'Requests that were answered', ({ requests }) => requests),
    ofModel(
      'ts_inference_latency_microseconds',
      'From arrival to answer',
      ({ latencyNs }) => latencyNs / NANOS_PER_MICROSECOND,
    ),
    ofModel('ts_queue_latency_microseconds', 'Waiting in queues', ({ queueNs }) => queueNs / NANOS_PER_MICROSECOND),
  ];
}

function latestGauges({ queueNs, workerThreadNs, load }: Latest): Family[] {
  const gauges = [
    gauge('QueueTime', 'Milliseconds in queues, latest request', onHost(), toMilliseconds(queueNs)),
    gauge(
      'WorkerThreadTime',
      'Milliseconds outside the handler, latest request',
      onHost(),
      toMilliseconds(workerThreadNs),
    ),
  ].filter(({ samples }) => !Number.isNaN(samples[0].value));
  if (load === undefined) return gauges;
  const WorkerName = `W-9000-${load.variant}_${load.version}`;
  const labels = { WorkerName, ...onHost() };
  return [...gauges, gauge('WorkerLoadTime', 'Milliseconds of the latest load', labels, toMilliseconds(load.ns))];
}

function modelGauges(sums: readonly Sums[]): Family[] {
  const served = sums.filter(({ requests }) => requests > 0);
  const ofModel = (name: string, help: string, of: (one: Sums) => number): Family => ({
    name,
    help,
    type: 'gauge',
    samples: served.map((one) => ({
      labels: {
        ModelName: one.name,
        Level: 'Model',
        Hostname: hostname(),
      },
      value: toMilliseconds(of(one)),
    })),
  });
  return [
    ofModel('HandlerTime', 'Milliseconds in the handler, latest request', ({ handlerNs }) => handlerNs),
    ofModel('PredictionTime', 'Milliseconds in the model, latest request', ({ predictionNs }) => predictionNs),
  ];
}

function hostGauges(host: HostReader): Family[] {
  const { cpuUtilization, memoryTotalBytes, memoryAvailableBytes, diskTotalBytes, diskAvailableBytes } = host.read();
  const memoryUsed = memoryTotalBytes - memoryAvailableBytes;
  const diskUsed = diskTotalBytes - diskAvailableBytes;
  const share = (part: number, whole: number): number => (whole > 0 ? (100 * part) / whole : 0);
  return [
    gauge('CPUUtilization', 'Processors in use, percent', onHost(), 100 * cpuUtilization),
    gauge('MemoryUsed', 'Memory in use, MiB', onHost(), memoryUsed / MIB),
    gauge('MemoryAvailable', 'Memory available, MiB', onHost(), memoryAvailableBytes / MIB),
    gauge('MemoryUtilization', 'Memory in use, percent', onHost(), share(memoryUsed, memoryTotalBytes)),
    gauge('DiskUsage', 'Disk in use, GiB', onHost(), diskUsed / GIB),
    gauge('DiskAvailable', 'Disk available, GiB', onHost(), diskAvailableBytes / GIB),
    gauge('DiskUtilization', 'Disk in use, percent', onHost(), share(diskUsed, diskTotalBytes)),
  ];
}

function gauge(name: string, help: string, labels: Sample['labels'], value: number): Family {
  return { name, help, type: 'gauge', samples: [{ labels, value }] };
}

function onHost(): Sample['labels'] {
  return { Level: 'Host', Hostname: hostname() };
}

function torchserveLine(name: string, { labels, value }: Sample): string {
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}",`);
  return `${name}{${inside.join('')}} ${Number.isInteger(value) ? value.toFixed(1) : value}`;
}
