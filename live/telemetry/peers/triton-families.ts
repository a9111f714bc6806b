/**
 * The metrics of NVIDIA's Triton under their names (`nv_*`), for dashboards, autoscalers and tests that know those:
 * labels in alphabetical order, every series of a model from its first load or request on, times in microseconds summed
 * over requests. A model is the variant that served; a request that no variant was selected for counts under what it asked.
 */
import { NANOS_PER_MICROSECOND, NANOS_PER_SECOND } from '../../../core/index.ts';
import type { QueryEnd, VariantSnapshot } from '../../service/index.ts';
import { keyOf } from '../metrics/request-metrics.ts';
import type { RegisteredVariant } from '../metrics/request-metrics.ts';
import { HostReader } from './host-figures.ts';
import { escaped, familiesText, isInUse } from './peer-families.ts';
import type { Family, PeerFamilies, Sample } from './peer-families.ts';

/** Triton's reasons of a failure, in the order of its exposition. */
const REASONS = ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER'] as const;
type TritonReason = (typeof REASONS)[number];

/** Sums of one model. Plain numbers: a request adds to a dozen of them. */
interface Sums {
  readonly model: string;
  readonly version: string;
  success: number;
  readonly failures: Record<TritonReason, number>;
  inputs: number;
  executions: number;
  requestNs: number;
  queueNs: number;
  preprocessNs: number;
  inferNs: number;
  postprocessNs: number;
  loadNs: number;
}

export function tritonFamilies(): PeerFamilies {
  const byModel = new Map<string, Sums>();
  const host = new HostReader();
  const sumsOf = (model: string, version: string): Sums => {
    const key = keyOf(model, version);
    let sums = byModel.get(key);
    if (sums === undefined) byModel.set(key, (sums = noSums(model, version)));
    return sums;
  };
  return {
    observer: {
      queryEnded: (end) => {
        const isVirtual = end.variant === '';
        add(sumsOf(isVirtual ? end.model : end.variant, isVirtual ? '1' : end.version), end);
      },
      batchEnded: ({ variant, version }) => {
        sumsOf(variant, version).executions += 1;
      },
      loaded: (variant, version, loadNs) => {
        sumsOf(variant, version).loadNs = loadNs;
      },
    },
    text: (snapshot, wanted) => {
      for (const { name, version } of snapshot.variants.filter(isInUse)) sumsOf(name, version);
      const isShown = (variant: VariantSnapshot): boolean => byModel.has(keyOf(variant.name, variant.version));
      const shown = snapshot.variants.filter(isShown);
      return familiesText([...modelFamilies([...byModel.values()], shown), ...hostFamilies(host)], wanted, tritonLine);
    },
    keepOnly: (isKnown: (variant: RegisteredVariant) => boolean) => {
      for (const [key, { model, version }] of byModel) if (!isKnown({ name: model, version })) byModel.delete(key);
    },
  };
}

function noSums(model: string, version: string): Sums {
  return {
    model,
    version,
    success: 0,
    failures: {
      REJECTED: 0,
      CANCELED: 0,
      BACKEND: 0,
      OTHER: 0,
    },
    inputs: 0,
    executions: 0,
    requestNs: 0,
    queueNs: 0,
    preprocessNs: 0,
    inferNs: 0,
    postprocessNs: 0,
    loadNs: 0,
  };
}

function add(sums: Sums, end: QueryEnd): void {
  const reason = failureReason(end);
  if (reason !== undefined) {
    sums.failures[reason] += 1;
    return;
  }
  sums.success += 1;
  sums.inputs += end.inputs;
  sums.requestNs += end.latencyNs;
  // Triton knows no other waiting than that in a queue.
  sums.queueNs += end.queueNs + end.loadWaitNs;
  sums.preprocessNs += end.preprocessNs;
  sums.inferNs += end.inferNs;
  sums.postprocessNs += end.postprocessNs;
}

/** What Triton would call it: a request that timed out in a queue was rejected there. Undefined: it was answered. */
function failureReason({ outcome, reason }: QueryEnd): TritonReason | undefined {
  switch (outcome) {
    case 'served':
    case 'late':
      return undefined;
    case 'rejected':
    case 'expired':
      return 'REJECTED';
    case 'cancelled':
      return 'CANCELED';
    case 'failed':
      return reason === 'service-failed' || reason === 'stopping' ? 'OTHER' : 'BACKEND';
  }
}

function modelFamilies(sums: readonly Sums[], variants: readonly VariantSnapshot[]): Family[] {
  const counter = (name: string, help: string, of: (one: Sums) => number): Family => ({
    name: `nv_inference_${name}`,
    help,
    type: 'counter',
    samples: sums.map((one) => ({
      labels: labelsOf(one),
      value: of(one),
    })),
  });
  const microseconds = (ns: number): number => Math.round(ns / NANOS_PER_MICROSECOND);
  return [
    counter('request_success', 'Requests that were answered', ({ success }) => success),
    {
      name: 'nv_inference_request_failure',
      help: 'Requests that were not answered',
      type: 'counter',
      samples: sums.flatMap((one) =>
        REASONS.map((reason) => ({
          labels: {
            ...labelsOf(one),
            reason,
          },
          value: one.failures[reason],
        })),
      ),
    },
    counter('count', 'Inputs of requests that were answered', ({ inputs }) => inputs),
    counter('exec_count', 'Batches that were executed', ({ executions }) => executions),
    counter('request_duration_us', 'From arrival to answer', ({ requestNs }) => microseconds(requestNs)),
    counter('queue_duration_us', 'Waiting in queues', ({ queueNs }) => microseconds(queueNs)),
    counter('compute_input_duration_us', 'Preparing inputs', ({ preprocessNs }) => microseconds(preprocessNs)),
    counter('compute_infer_duration_us', 'Running the model', ({ inferNs }) => microseconds(inferNs)),
    counter('compute_output_duration_us', 'Preparing outputs', ({ postprocessNs }) => microseconds(postprocessNs)),
    {
      name: 'nv_inference_pending_request_count',
      help: 'Requests that wait to be executed',
      type: 'gauge',
      samples: variants.map(({ name, version, held, queued }) => ({
        labels: {
          model: name,
          version,
        },
        value: held + queued,
      })),
    },
    {
      name: 'nv_model_load_duration_secs',
      help: 'What the latest load took',
      type: 'gauge',
      samples: sums
        .filter(({ loadNs }) => loadNs > 0)
        .map((one) => ({
          labels: labelsOf(one),
          value: one.loadNs / NANOS_PER_SECOND,
        })),
    },
  ];
}

function hostFamilies(host: HostReader): Family[] {
  const { cpuUtilization, memoryTotalBytes, memoryAvailableBytes } = host.read();
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    help,
    type: 'gauge',
    samples: [
      {
        labels: {},
        value,
      },
    ],
  });
  return [
    gauge('nv_cpu_utilization', 'Processors in use, 0 to 1', cpuUtilization),
    gauge('nv_cpu_memory_total_bytes', 'Memory of the host', memoryTotalBytes),
    gauge('nv_cpu_memory_used_bytes', 'Memory of the host in use', memoryTotalBytes - memoryAvailableBytes),
  ];
}

function labelsOf({ model, version }: Sums): Sample['labels'] {
  return { model, version };
}

function tritonLine(name: string, { labels, value }: Sample): string {
  const names = Object.keys(labels).sort();
  const inside = names.map((label) => `${label}="${escaped(labels[label])}"`).join(',');
  return `${name}${names.length > 0 ? `{${inside}}` : ''} ${value}`;
}
