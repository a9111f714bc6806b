/** The Open Inference Protocol's names of the types of tensors, as a client reads and writes them. */
import type { TensorType } from '../../../../core/index.ts';

const TYPES: Readonly<Record<string, TensorType>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
};

/** Undefined for a datatype that is not known here, such as BF16. */
export function typeOf(datatype: string): TensorType | undefined {
  return Object.hasOwn(TYPES, datatype) ? TYPES[datatype] : undefined;
}

/** `FP32` of `float32`. */
export function datatypeOf(type: TensorType): string {
  return Object.keys(TYPES).find((datatype) => TYPES[datatype] === type) ?? '';
}
