/**
 * Answers of variants that exist as a latency table only: tensors of the right shapes, all zero. Their queries take the
 * time a real model would; the service marks them as simulated.
 */
import type { TensorSpec } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';
import { elementBytes, elementCount } from '../../backends/index.ts';

/** Bytes of an empty string tensor's element: its length, 0. */
const EMPTY_STRING_BYTES = 4;

/** @param inputs rows of the answer; an extent that the request would choose is 1. */
export function zeroOutputs(outputs: readonly TensorSpec[], inputs: number): TensorValue[] {
  return outputs.map(({ name, type, shape }) => {
    const extents = shape.map((extent, at) => (extent === null && at === 0 ? inputs : Math.max(1, extent ?? 1)));
    const size = type === 'string' ? EMPTY_STRING_BYTES : elementBytes(type);
    return { name, type, shape: extents, bytes: new Uint8Array(elementCount(extents) * size) };
  });
}
