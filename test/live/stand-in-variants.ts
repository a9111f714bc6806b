/**
 * The variants of the stand-in service, and what they compute. `simple` adds and subtracts two integer tensors, as
 * Triton's example of that name does; all others hand their input on.
 */
import type { TensorType } from '../../core/index.ts';
import { TENSOR_TYPES } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';
import type { ServedVariant } from '../../live/service/index.ts';
import { servedVariant, spec } from './served-variant.ts';

/**
 * - `simple`: INPUT0, INPUT1 int32 [batch, 16] to OUTPUT0 (sum) and OUTPUT1 (difference); at most 8.
 * - `identity-TYPE` for every type of tensor: INPUT0 [batch, any] to OUTPUT0; at most 8.
 * - `unbatched`: INPUT0 float32 [any, 4] to OUTPUT0; does not batch. `scalar`: one float32 without extents.
 * - `scores-small` (70 %, fp32) and `scores-large` (90 %): INPUT0 float32 [batch, 4] to OUTPUT0 with four labels;
 *   of the architecture `scores-net` and the use case `classification-letters`.
 * - `versioned` in versions 1 and 2, of which 1 is the default.
 */
export function standInVariants(): ServedVariant[] {
  const scores = {
    inputs: [spec('INPUT0', 'float32', null, 4)],
    outputs: [spec('OUTPUT0', 'float32', null, 4)],
    labels: ['a', 'b', 'c', 'd'],
    architecture: 'scores-net',
    useCase: { task: 'classification', dataset: 'letters' },
  };
  return [
    servedVariant({
      name: 'simple',
      inputs: [spec('INPUT0', 'int32', null, 16), spec('INPUT1', 'int32', null, 16)],
      outputs: [spec('OUTPUT0', 'int32', null, 16), spec('OUTPUT1', 'int32', null, 16)],
    }),
    ...TENSOR_TYPES.map((type) => identityVariant(type)),
    unbatched('unbatched', -1, 4),
    unbatched('scalar'),
    servedVariant({ ...scores, name: 'scores-small', accuracyPercent: 70 }),
    servedVariant({ ...scores, name: 'scores-large', accuracyPercent: 90, precision: 'fp16', maxBatch: 16 }),
    ...['1', '2'].map((version) => ({
      ...identityVariant('float32', 'versioned', version),
      isDefault: version === '1',
    })),
  ];
}

/** INPUT0 [batch, any] to OUTPUT0, unchanged. */
export function identityVariant(type: TensorType, name = `identity-${type}`, version = '1'): ServedVariant {
  const inputs = [spec('INPUT0', type, null, -1)];
  return servedVariant({ name, version, inputs, outputs: [spec('OUTPUT0', type, null, -1)] });
}

/** INPUT0 + INPUT1 and INPUT0 - INPUT1 for `simple`; each output is the input at its place for all others. */
export function sumAndDifference(variant: ServedVariant, tensors: readonly TensorValue[]): TensorValue[] {
  const { outputs } = variant.definition;
  if (variant.name !== 'simple') return outputs.map(({ name, type }, at) => ({ ...tensors[at], name, type }));
  const [left, right] = tensors.map(int32s);
  const computed = [left.map((value, at) => value + right[at]), left.map((value, at) => value - right[at])];
  return outputs.map(({ name, type }, at) => {
    return { name, type, shape: tensors[0].shape, bytes: new Uint8Array(computed[at].buffer) };
  });
}

function unbatched(name: string, ...shape: number[]): ServedVariant {
  const outputs = [spec('OUTPUT0', 'float32', ...shape)];
  return servedVariant({ name, inputs: [spec('INPUT0', 'float32', ...shape)], outputs, maxBatch: 1 });
}

/** Copied, since a tensor's bytes may begin anywhere; `slice` would not copy a Buffer. */
function int32s({ bytes }: TensorValue): Int32Array<ArrayBuffer> {
  return new Int32Array(new Uint8Array(bytes).buffer);
}
