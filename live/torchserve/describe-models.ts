/** `GET /models` and `GET /models/{model}`: what there is, and how its workers are. */
import { toSeconds } from '../../core/index.ts';
import type { ModelEntry, ServicePort, ServiceSnapshot, VariantSnapshot, WorkerSnapshot } from '../service/index.ts';
import { versionsOf, variantNamed } from './find-model.ts';
import type { ModelManagement } from './model-management.ts';
import { settingsOf } from './model-settings.ts';
import type { Parameters } from './parameters.ts';
import type { TorchServeOptions } from './torchserve-options.ts';
import type { WorkerIds } from './worker-ids.ts';

export interface DescribeParts {
  readonly service: ServicePort;
  readonly models: ModelManagement;
  readonly options: TorchServeOptions;
  readonly workerIds: WorkerIds;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const PAGE_MOST = 100;

/** The default versions of all variants, by name, a page of them. */
export function listModels(parts: DescribeParts, parameters: Parameters): object {
  const asked = parameters.whole('limit') ?? PAGE_MOST;
  const limit = asked < 0 || asked > PAGE_MOST ? PAGE_MOST : asked;
  const token = Math.max(0, parameters.whole('next_page_token') ?? 0);
  const entries = parts.service.directory.list().filter(({ form, isDefault }) => form === 'variant' && isDefault);
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const models = sorted.slice(token, token + limit).map((entry) => ({
    modelName: entry.name,
    modelUrl: settingsOf(entry, parts).url,
  }));
  // TorchServe says so also when the next page is empty.
  const next = token + limit;
  return { nextPageToken: next <= entries.length ? String(next) : undefined, models };
}

/** The state of one version, the default one, or `all`. @throws TorchServeFailure 404 */
export function describeModel(
  parts: DescribeParts,
  {
    name,
    version,
    parameters,
  }: { readonly name: string; readonly version: string | undefined; readonly parameters: Parameters },
): object[] {
  const { directory } = parts.service;
  const entries = version === 'all' ? versionsOf(directory, name) : [variantNamed(directory, name, version)];
  const snapshot = parts.service.snapshot();
  parts.workerIds.keepOnly(snapshot.workers.map(({ label }) => label));
  const customized = parameters.flag('customized', false);
  return entries.map((entry) => ({
    ...descriptionOf(entry, parts, snapshot),
    customizedMetadata: customized ? metadataOf(entry) : undefined,
  }));
}

function descriptionOf(entry: ModelEntry, parts: DescribeParts, snapshot: ServiceSnapshot): object {
  const { name, version, variants } = entry;
  const [{ definition, source }] = variants;
  const isIts = (other: { readonly version: string }, otherName: string): boolean =>
    otherName === name && other.version === version;
  const state = snapshot.variants.find((variant) => isIts(variant, variant.name));
  const workers = snapshot.workers.filter((worker) => isIts(worker, worker.variant) && worker.state !== 'dead');
  const settings = settingsOf(entry, parts);
  const pending = (state?.held ?? 0) + (state?.queued ?? 0);
  return {
    modelName: name,
    modelVersion: version,
    modelUrl: settings.url,
    runtime: definition.framework,
    ...boundsOf(state, workers.length),
    batchSize: settings.batchSize,
    maxBatchDelay: settings.maxBatchDelayMs,
    responseTimeout: Math.round(toSeconds(settings.responseTimeoutNs)),
    startupTimeout: Math.round(toSeconds(settings.startupTimeoutNs)),
    maxRetryTimeoutInSec: 300,
    clientTimeoutInMills: 0,
    parallelType: '',
    parallelLevel: 0,
    deviceType: definition.hardware === 'cpu' ? 'cpu' : 'gpu',
    continuousBatching: false,
    useJobTicket: false,
    useVenv: false,
    stateful: false,
    sequenceMaxIdleMSec: 0,
    sequenceTimeoutMSec: 0,
    maxNumSequence: 0,
    maxSequenceJobQueueSize: 0,
    loadedAtStartup: source === 'config',
    workers: workers.map((worker) => workerOf(worker, parts)),
    jobQueueStatus: {
      remainingCapacity: Math.max(0, parts.options.jobQueueSize - pending),
      pendingRequests: pending,
    },
  };
}

/** Where the autoscaler decides there is no least, and the most is what there is. */
function boundsOf(state: VariantSnapshot | undefined, workers: number): { minWorkers: number; maxWorkers: number } {
  if (state === undefined || state.scaling === 'auto') return { minWorkers: 0, maxWorkers: workers };
  const { least, most } = state.scaling;
  return { minWorkers: least, maxWorkers: most ?? Math.max(least, workers) };
}

function workerOf(worker: WorkerSnapshot, { workerIds, nowMs }: DescribeParts): object {
  return {
    id: workerIds.of(worker.label),
    startTime: new Date(nowMs() - worker.ageS * 1000).toISOString(),
    // TorchServe knows no other states: what is not ready is loading or unloading.
    status: worker.state === 'ready' ? 'READY' : 'UNLOADING',
    memoryUsage: worker.memoryBytes ?? 0,
    pid: worker.pid ?? -1,
    gpu: false,
    gpuUsage: 'N/A',
  };
}

/** What a model's own code answers in TorchServe; here its tensors and labels, in TorchServe's form: a text. */
function metadataOf({ inputs, outputs, labels }: ModelEntry): string {
  return JSON.stringify({ inputs, outputs, labels });
}
