/**
 * How a model wants to be fed: its one input, as the session describes it, compared with what the variant says it
 * is. Pure. Failures are Errors with one line for people.
 */
import type { InferenceSession } from 'onnxruntime-node';
import type { TensorSpec } from '../../core/index.ts';
import type { InputPlan, LoadSpec } from './engine-protocol.ts';

/** The plan for a model whose inputs are `metadata`. The first dimension is the batch. */
export function planInput(
  metadata: readonly InferenceSession.ValueMetadata[],
  { input: said, maxBatch }: Pick<LoadSpec, 'input' | 'maxBatch'>,
): InputPlan {
  if (metadata.length !== 1) {
    const names = metadata.map(({ name }) => name).join(', ');
    throw new Error(`the model has ${metadata.length} inputs (${names}); exactly one is supported`);
  }
  const [input] = metadata;
  if (!input.isTensor || (input.type !== 'float32' && input.type !== 'uint8')) {
    const found = input.isTensor ? input.type : 'no tensor';
    throw new Error(`input "${input.name}" is ${found}; supported are float32 and uint8`);
  }
  if (input.shape.length === 0)
    throw new Error(`input "${input.name}" is a scalar; its first dimension must be the batch`);
  if (said !== undefined) compare(input, said);
  const [batch, ...open] = input.shape;
  const dims = open.map((size, index) => {
    const known = typeof size === 'number' ? size : said?.shape[index + 1];
    if (typeof known === 'number' && known > 0) return known;
    throw new Error(
      `input "${input.name}" leaves ${describe(input)} open; the variant must state every dimension but the batch`,
    );
  });
  const fixedBatch = typeof batch === 'number' ? batch : null;
  if (fixedBatch !== null && fixedBatch < maxBatch) {
    throw new Error(
      `input "${input.name}" has the fixed batch ${fixedBatch}, but the variant's maximum batch is ${maxBatch}`,
    );
  }
  const length = dims.reduce((product, size) => product * size, 1);
  return { name: input.name, type: input.type, dims, length, fixedBatch };
}

function compare(input: InferenceSession.TensorValueMetadata, said: TensorSpec): void {
  const agrees =
    input.name === said.name &&
    input.type === said.type &&
    input.shape.length === said.shape.length &&
    // Names of dimensions, and the batch of the variant, agree with every number.
    input.shape.every((size, index) => typeof size !== 'number' || [null, size].includes(said.shape[index]));
  if (agrees) return;
  const expected = describe({ type: said.type, shape: said.shape.map((size) => size ?? 'N') });
  throw new Error(`its input is "${input.name}", ${describe(input)}; the variant says "${said.name}", ${expected}`);
}

function describe({ type, shape }: { readonly type: string; readonly shape: readonly (number | string)[] }): string {
  return `${type} [${shape.map((size) => (size === '' ? '?' : size)).join(',')}]`;
}
