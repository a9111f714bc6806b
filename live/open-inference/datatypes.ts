/** The names that Triton and the Open Inference Protocol have for types of tensors. */
import type { TensorType } from '../../core/index.ts';

/** By our type: the protocol's datatype, and the type in model configurations. */
const NAMES: Readonly<Record<TensorType, readonly [datatype: string, configured: string]>> = {
  bool: ['BOOL', 'TYPE_BOOL'],
  uint8: ['UINT8', 'TYPE_UINT8'],
  uint16: ['UINT16', 'TYPE_UINT16'],
  uint32: ['UINT32', 'TYPE_UINT32'],
  uint64: ['UINT64', 'TYPE_UINT64'],
  int8: ['INT8', 'TYPE_INT8'],
  int16: ['INT16', 'TYPE_INT16'],
  int32: ['INT32', 'TYPE_INT32'],
  int64: ['INT64', 'TYPE_INT64'],
  float16: ['FP16', 'TYPE_FP16'],
  float32: ['FP32', 'TYPE_FP32'],
  float64: ['FP64', 'TYPE_FP64'],
  string: ['BYTES', 'TYPE_STRING'],
};

/** `FP32` of `float32`. */
export function datatypeOf(type: TensorType): string {
  return NAMES[type][0];
}

/** `TYPE_FP32` of `float32`. */
export function configuredTypeOf(type: TensorType): string {
  return NAMES[type][1];
}
