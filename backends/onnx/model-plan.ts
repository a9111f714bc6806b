/**
 * How a model wants to be fed and what it gives: its tensors as the session describes them, compared with what the
 * variant says they are. Pure. Failures are Errors with one line for people.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { TENSOR_TYPES } from '../../core/index.ts';
import type { TensorSpec, TensorType } from '../../core/index.ts';
import { isBatched } from '../tensors/index.ts';
import type { LoadSpec, ModelTensors } from './engine-protocol.ts';

/** A tensor as the session tells of it: numbers are fixed, names are open. */
interface Declared {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly (number | string)[];
}

type Metadata = readonly InferenceSession.ValueMetadata[];

/** @param session its inputs and outputs as its metadata has them. */
export function planModel(
  session: { readonly inputs: Metadata; readonly outputs: Metadata },
  { inputs: said, outputs: wanted, maxBatch }: Pick<LoadSpec, 'inputs' | 'outputs' | 'maxBatch'>,
): ModelTensors {
  const inputs = session.inputs.map((tensor) => declared('input', tensor));
  if (said !== undefined) requireSaid(inputs, said);
  const specOf = (name: string): TensorSpec | undefined => said?.find((spec) => spec.name === name);
  const outputs = wantedOutputs(session.outputs, wanted);
  const batches = said === undefined ? maxBatch > 1 || mayBatch(inputs, outputs) : said.every(isBatched);
  if (!batches && maxBatch > 1) {
    throw new Error(`the variant's maximum batch is ${maxBatch}, but its inputs do not begin with a batch`);
  }
  return {
    inputs: inputs.map((input) => planned(input, specOf(input.name), batches)),
    outputs: outputs.map(
      (output) => wanted?.find(({ name }) => name === output.name) ?? planned(output, undefined, batches),
    ),
    batches,
    fixedBatch: batches ? fixedBatch(inputs, maxBatch) : null,
  };
}

/** Shape of one row of an output, or undefined when only a run tells it. */
export function rowShapeOf(metadata: Metadata, name: string, batches: boolean): readonly number[] | undefined {
  const found = metadata.find((output) => output.name === name);
  // An unknown rank looks like a scalar's.
  if (found?.isTensor !== true || found.shape.length === 0) return undefined;
  const shape = batches ? found.shape.slice(1) : found.shape;
  return shape.every((extent) => typeof extent === 'number') ? shape : undefined;
}

function declared(role: 'input' | 'output', tensor: InferenceSession.ValueMetadata): Declared {
  if (!tensor.isTensor) throw new Error(`${role} "${tensor.name}" is no tensor, but a sequence or a map`);
  const { name, type, shape } = tensor;
  if (!isTensorType(type)) throw new Error(`${role} "${name}" is ${type}, which is not supported`);
  return { name, type, shape };
}

function isTensorType(type: string): type is TensorType {
  return (TENSOR_TYPES as readonly string[]).includes(type);
}

/** Whether every tensor leaves its first dimension open. An output without dimensions may be one that nobody declared. */
function mayBatch(inputs: readonly Declared[], outputs: readonly Declared[]): boolean {
  const leavesOpen = ({ shape }: Declared): boolean => typeof shape[0] === 'string';
  return (
    inputs.length > 0 &&
    inputs.every(leavesOpen) &&
    outputs.every((output) => output.shape.length === 0 || leavesOpen(output))
  );
}

/** The outputs that are asked for, in that order; what nobody asks for need not be one that we can hand on. */
function wantedOutputs(metadata: Metadata, wanted: readonly TensorSpec[] | undefined): Declared[] {
  if (wanted === undefined) return metadata.map((tensor) => declared('output', tensor));
  return wanted.map((spec) => {
    const found = metadata.find(({ name }) => name === spec.name);
    if (found === undefined) {
      const names = metadata.map(({ name }) => `"${name}"`).join(', ');
      throw new Error(`the variant says that it has the output "${spec.name}"; it has ${names}`);
    }
    const output = declared('output', found);
    if (output.type === spec.type) return output;
    throw new Error(`its output "${output.name}" is ${output.type}; the variant says ${spec.type}`);
  });
}

function requireSaid(inputs: readonly Declared[], said: readonly TensorSpec[]): void {
  const agrees = (input: Declared): boolean => {
    const spec = said.find(({ name }) => name === input.name);
    return (
      spec !== undefined &&
      spec.type === input.type &&
      spec.shape.length === input.shape.length &&
      // Names of dimensions, and the batch of the variant, agree with every number.
      input.shape.every((extent, index) => typeof extent !== 'number' || [null, extent].includes(spec.shape[index]))
    );
  };
  if (inputs.length === said.length && inputs.every(agrees)) return;
  const verb = inputs.length === 1 ? 'input is' : 'inputs are';
  throw new Error(`its ${verb} ${described(inputs)}; the variant says ${described(said)}`);
}

/** The extents that neither the model nor the variant fixes are left to each request. */
function planned({ name, type, shape }: Declared, said: TensorSpec | undefined, batches: boolean): TensorSpec {
  return {
    name,
    type,
    shape: shape.map((extent, index) => {
      if (batches && index === 0) return null;
      return typeof extent === 'number' ? extent : (said?.shape[index] ?? -1);
    }),
  };
}

/** The number that the model has in the batch's place; all inputs must have the same. */
function fixedBatch(inputs: readonly Declared[], maxBatch: number): number | null {
  const numbers = inputs.flatMap(({ name, type, shape }) => {
    if (shape.length === 0) throw new Error(`input "${name}" is a scalar; its first dimension must be the batch`);
    const [batch] = shape;
    if (typeof batch !== 'number') return [];
    if (batch >= maxBatch) return [batch];
    throw new Error(
      `input "${name}" (${type}) has the fixed batch ${batch}, but the variant's maximum batch is ${maxBatch}`,
    );
  });
  if (new Set(numbers).size > 1) throw new Error(`its inputs have the fixed batches ${numbers.join(' and ')}`);
  return numbers.at(0) ?? null;
}

function described(tensors: readonly (Declared | TensorSpec)[]): string {
  if (tensors.length === 0) return 'none';
  const text = (extent: number | string | null): string =>
    extent === null ? 'N' : extent === '' || extent === -1 ? '?' : String(extent);
  return tensors.map(({ name, type, shape }) => `"${name}", ${type} [${shape.map(text).join(',')}]`).join(' and ');
}
