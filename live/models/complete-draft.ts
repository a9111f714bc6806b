/**
 * From a draft to a variant's definition: the file is loaded once in a process of its own, what the draft states is
 * compared with what the model is, and what nobody stated is found out: tensors, largest batch, digest, latency table.
 * Invariant: a definition has a table and, where it has a file, tensors that the file was loaded with.
 */
import { stat } from 'node:fs/promises';
import type { Artifact, Bytes, Nanos, Profile, TensorSpec } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';
import type { ModelDescription, VariantDefinition } from '../../backends/index.ts';
import { describeModel } from '../../backends/index.ts';
import type { DraftFile, ModelDraft } from './model-draft.ts';
import { MEASURED_AT_REGISTRATION, batchesUpTo, quickProfile } from './quick-profile.ts';

export interface ModelCheckOptions {
  /** Ceiling of a model file, in bytes. */
  readonly maxFileBytes: Bytes;
  /** A model that takes longer to load and run once is refused. */
  readonly loadTimeoutNs: Nanos;
  /** A model whose engine holds more memory is refused. */
  readonly memoryMaxBytes: Bytes;
  /** For measuring a model that has no table. */
  readonly profileTimeNs: Nanos;
  /** Runs of each batch size, at most. */
  readonly profileRuns: number;
  /** Largest batch of a model that batches where nobody states one. */
  readonly defaultMaxBatch: number;
}

export interface DraftCheck extends ModelCheckOptions {
  /** What there is under the draft's name and version: the same file is not measured a second time. */
  readonly known?: VariantDefinition | undefined;
  /** Breaks the check off: the model is refused then. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The definition of a draft, under the client's name.
 * @throws ServingError MODEL_REFUSED, MODEL_TENSORS, MODEL_FILE, MODEL_TABLE_MISSING; what was wrong is in `found`.
 */
export async function completeDraft(draft: ModelDraft, options: DraftCheck): Promise<VariantDefinition> {
  const { file } = draft;
  if (file === undefined) return tableOnly(draft);
  const bytes = await sizeOf(file, options);
  const { loadTimeoutNs, memoryMaxBytes, signal } = options;
  const { sha256: stated } = file;
  const described = await describeModel(file.path, {
    timeoutNs: loadTimeoutNs,
    memoryMaxBytes,
    sha256: stated,
    signal,
  });
  const { inputs, outputs, maxBatch } = tensorsOf(draft, described, options);
  requireLabels(draft, outputs);
  const { sha256 } = described;
  const model = { inputs, outputs, maxBatch, sha256 };
  const profile =
    draft.profile ?? known(draft, model, options) ?? (await measured(draft, { ...model, path: file.path }, options));
  return definitionOf(draft, { inputs, outputs, maxBatch, profile, artifact: { path: file.path, sha256, bytes } });
}

/** A variant of its table alone: the service simulates its workers. */
function tableOnly(draft: ModelDraft): VariantDefinition {
  const { profile, maxBatch, inputs = [], outputs = [] } = draft;
  if (profile !== undefined) {
    return definitionOf(draft, { inputs, outputs, profile, maxBatch: typeof maxBatch === 'number' ? maxBatch : 1 });
  }
  throw new ServingError({
    code: 'MODEL_TABLE_MISSING',
    place: draft.origin.place,
    message: 'a variant without a model file needs a latency table',
    next: 'register it with the folder of its model, which is measured then, or state its profile',
  });
}

interface Parts {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly maxBatch: number;
  readonly profile: Profile;
  readonly artifact?: Artifact;
}

function definitionOf(draft: ModelDraft, parts: Parts): VariantDefinition {
  const { name, version, useCase, architecture, framework, hardware, precision, accuracyPercent, origin } = draft;
  const { cores, accelerators, memoryBytes, handler, labels } = draft;
  return {
    name,
    version,
    useCase,
    architecture,
    framework,
    hardware,
    precision,
    accuracyPercent,
    origin,
    resources: { cores, accelerators, memoryBytes: memoryBytes ?? parts.profile.peakMemoryBytes },
    ...(handler === undefined ? {} : { handler }),
    ...(labels === undefined ? {} : { labels }),
    ...parts,
  };
}

async function sizeOf({ path }: DraftFile, { maxFileBytes }: ModelCheckOptions): Promise<Bytes> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new ServingError({ code: 'MODEL_FILE', place: path, message: 'the model file cannot be read', cause });
  });
  if (size <= maxFileBytes) return size;
  const [found, expected] = [`${size} bytes`, `at most ${maxFileBytes}`];
  throw new ServingError({ code: 'MODEL_FILE', place: path, message: 'the model file is too large', found, expected });
}

function tensorsOf(
  draft: ModelDraft,
  { inputs, outputs }: ModelDescription,
  { defaultMaxBatch }: ModelCheckOptions,
): Pick<Parts, 'inputs' | 'outputs' | 'maxBatch'> {
  const batches = inputs.length > 0 && inputs.every(({ shape }) => shape[0] === null);
  const batchSize = draft.batchSize ?? 1;
  const fallback = batches ? Math.max(defaultMaxBatch, batchSize) : batchSize;
  const maxBatch = draft.maxBatch === 'none' ? 1 : (draft.maxBatch ?? fallback);
  const model = shapedFor(draft, { inputs, outputs }, batches);
  const said = agreed(draft, 'input', { said: draft.inputs ?? model.inputs, model: model.inputs });
  if (said.length !== model.inputs.length) {
    throw disagreement(draft, 'the model has other inputs', { found: text(model.inputs), expected: text(said) });
  }
  if (maxBatch > 1 && !said.every(({ shape }) => shape[0] === null)) {
    const found = `a maximum batch of ${maxBatch}, and inputs ${text(model.inputs)}`;
    throw disagreement(draft, 'the model does not batch', { found, expected: 'a maximum batch of 1' });
  }
  return {
    inputs: said,
    outputs: agreed(draft, 'output', { said: draft.outputs ?? model.outputs, model: model.outputs }),
    maxBatch,
  };
}

/**
 * The model's tensors as a draft that batches, or does not, would state them. A model may leave its first extent open and
 * be said not to batch; it may fix it at a number, which smaller batches are padded to, and be said to batch.
 */
function shapedFor(
  draft: ModelDraft,
  { inputs, outputs }: Pick<ModelDescription, 'inputs' | 'outputs'>,
  batches: boolean,
): Pick<ModelDescription, 'inputs' | 'outputs'> {
  const withFirst = (tensors: readonly TensorSpec[], first: number | null): readonly TensorSpec[] =>
    tensors.map((tensor) => ({ ...tensor, shape: tensor.shape.length === 0 ? [] : [first, ...tensor.shape.slice(1)] }));
  if (draft.maxBatch === 'none') {
    return batches ? { inputs: withFirst(inputs, -1), outputs: withFirst(outputs, -1) } : { inputs, outputs };
  }
  const saidToBatch = draft.inputs?.every(({ shape }) => shape[0] === null) === true;
  const most = draft.maxBatch ?? draft.batchSize ?? 1;
  const first = inputs[0]?.shape[0];
  const isCommon = first !== undefined && first !== null && inputs.every(({ shape }) => shape[0] === first);
  // Who states no tensors says with the maximum alone that the model's fixed extent is the batch.
  const isBatch = saidToBatch ? (first === -1 ? most === 1 : Number(first) >= most) : most > 1 && first === most;
  return isCommon && isBatch
    ? { inputs: withFirst(inputs, null), outputs: withFirst(outputs, null) }
    : { inputs, outputs };
}

/** What is stated, when it is the model's: extents may be stated where the model leaves them open, and the other way. */
function agreed(
  draft: ModelDraft,
  role: 'input' | 'output',
  { said, model }: { readonly said: readonly TensorSpec[]; readonly model: readonly TensorSpec[] },
): readonly TensorSpec[] {
  if (new Set(said.map(({ name }) => name)).size < said.length) {
    throw disagreement(draft, `an ${role} is stated twice`, { found: text(said), expected: 'each name once' });
  }
  return said.map((spec) => {
    const own = model.find(({ name }) => name === spec.name);
    const agrees =
      own !== undefined &&
      own.type === spec.type &&
      own.shape.length === spec.shape.length &&
      own.shape.every((extent, index) => {
        const stated = spec.shape[index];
        return extent === stated || (extent !== null && stated !== null && (extent === -1 || stated === -1));
      });
    if (agrees)
      return { ...spec, shape: spec.shape.map((extent, index) => (extent === -1 ? own.shape[index] : extent)) };
    throw disagreement(draft, `the model's ${role} is another than is stated`, {
      found: own === undefined ? `${role}s ${text(model)}` : text([own]),
      expected: text([spec]),
    });
  });
}

function requireLabels(draft: ModelDraft, outputs: readonly TensorSpec[]): void {
  const classes = outputs[0]?.shape.at(-1) ?? -1;
  if (draft.labels === undefined || classes === -1 || draft.labels.length === classes) return;
  const [found, expected] = [
    `${draft.labels.length} labels`,
    `${classes}, one for each value of output ${text(outputs.slice(0, 1))}`,
  ];
  throw disagreement(draft, 'the labels are not those of the model', { found, expected });
}

/** The table that was measured of the same file for the same use: a restart of the service measures nothing anew. */
function known(
  { hardware, cores }: ModelDraft,
  { sha256, maxBatch, inputs }: Pick<Parts, 'inputs' | 'maxBatch'> & { readonly sha256: string },
  { known: before }: DraftCheck,
): Profile | undefined {
  if (before?.profile.source.startsWith(MEASURED_AT_REGISTRATION) !== true) return undefined;
  const isSame =
    before.artifact?.sha256 === sha256 &&
    before.hardware === hardware &&
    before.resources.cores === cores &&
    before.maxBatch === maxBatch &&
    JSON.stringify(before.inputs) === JSON.stringify(inputs);
  return isSame ? before.profile : undefined;
}

function measured(
  { hardware, cores, origin }: ModelDraft,
  {
    path,
    ...model
  }: Pick<Parts, 'inputs' | 'outputs' | 'maxBatch'> & { readonly path: string; readonly sha256: string },
  options: DraftCheck,
): Promise<Profile> {
  if (hardware !== 'cpu') {
    throw new ServingError({
      code: 'MODEL_TABLE_MISSING',
      place: origin.place,
      message: `a variant for ${hardware} needs a latency table: what is measured at registration is the CPU`,
    });
  }
  return quickProfile(path, {
    ...model,
    hardware,
    threads: Math.max(1, Math.round(cores)),
    batches: batchesUpTo(model.maxBatch),
    runs: options.profileRuns,
    timeLimitNs: options.profileTimeNs,
    loadTimeoutNs: options.loadTimeoutNs,
    memoryMaxBytes: options.memoryMaxBytes,
    signal: options.signal,
  });
}

function text(tensors: readonly TensorSpec[]): string {
  const extent = (size: number | null): string => (size === null ? 'N' : size === -1 ? '?' : String(size));
  const shown = tensors.map(({ name, type, shape }) => `"${name}", ${type} [${shape.map(extent).join(',')}]`);
  return shown.length === 0 ? 'none' : shown.join(' and ');
}

function disagreement(
  { origin }: ModelDraft,
  message: string,
  parts: { readonly found: string; readonly expected: string },
): ServingError {
  return new ServingError({ code: 'MODEL_TENSORS', place: origin.place, message, ...parts });
}
