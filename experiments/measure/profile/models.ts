/**
 * The models that a measurement is asked for: found in files and folders, described by loading each once in a process of
 * its own, named. What cannot be measured is told here, for all models together, before anything is measured.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { ServingError, ServingErrors } from '../../../core/index.ts';
import type { TensorSpec, UseCase } from '../../../core/index.ts';
import type { ModelDescription, VariantDefinition } from '../../../backends/index.ts';
import { describeModel } from '../../../backends/index.ts';
import type { ProfileOptions } from './options.ts';
import { filledOptions } from './options.ts';
import { interrupted } from './interrupted.ts';
import type { ShapeChoice } from './shape-choice.ts';
import { shapedInputs } from './shape-choice.ts';

/** What a user says of a model. */
export interface ModelWish {
  /** Absolute path. */
  readonly file: string;
  readonly name: string;
  readonly useCase: UseCase;
  readonly architecture: string;
  readonly framework: string;
  readonly precision: string;
  readonly accuracyPercent: number;
  readonly handler?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Of a catalogue's variant. */
  readonly sha256?: string | undefined;
}

/** A model that can be measured. */
export interface DescribedModel extends ModelWish {
  readonly hardware: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batches: readonly number[];
  /** What the user should know of how it is measured. */
  readonly notes: readonly string[];
}

export interface DescribeWish {
  readonly options: ProfileOptions;
  readonly hardware: string;
  readonly shapes: readonly ShapeChoice[];
}

/**
 * The model files that paths name: files themselves, and all `.onnx` files directly in folders, each once, in order.
 * @throws ServingErrors PROFILE_MODEL for what is not there and for folders without models.
 */
export function modelFiles(paths: readonly string[]): readonly string[] {
  const errors: ServingError[] = [];
  const files = paths.flatMap((path) => {
    const absolute = resolve(path);
    if (!existsSync(absolute)) {
      errors.push(problem(path, 'there is no such file'));
      return [];
    }
    if (!statSync(absolute).isDirectory()) return [absolute];
    const names = readdirSync(absolute).filter((name) => name.toLowerCase().endsWith('.onnx'));
    if (names.length === 0) errors.push(problem(path, 'the folder holds no ONNX model'));
    return names.toSorted().map((name) => join(absolute, name));
  });
  if (errors.length > 0) throw new ServingErrors(errors);
  return [...new Set(files)];
}

/**
 * What a file's name suggests: `resnet50-int8.onnx` is the variant `resnet50-int8` of the network `resnet50`. Variants and
 * networks share one space of names, so a name without a precision gets the hardware: `resnet50-cpu`.
 */
export function namedAfter(file: string, hardware: string): Pick<ModelWish, 'name' | 'architecture' | 'precision'> {
  const stem = basename(file, extname(file))
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  const own = stem === '' ? 'model' : stem;
  const match = /^(?<network>.+?)[-_.](?<precision>fp32|fp16|bf16|int8|uint8|w8)$/i.exec(own)?.groups;
  const { network, precision } = match ?? {};
  if (network === undefined || precision === undefined) {
    return { name: `${own}-${hardware}`, architecture: own, precision: 'unstated' };
  }
  return { name: own, architecture: network, precision: precision.toLowerCase() };
}

/** What the catalogue says of a variant. @throws ServingError PROFILE_MODEL when it has no file. */
export function wishOf(definition: VariantDefinition): ModelWish {
  const { name, artifact, origin, useCase, architecture, framework, precision, accuracyPercent } = definition;
  if (artifact === undefined) {
    throw new ServingError({
      code: 'PROFILE_MODEL',
      place: origin.place,
      message: `variant ${name} has no model file; it can only be simulated`,
    });
  }
  const file = resolve(origin.folder, artifact.path);
  const { handler, labels } = definition;
  const { sha256 } = artifact;
  return { file, name, useCase, architecture, framework, precision, accuracyPercent, handler, labels, sha256 };
}

/** @throws ServingErrors PROFILE_MODEL, PROFILE_SHAPE; all that is wrong with all models. ServingError MEASURE_INTERRUPTED. */
export async function describeModels(wishes: readonly ModelWish[], wish: DescribeWish): Promise<DescribedModel[]> {
  const described: DescribedModel[] = [];
  const errors: ServingError[] = [];
  const isStopped = (): boolean => wish.options.signal?.aborted === true;
  for (const model of wishes) {
    if (isStopped()) throw interrupted();
    try {
      described.push(await describedModel(model, wish));
    } catch (error) {
      if (!(error instanceof ServingError) || isStopped()) throw error;
      errors.push(error);
    }
  }
  const names = new Set(described.flatMap(({ inputs }) => inputs.map(({ name }) => name)));
  const stray = wish.shapes.find(({ input }) => !names.has(input));
  if (errors.length === 0 && stray !== undefined) {
    errors.push(
      new ServingError({
        code: 'PROFILE_SHAPE',
        place: '--shape',
        message: 'no model has an input of that name',
        found: stray.input,
        expected: [...names].join(', '),
      }),
    );
  }
  if (errors.length > 0) throw new ServingErrors(errors);
  return described;
}

async function describedModel(model: ModelWish, wish: DescribeWish): Promise<DescribedModel> {
  const { hardware, shapes, options } = wish;
  const { batches, loadTimeoutNs, memoryMaxBytes, signal } = filledOptions(options);
  const { file, sha256: expected } = model;
  const description = await describeModel(file, {
    timeoutNs: loadTimeoutNs,
    memoryMaxBytes,
    hardware,
    ...(expected === undefined ? {} : { sha256: expected }),
    signal,
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw interrupted();
    if (!(error instanceof ServingError) || error.code !== 'MODEL_REFUSED') throw error;
    throw problem(file, error.parts.message, error.parts.found);
  });
  const { batched, own, notes } = batchesOf(description, batches);
  const inputs = shapedInputs(batched.inputs, shapes, file);
  return {
    ...model,
    hardware,
    sha256: description.sha256,
    bytes: statSync(file).size,
    inputs,
    outputs: batched.outputs,
    batches: own,
    notes: notes.map((note) => `${model.name}: ${note}`),
  };
}

/** The batches a model takes, and its tensors with the batch marked. */
function batchesOf(
  { inputs, outputs }: Pick<ModelDescription, 'inputs' | 'outputs'>,
  batches: readonly number[],
): {
  readonly batched: Pick<ModelDescription, 'inputs' | 'outputs'>;
  readonly own: readonly number[];
  readonly notes: readonly string[];
} {
  if (inputs.length > 0 && inputs.every(({ shape }) => shape[0] === null)) {
    return { batched: { inputs, outputs }, own: batches, notes: [] };
  }
  const firsts = new Set([...inputs, ...outputs].map(({ shape }) => shape[0]));
  const [fixed] = firsts;
  if (inputs.length > 0 && firsts.size === 1 && typeof fixed === 'number' && fixed > 1) {
    const marked = (tensors: readonly TensorSpec[]): TensorSpec[] =>
      tensors.map((tensor) => ({ ...tensor, shape: [null, ...tensor.shape.slice(1)] }));
    const note = `its batch is fixed at ${fixed}; it is measured at that batch only, full and with one input padded to it`;
    return { batched: { inputs: marked(inputs), outputs: marked(outputs) }, own: [1, fixed], notes: [note] };
  }
  const notes = batches.some((batch) => batch > 1) ? ['the model does not batch; it is measured at batch 1 only'] : [];
  return { batched: { inputs, outputs }, own: [1], notes };
}

function problem(place: string, message: string, found?: string): ServingError {
  return new ServingError({ code: 'PROFILE_MODEL', place, message, ...(found === undefined ? {} : { found }) });
}
