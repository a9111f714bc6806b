/**
 * Reads TorchServe's `.mar` archives that hold an ONNX model. The archive is judged, its texts are read, and the one
 * model file is unpacked into a private folder; all else in it, Python above all, never reaches the disk and is never
 * executed. Batches and workers are as TorchServe has them.
 */
import { basename, join } from 'node:path';
import type { PolicyChoice } from '../../core/index.ts';
import { NANOS_PER_MILLISECOND, ServingError, builtInPolicy, defaultsOf, invariant } from '../../core/index.ts';
import type { Handlers } from '../../backends/index.ts';
import type { WorkerBounds } from '../service/index.ts';
import { Archive } from './archive.ts';
import { shownName } from './archive-entry.ts';
import type { ArchiveLimits } from './archive-entry.ts';
import type { MarConfig, MarManifest } from './mar-manifest.ts';
import { readLabels, readManifest, readMarConfig } from './mar-manifest.ts';
import type { ModelDraft } from './model-draft.ts';
import { unstated } from './model-draft.ts';
import { checkedName } from './names.ts';

/** What registering says beside the archive; it wins over what the archive says. */
export interface MarWishes {
  readonly name?: string | undefined;
  readonly handler?: string | undefined;
  readonly batchSize?: number | undefined;
  readonly maxBatchDelayMs?: number | undefined;
  /** 0 or more; the archive's own when left out, and where it says nothing, `defaultWorkers`. */
  readonly initialWorkers?: number | undefined;
  /** The autoscaler's business when left out as well. */
  readonly defaultWorkers?: number | undefined;
}

export interface MarOptions {
  readonly limits: ArchiveLimits;
  /** The handlers that archives may name. */
  readonly handlers: Pick<Handlers, 'find'>;
  /** What serves archives whose handler is not known; undefined refuses them. */
  readonly defaultHandler: string | undefined;
  /** Folder of its own for the model file. */
  readonly folder: string;
  /** Name of the hardware that `deviceType: gpu` means; undefined where the service has no GPU. */
  readonly gpu: string | undefined;
}

export interface MarDraft {
  readonly draft: ModelDraft;
  /** What TorchServe's API gives back and nothing else here depends on. */
  readonly config: MarConfig;
}

const MANIFEST = 'MAR-INF/MANIFEST.json';
const LABELS = 'index_to_name.json';
const DEFAULT_CONFIG = 'model-config.yaml';
const LARGEST_TEXT_BYTES = 4_194_304;
/** TorchServe's own defaults. */
const BATCH_SIZE = 1;
const MAX_BATCH_DELAY_MS = 100;

/** @throws ServingError MODEL_ARCHIVE, MODEL_YAML, MODEL_NAME, MODEL_VERSION. Their messages name no path on disk. */
export async function readMar(path: string, wishes: MarWishes, options: MarOptions): Promise<MarDraft> {
  const archive = await Archive.open(path, options.limits);
  try {
    if (!archive.has(MANIFEST))
      throw refused(`the archive has no ${MANIFEST}: it was not made by torch-model-archiver`);
    const manifest = readManifest(await archive.text(MANIFEST, LARGEST_TEXT_BYTES));
    const configName = manifest.configFile === '' ? DEFAULT_CONFIG : manifest.configFile;
    if (manifest.configFile !== '' && !archive.has(configName)) {
      throw refused(`the archive has no ${shownName(configName)}, which its manifest names`);
    }
    const config = archive.has(configName) ? readMarConfig(await archive.text(configName, LARGEST_TEXT_BYTES)) : {};
    const labels = archive.has(LABELS) ? readLabels(await archive.text(LABELS, LARGEST_TEXT_BYTES)) : undefined;
    const draft = draftOf(manifest, { config, labels, wishes, options, from: basename(path) });
    const model = modelEntry(manifest, archive);
    const file = join(options.folder, 'model.onnx');
    await archive.extract(model, file);
    return { draft: { ...draft, file: { path: file } }, config };
  } finally {
    archive.close();
  }
}

/** A model file without an archive: what TorchServe's defaults make of it. @param name of the file, ending in `.onnx`. */
export function bareModel(path: string, name: string, wishes: MarWishes, options: MarOptions): MarDraft {
  const modelName = name.replace(/\.onnx$/i, '');
  const manifest = { modelName, modelVersion: '1.0', serializedFile: name, handler: '', configFile: '' };
  const draft = draftOf(manifest, { config: {}, labels: undefined, wishes, options, from: name });
  return { draft: { ...draft, file: { path } }, config: {} };
}

function modelEntry({ serializedFile }: MarManifest, archive: Archive): string {
  if (serializedFile === '') throw refused('the manifest names no serializedFile; expected an .onnx file');
  if (!serializedFile.toLowerCase().endsWith('.onnx')) {
    throw refused(
      `the manifest's serializedFile is ${shownName(serializedFile)}; expected an .onnx file (torch.onnx.export writes one)`,
    );
  }
  if (!archive.has(serializedFile))
    throw refused(`the archive has no ${shownName(serializedFile)}, which its manifest names`);
  return serializedFile;
}

interface DraftParts {
  readonly config: MarConfig;
  readonly labels: readonly string[] | undefined;
  readonly wishes: MarWishes;
  readonly options: MarOptions;
  readonly from: string;
}

function draftOf(manifest: MarManifest, { config, labels, wishes, options, from }: DraftParts): ModelDraft {
  const name = checkedName('model', wishes.name ?? manifest.modelName);
  const version = checkedName('version', manifest.modelVersion);
  if (config.deviceType === 'gpu' && options.gpu === undefined) {
    throw refused('model-config.yaml asks for a GPU, and this service has none');
  }
  const onGpu = config.deviceType === 'gpu' && options.gpu !== undefined;
  const batchSize = wishes.batchSize ?? config.batchSize ?? BATCH_SIZE;
  return {
    name,
    version,
    ...unstated(name),
    hardware: onGpu ? options.gpu : 'cpu',
    // How many are batched is no bound: one request may hold as many inputs as the model takes.
    batchSize,
    cores: onGpu ? 0 : 1,
    accelerators: onGpu ? 1 : 0,
    handler: handlerOf(wishes.handler ?? manifest.handler, options),
    labels,
    batching: batchingOf(batchSize, wishes.maxBatchDelayMs ?? config.maxBatchDelayMs ?? MAX_BATCH_DELAY_MS),
    workers: workersOf(wishes, config),
    origin: { place: from, folder: options.folder },
    notes: [],
  };
}

/** Archives name a handler of TorchServe's, or a Python file (`my_handler.py:handle`), which is never executed. */
function handlerOf(named: string, { handlers, defaultHandler }: MarOptions): string | undefined {
  // What TorchServe calls its base handler is tensors in, tensors out: no handler at all.
  if (named === 'base_handler') return undefined;
  if (named === '') return defaultHandler;
  const handler = handlers.find(named);
  if (handler !== undefined) return handler.name;
  if (defaultHandler !== undefined) return defaultHandler;
  throw refused(
    `the archive's handler ${shownName(named)} is not one of this service, and code in archives is not executed; ` +
      'register it with a handler of the service',
  );
}

/** A batch starts when it is full, as one of a single request is at once, or when its first request has waited the delay. */
function batchingOf(maxBatch: number, delayMs: number): PolicyChoice {
  const definition = builtInPolicy('batching', 'fixed');
  invariant(definition !== undefined, 'there is the batching policy fixed');
  const maxDelay = Math.round(delayMs * NANOS_PER_MILLISECOND);
  return { definition, options: { ...defaultsOf(definition.options), maxBatch, maxDelay } };
}

/** Workers stay until they are scaled. */
function workersOf(
  { initialWorkers, defaultWorkers }: MarWishes,
  { minWorkers, maxWorkers }: MarConfig,
): WorkerBounds | undefined {
  const saysNothing = minWorkers === undefined && maxWorkers === undefined;
  const count = initialWorkers ?? (saysNothing ? defaultWorkers : undefined);
  if (count !== undefined) return { least: count, most: count };
  if (saysNothing) return undefined;
  const least = minWorkers ?? 0;
  const most = maxWorkers ?? least;
  if (most < least) throw refused('model-config.yaml: maxWorkers cannot be less than minWorkers');
  return { least, most };
}

function refused(message: string): ServingError {
  return new ServingError({ code: 'MODEL_ARCHIVE', message });
}
