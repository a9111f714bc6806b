/**
 * Reads one model of a Triton-style repository: `<model>/config.pbtxt` and `<model>/<N>/model.onnx`, as drafts, one for
 * each version that the version policy takes. A model without a config is what its file says. Reads names, the config
 * and labels; the ONNX files are looked at by the engine, later.
 *
 * Simplified: batches of several preferred sizes become one, the largest, since a batch here is full or has waited.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyChoice, TensorSpec } from '../../core/index.ts';
import { ServingError, builtInPolicy, defaultsOf, invariant } from '../../core/index.ts';
import type { ModelDraft } from './model-draft.ts';
import { unstated } from './model-draft.ts';
import { nameProblem } from './names.ts';
import type { TritonConfig, VersionPolicy } from './triton-config.ts';
import { readTritonConfig } from './triton-config.ts';

export interface TritonDraftOptions {
  /** Name of the hardware that KIND_GPU means; undefined where the service has no GPU. */
  readonly gpu: string | undefined;
}

/** Labels of the largest public classifiers are hundreds of kilobytes. */
const LARGEST_TEXT_BYTES = 4_194_304;

/**
 * The versions of a model, ascending; at least one.
 * @param repository absolute path of the folder of models.
 * @throws ServingError, ServingErrors: TRITON_MODEL, TRITON_CONFIG, TEXT_FORMAT, MODEL_NAME. Their messages name no path
 * outside the repository.
 */
export function readTritonModel(repository: string, name: string, options: TritonDraftOptions): readonly ModelDraft[] {
  const problem = nameProblem('model', name);
  if (problem !== undefined) throw new ServingError({ code: 'MODEL_NAME', message: problem });
  const folder = join(repository, name);
  if (!isFolder(folder)) throw refusal(name, 'the repository has no such model');
  const place = `${name}/config.pbtxt`;
  const text = readText(join(folder, 'config.pbtxt'), place);
  const config = readTritonConfig(text ?? '', place);
  if (config.name !== '' && config.name !== name) {
    throw refusal(name, `config.pbtxt names another model than its folder; found ${JSON.stringify(config.name)}`);
  }
  if (config.instances?.gpu === true && options.gpu === undefined) {
    throw refusal(name, 'an instance_group asks for a GPU, and this service has none');
  }
  const versions = chosenVersions(versionsIn(folder), config.versionPolicy);
  if (versions.length === 0) throw refusal(name, 'at least one version must be available for the version policy');
  const common = commonOf(config, { name, folder, ...options });
  return versions.map((version) => {
    const path = join(folder, String(version), config.filename);
    if (!isFile(path)) throw refusal(name, `version ${version} has no file ${config.filename}`);
    const origin = { place: text === undefined ? `${name}/${version}` : `${place}:1`, folder };
    return { ...common, version: String(version), file: { path }, origin };
  });
}

/** Names of a repository's models, in order: its folders whose names can be models'; none while it cannot be read. */
export function tritonModelNames(repository: string): readonly string[] {
  return namesIn(repository)
    .filter((name) => nameProblem('model', name) === undefined && isFolder(join(repository, name)))
    .toSorted();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Taken away, or unmounted, under a service that runs.
    return [];
  }
}

interface Place extends TritonDraftOptions {
  readonly name: string;
  readonly folder: string;
}

function commonOf(config: TritonConfig, { name, folder, gpu }: Place): Omit<ModelDraft, 'version' | 'file' | 'origin'> {
  const { parameters, maxBatchSize, instances } = config;
  const batches = maxBatchSize !== undefined && maxBatchSize > 0;
  const shaped = (tensors: readonly TensorSpec[]): readonly TensorSpec[] | undefined =>
    tensors.length === 0
      ? undefined
      : tensors.map((tensor) => (batches ? { ...tensor, shape: [null, ...tensor.shape] } : tensor));
  const onGpu = instances?.gpu === true && gpu !== undefined;
  const stated = unstated(name);
  return {
    name,
    ...stated,
    ...objectives(parameters, name, stated),
    hardware: onGpu ? gpu : 'cpu',
    maxBatch: maxBatchSize === 0 ? 'none' : maxBatchSize,
    cores: onGpu ? 0 : threadsOf(parameters, name),
    accelerators: onGpu ? 1 : 0,
    inputs: shaped(config.inputs),
    outputs: shaped(config.outputs),
    labels: labelsOf(config.labelFilename, { name, folder }),
    batching: batchingOf(config),
    // Triton keeps its instances; without a group it has one.
    workers: instances === undefined ? { least: 1, most: Infinity } : { least: instances.count, most: instances.count },
    notes: config.ignored.length === 0 ? [] : [`config.pbtxt: not acted on: ${config.ignored.join(', ')}`],
  };
}

/** Our own parameters make a model one that objectives find. */
function objectives(
  parameters: ReadonlyMap<string, string>,
  model: string,
  { useCase, architecture, precision }: Pick<ModelDraft, 'useCase' | 'architecture' | 'precision'>,
): Pick<ModelDraft, 'useCase' | 'architecture' | 'precision' | 'accuracyPercent'> {
  const nameOf = (key: string, otherwise: string): string => {
    const value = parameters.get(key) ?? otherwise;
    if (nameProblem('model', value) === undefined) return value;
    throw refusal(model, `parameter ${key} is no name of letters, digits, ".", "_" and "-"`);
  };
  const accuracyPercent = Number(parameters.get('accuracy_percent') ?? 0);
  if (!(accuracyPercent >= 0 && accuracyPercent <= 100)) {
    throw refusal(model, 'parameter accuracy_percent is no number from 0 to 100');
  }
  const size = parameters.has('size') ? { size: nameOf('size', '') } : {};
  return {
    useCase: { task: nameOf('task', useCase.task), dataset: nameOf('dataset', useCase.dataset), ...size },
    architecture: nameOf('architecture', architecture),
    precision: nameOf('precision', precision),
    accuracyPercent,
  };
}

/** ONNX Runtime's backend in Triton takes its threads from this parameter. */
function threadsOf(parameters: ReadonlyMap<string, string>, model: string): number {
  const text = parameters.get('intra_op_thread_count') ?? '1';
  if (/^\d{1,3}$/.test(text)) return Math.max(1, Number(text));
  throw refusal(model, 'parameter intra_op_thread_count is no whole number from 0 to 999');
}

function batchingOf({ dynamicBatching, maxBatchSize }: TritonConfig): PolicyChoice | undefined {
  if (maxBatchSize === undefined) return undefined;
  if (dynamicBatching === undefined) return choice('none', {});
  const { preferredSizes, maxQueueDelayNs } = dynamicBatching;
  const maxBatch = preferredSizes[preferredSizes.length - 1] ?? maxBatchSize;
  if (maxQueueDelayNs > 0) return choice('fixed', { maxBatch, maxDelay: maxQueueDelayNs });
  return choice('work-conserving', { maxBatch, cpuMaxBatch: maxBatch });
}

function choice(name: string, options: Readonly<Record<string, number>>): PolicyChoice {
  const definition = builtInPolicy('batching', name);
  invariant(definition !== undefined, `there is a batching policy ${name}`);
  return { definition, options: { ...defaultsOf(definition.options), ...options } };
}

/** Numbers of the folders with a version, ascending. As in Triton, others and those with a leading zero are passed over. */
function versionsIn(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => /^[1-9]\d{0,14}$/.test(name) && isFolder(join(folder, name)))
    .map(Number)
    .toSorted((a, b) => a - b);
}

function chosenVersions(present: readonly number[], policy: VersionPolicy): readonly number[] {
  switch (policy.kind) {
    case 'all':
      return present;
    case 'latest':
      return present.slice(-policy.count);
    case 'specific':
      return present.filter((version) => policy.versions.includes(version));
  }
}

function labelsOf(filename: string, { name, folder }: Pick<Place, 'name' | 'folder'>): readonly string[] | undefined {
  if (filename === '') return undefined;
  // The name ends in a path.
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(filename))
    throw refusal(name, 'label_filename is no name of a file beside');
  const text = readText(join(folder, filename), `${name}/${filename}`);
  if (text === undefined) throw refusal(name, `there is no file ${filename}, which label_filename names`);
  const labels = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return labels.map((label) => label.trim());
}

/** Undefined when there is no such file. */
function readText(path: string, place: string): string | undefined {
  if (!isFile(path)) return undefined;
  const { size } = statSync(path);
  if (size > LARGEST_TEXT_BYTES) {
    const message = 'the file is too long';
    throw new ServingError({ code: 'TRITON_MODEL', place, message, found: `${size} bytes`, expected: 'at most 4 MiB' });
  }
  return readFileSync(path, 'utf8');
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function refusal(model: string, message: string): ServingError {
  return new ServingError({ code: 'TRITON_MODEL', place: model, message });
}
