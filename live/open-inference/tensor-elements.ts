/** The elements of a numeric tensor as numbers, 64-bit integers as bigints. */
import type { TensorType } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';
import { invariant } from '../../core/index.ts';

const ARRAYS = {
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Partial<Record<TensorType, unknown>>;

type NumericType = keyof typeof ARRAYS;

/** Not of strings and 16-bit floats. A copy, since typed arrays must begin at a multiple of their element's size. */
export function tensorElements({ type, bytes }: TensorValue): ArrayLike<number | bigint> {
  invariant(type in ARRAYS, `${type} tensors have no elements that are numbers`);
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  // Just seen to be one of the keys.
  return new ARRAYS[type as NumericType](copy.buffer);
}
