/**
 * Holds the tensors of a request against those of the model. Everything is judged by arithmetic that cannot overflow
 * before any memory is taken, so that a shape alone never costs more than the bytes that came with it.
 */
import type { TensorSpec } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';
import { elementBytes } from '../../backends/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { ModelEntry } from '../service/index.ts';
import { quoted, shapeText } from './client-text.ts';
import { datatypeOf } from './datatypes.ts';
import { stringFault } from './string-bytes.ts';

/** A tensor as a client gives it. */
export interface GivenTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly (number | bigint)[];
  /** Its bytes, or what makes them. */
  readonly data: Uint8Array | PackData;
}

/**
 * Makes the bytes of a tensor whose type and shape are right.
 * @param where names the input, for messages.
 * @throws HttpRefusal 400 when the data are not of the type or not as many as the shape says.
 */
export type PackData = (spec: TensorSpec, shape: readonly number[], where: string) => Uint8Array;

/**
 * The tensors in the order of the model's inputs.
 * @throws HttpRefusal 400 that names the input, what was got and what is expected.
 */
export function checkTensors(entry: ModelEntry, given: readonly GivenTensor[]): TensorValue[] {
  const byName = new Map<string, GivenTensor>();
  for (const tensor of given) {
    if (byName.has(tensor.name)) throw fault(tensor.name, 'got it twice, expected it once');
    byName.set(tensor.name, tensor);
    if (!entry.inputs.some(({ name }) => name === tensor.name)) {
      throw fault(tensor.name, `got an input that model ${quoted(entry.name)} does not have, expected ${names(entry)}`);
    }
  }
  const tensors = entry.inputs.map((spec) => {
    const tensor = byName.get(spec.name);
    if (tensor === undefined) throw fault(spec.name, `got none, expected ${names(entry)}`);
    return { spec, tensor, shape: checkedShape(spec, tensor) };
  });
  if (entry.batches) checkBatch(entry, tensors);
  return tensors.map(({ spec, tensor, shape }) => ({
    name: spec.name,
    type: spec.type,
    shape,
    bytes: checkedBytes(spec, tensor, shape),
  }));
}

/** Inputs of a query: the batch's extent, or one where the model does not batch. */
export function inputsOf({ batches }: ModelEntry, tensors: readonly TensorValue[]): number {
  return batches ? tensors[0].shape[0] : 1;
}

function checkedShape(spec: TensorSpec, { name, datatype, shape }: GivenTensor): number[] {
  const expected = datatypeOf(spec.type);
  if (datatype !== expected) throw fault(name, `got datatype ${quoted(datatype)}, expected ${expected}`);
  const fits =
    shape.length === spec.shape.length &&
    shape.every((extent, at) => {
      const wanted = spec.shape[at];
      return isExtent(extent) && (wanted === null || wanted === -1 || Number(extent) === wanted);
    });
  if (!fits) {
    const rule = spec.shape.some((extent) => extent === null || extent === -1) ? ' with 1 or more for each -1' : '';
    throw fault(name, `got shape ${shapeText(shape)}, expected ${shapeText(spec.shape)}${rule}`);
  }
  // The product is what matters; extents that are no exact numbers make it too large below.
  const elements = shape.reduce<bigint>((product, extent) => product * BigInt(extent), 1n);
  if (elements > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw fault(name, `got shape ${shapeText(shape)}, expected one of fewer than 2^53 elements`);
  }
  return shape.map(Number);
}

function isExtent(extent: number | bigint): boolean {
  return typeof extent === 'bigint' ? extent > 0n : Number.isSafeInteger(extent) && extent > 0;
}

function checkBatch(entry: ModelEntry, tensors: readonly { tensor: GivenTensor; shape: readonly number[] }[]): void {
  const [first] = tensors;
  const batch = first.shape[0];
  if (batch > entry.maxBatch) {
    throw fault(first.tensor.name, `got a batch of ${batch}, expected at most ${entry.maxBatch}`);
  }
  for (const { tensor, shape } of tensors) {
    if (shape[0] !== batch) {
      throw fault(
        tensor.name,
        `got a batch of ${shape[0]}, expected ${batch} as of input ${quoted(first.tensor.name)}`,
      );
    }
  }
}

function checkedBytes(spec: TensorSpec, { name, data }: GivenTensor, shape: readonly number[]): Uint8Array {
  const where = `input ${quoted(name)}`;
  if (typeof data === 'function') return data(spec, shape, where);
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (spec.type === 'string') {
    const wrong = stringFault(data, elements);
    if (wrong !== undefined) throw fault(name, wrong);
    return data;
  }
  const expected = elements * elementBytes(spec.type);
  if (data.length !== expected) {
    const type = `${datatypeOf(spec.type)} ${shapeText(shape)}`;
    throw fault(name, `got ${data.length} bytes, expected ${expected} bytes for ${type}`);
  }
  if (spec.type === 'bool' && data.some((byte) => byte > 1)) {
    throw fault(name, 'got a byte above 1, expected 0 or 1 for each BOOL');
  }
  return data;
}

function names({ inputs }: ModelEntry): string {
  return inputs.map(({ name }) => quoted(name)).join(', ');
}

function fault(input: string, message: string): HttpRefusal {
  return new HttpRefusal(400, `input ${quoted(input)}: ${message}`);
}
