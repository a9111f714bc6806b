/** A tensor's bytes as the typed array of its elements, over the same memory. */
import type { TensorType } from '../../core/index.ts';

export type NumberType = Exclude<TensorType, 'string'>;

/** float16 is its bits, a bool a byte. */
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
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export type NumberArray = InstanceType<(typeof ARRAYS)[NumberType]>;

/** A view of the bytes, not a copy. They begin at a multiple of the element's size, and the machine is little-endian. */
export function arrayOver(type: NumberType, bytes: Uint8Array): NumberArray {
  const array = ARRAYS[type];
  return new array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / array.BYTES_PER_ELEMENT);
}
