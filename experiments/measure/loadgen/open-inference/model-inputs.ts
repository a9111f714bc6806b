/** Inputs for a model that is known by its metadata only: made up, or the bundled images where it takes them. */
import type { TensorSpec } from '../../../../core/index.ts';
import { RandomStreams, ServingError } from '../../../../core/index.ts';
import { meantName } from '../../../../backends/index.ts';
import type { TensorValue } from '../../../../backends/index.ts';
import type { InputSource } from '../../../../live/world/index.ts';
import { fashionMnistInputs, syntheticInputs, takesFashionMnist } from '../../../../live/world/index.ts';

export const DATASETS = ['synthetic', 'fashion-mnist'] as const;
export type Dataset = (typeof DATASETS)[number];

export interface InputChoice {
  readonly model: string;
  readonly inputs: readonly TensorSpec[];
  readonly dataset: Dataset;
  /** Extents of inputs by name, without the batch, in place of those that each request chooses. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly seed: string;
}

export interface ModelInputs {
  /** All inputs of a request, each valid until the next call. */
  tensors(position: number, samples: number): readonly TensorValue[];
  /** The class that a right answer names; absent where none is known. */
  readonly labelOf: ((position: number) => number) | undefined;
}

/** @throws ServingError LOAD_DATASET when the model takes no such images, LOAD_SHAPE when an extent is unknown or contradicted. */
export function modelInputs(choice: InputChoice): ModelInputs {
  const { model, dataset, seed } = choice;
  requireNames(choice);
  const inputs = choice.inputs.map((input) => withShape(input, choice));
  if (dataset === 'synthetic') {
    for (const input of inputs) requireExtents(input, model);
    const source = syntheticInputs({ name: model, inputs }, new RandomStreams(seed));
    return { tensors: tensorsOf(source, inputs), labelOf: undefined };
  }
  const useCase = { task: 'classification', dataset: 'fashion-mnist' };
  if (!takesFashionMnist({ useCase, inputs })) {
    throw new ServingError({
      code: 'LOAD_DATASET',
      message: `model ${model} does not take the images of fashion-mnist`,
      found: inputs.map(inputText).join(', '),
      expected: 'one FP32 input of shape [-1, 1, 28, 28]',
      next: 'leave --dataset out: its inputs are made up then',
    });
  }
  const source = fashionMnistInputs({ inputs });
  return { tensors: tensorsOf(source, inputs), labelOf: (position) => source.labelOf?.(position) ?? -1 };
}

/** Each input's bytes are copied, since a source hands out the same memory again. */
function tensorsOf(source: InputSource, inputs: readonly TensorSpec[]): ModelInputs['tensors'] {
  return (position, samples) => {
    if (inputs.length === 1) return [source.tensorOf(inputs[0], position, samples)];
    return inputs.map((input) => {
      const tensor = source.tensorOf(input, position, samples);
      return { ...tensor, bytes: Uint8Array.from(tensor.bytes) };
    });
  };
}

/** A name that no input has would be ignored, and its shape with it. */
function requireNames({ model, inputs, shapes }: InputChoice): void {
  const names = inputs.map(({ name }) => name);
  const stray = [...shapes.keys()].find((name) => !names.includes(name));
  if (stray === undefined) return;
  throw new ServingError({
    code: 'LOAD_SHAPE',
    place: '--shape',
    message: `model ${model} has no such input`,
    found: stray,
    ...meantName(stray, names),
    expected: `one of ${names.join(', ')}`,
  });
}

function withShape(input: TensorSpec, { model, shapes }: InputChoice): TensorSpec {
  const given = shapes.get(input.name);
  if (given === undefined) return input;
  const row = input.shape[0] === null ? input.shape.slice(1) : input.shape;
  if (given.length !== row.length || row.some((extent, at) => extent !== -1 && extent !== given[at])) {
    throw new ServingError({
      code: 'LOAD_SHAPE',
      place: '--shape',
      message: `model ${model} does not take that shape`,
      found: `${input.name}=${given.join('x')}`,
      expected: `what fits ${inputText(input)}${input.shape[0] === null ? ', without the batch' : ''}`,
    });
  }
  return { ...input, shape: input.shape[0] === null ? [null, ...given] : given };
}

function requireExtents(input: TensorSpec, model: string): void {
  if (input.shape.every((extent) => extent !== -1)) return;
  const row = input.shape[0] === null ? input.shape.slice(1) : input.shape;
  const example = row.map((extent) => (extent === -1 ? 224 : extent)).join('x');
  throw new ServingError({
    code: 'LOAD_SHAPE',
    message: `model ${model} leaves extents of an input to each request`,
    found: inputText(input),
    expected: 'to be told what to send',
    next: `add --shape ${input.name}=EXTENTS, without the batch, such as --shape ${input.name}=${example}`,
  });
}

function inputText({ name, type, shape }: TensorSpec): string {
  return `${name} ${type} [${shape.map((extent) => extent ?? -1).join(', ')}]`;
}
