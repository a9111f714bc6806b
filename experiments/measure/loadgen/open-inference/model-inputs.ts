/** Inputs for a model that is known by its metadata only: made up, or the bundled images where it takes them. */
import type { TensorSpec } from '../../../../core/index.ts';
import { RandomStreams, ServingError } from '../../../../core/index.ts';
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

/** @throws ServingError LOAD_DATASET when the model takes no such images, LOAD_SHAPE when an extent is unknown. */
export function modelInputs({ model, inputs: stated, dataset, shapes, seed }: InputChoice): ModelInputs {
  const inputs = stated.map((input) => withShape(input, shapes));
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

function withShape(input: TensorSpec, shapes: InputChoice['shapes']): TensorSpec {
  const given = shapes.get(input.name);
  if (given === undefined) return input;
  return { ...input, shape: input.shape[0] === null ? [null, ...given] : given };
}

function requireExtents(input: TensorSpec, model: string): void {
  if (input.shape.every((extent) => extent !== -1)) return;
  throw new ServingError({
    code: 'LOAD_SHAPE',
    message: `model ${model} leaves extents of an input to each request`,
    found: inputText(input),
    expected: 'to be told what to send',
    next: `add --shape ${input.name}=EXTENTS, without the batch, such as --shape ${input.name}=3,224,224`,
  });
}

function inputText({ name, type, shape }: TensorSpec): string {
  return `${name} ${type} [${shape.map((extent) => extent ?? -1).join(', ')}]`;
}
