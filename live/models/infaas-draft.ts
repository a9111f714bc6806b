/**
 * What an INFaaS config means: a variant with the table that its latencies make. INFaaS fits a line through the
 * latencies of batches 1, 4 and 8 and works with the line alone; here what was measured stays as rows, and only batches
 * beyond the last of them are continued, each marked in the profile's source.
 */
import { linearRegression, linearRegressionLine } from 'simple-statistics';
import type { ProfileRow } from '../../core/index.ts';
import { NANOS_PER_MILLISECOND } from '../../core/index.ts';
import type { InfaasConfig } from './infaas-config.ts';
import { CPU_MAX_BATCH, INFAAS_FRAMEWORKS } from './infaas-config.ts';
import type { DraftFile, ModelDraft } from './model-draft.ts';

export interface InfaasDraftOptions {
  /** What "a GPU" is called here; INFaaS was evaluated on `v100`. */
  readonly gpu: string;
  /** Folder of the config, absolute. */
  readonly folder: string;
  /** The model; undefined for a variant of its table only. */
  readonly file: DraftFile | undefined;
}

/** Triton lets models share a GPU as long as their memory fits, so memory decides and the share is small. */
const GPU_SHARE = 0.05;
/** Images as INFaaS's client prepares them: resized, and scaled to -1 to 1. */
const IMAGE_HANDLER = 'image-classifier-symmetric';
/** The config does not say it, and a model that was trained on other numbers answers nonsense. */
const SCALING =
  `images are scaled to -1 to 1, as INFaaS's client does (handler ${IMAGE_HANDLER}); a model that was trained with ` +
  "ImageNet's mean and deviation answers wrongly then: register it by a profile with handler: image-classifier";
/** What INFaaS's server reads; the profiler measures more. */
const ANCHORS = [1, 4, 8];

/** The variant that a config describes. */
export function infaasDraft(config: InfaasConfig, { gpu, folder, file }: InfaasDraftOptions): ModelDraft {
  const { framework, runsOn } = INFAAS_FRAMEWORKS[config.framework];
  const onCpu = runsOn === 'cpu' || config.maxbatch === CPU_MAX_BATCH;
  const { rows, notes } = tableOf(config);
  const size = config.compsize ?? 1;
  const isClassifier = config.task === 'classification';
  return {
    name: config.varname,
    version: '1',
    useCase: { task: config.task, dataset: config.dataset, size: String(config.inputdim) },
    architecture: config.parname,
    framework,
    hardware: onCpu ? 'cpu' : runsOn === 'gpu' ? gpu : runsOn,
    precision: 'unstated',
    maxBatch: config.maxbatch,
    accuracyPercent: config.accuracy,
    // `compsize` counts processors of a CPU variant and cores of an Inferentia chip.
    cores: onCpu ? size : 0,
    accelerators: onCpu ? 0 : runsOn === 'gpu' ? GPU_SHARE : size,
    profile: {
      source: `INFaaS model config of ${config.varname}${notes.map((note) => `; ${note}`).join('')}`,
      synthesised: rows.length > [...config.inflatMs.keys()].filter((batch) => batch <= config.maxbatch).length,
      rows,
      loadNs: nanos(config.loadlatMs),
      peakMemoryBytes: Math.round(config.peakmemory),
      // Its profiler measures through the serving container.
      hostOverheadNs: 0,
    },
    file,
    ...(file === undefined ? imagesIn(config.inputdim) : {}),
    handler: isClassifier ? IMAGE_HANDLER : undefined,
    origin: { place: config.place, folder },
    notes: [
      ...notes,
      // A table looks at no values.
      ...(isClassifier && file !== undefined ? [SCALING] : []),
      ...(config.compsize === undefined ? [`compsize is not given: 1 ${onCpu ? 'core' : 'device'} is assumed`] : []),
    ],
  };
}

/** What a table stands in for takes images as INFaaS's clients send them, and answers one number. */
function imagesIn(side: number): Pick<ModelDraft, 'inputs' | 'outputs'> {
  return {
    inputs: [{ name: 'input', type: 'float32', shape: [null, 3, side, side] }],
    outputs: [{ name: 'output', type: 'float32', shape: [null, 1] }],
  };
}

function tableOf({ inflatMs, maxbatch }: InfaasConfig): {
  readonly rows: readonly ProfileRow[];
  readonly notes: readonly string[];
} {
  const measured = [...inflatMs].filter(([batch]) => batch <= maxbatch);
  const ignored = [...inflatMs.keys()].filter((batch) => batch > maxbatch);
  const extra = measured.map(([batch]) => batch).filter((batch) => !ANCHORS.includes(batch));
  const last = measured[measured.length - 1][0];
  const continued = batchesBeyond(last, maxbatch);
  const line = linearRegressionLine(linearRegression(lineThrough(measured)));
  const rows = [
    ...measured.map(([batch, ms]) => ({ batch, meanNs: nanos(ms) })),
    ...continued.map((batch) => ({ batch, meanNs: nanos(line(batch)) })),
  ];
  const notes = [
    ...(extra.length > 0 ? [`latencies at ${listed(extra)} are used, which INFaaS's server ignores`] : []),
    ...(ignored.length > 0 ? [`latencies beyond maxbatch ${maxbatch}, at ${listed(ignored)}, are ignored`] : []),
    ...(continued.length > 0 ? [`latencies at ${listed(continued)} continue the line through those given`] : []),
  ];
  return { rows, notes };
}

/**
 * INFaaS's own line is that of batches 1, 4 and 8. Where larger ones were measured the last two say more of what
 * follows. One point alone is a line through the origin, as INFaaS has it.
 */
function lineThrough(measured: readonly (readonly [number, number])[]): [number, number][] {
  const points = measured.map(([batch, ms]): [number, number] => [batch, ms]);
  if (points.length === 1) return [[0, 0], points[0]];
  return points[points.length - 1][0] > 8 ? points.slice(-2) : points;
}

/** Doubling from the last measured batch, and the maximum itself. */
function batchesBeyond(last: number, maximum: number): number[] {
  const batches: number[] = [];
  for (let batch = last * 2; batch < maximum; batch *= 2) batches.push(batch);
  return last < maximum ? [...batches, maximum] : [];
}

/** A falling line of noisy figures ends at one nanosecond: a row needs a time. */
function nanos(ms: number): number {
  return Math.max(1, Math.round(ms * NANOS_PER_MILLISECOND));
}

function listed(batches: readonly number[]): string {
  return `batch${batches.length > 1 ? 'es' : ''} ${batches.join(', ')}`;
}
