/** Tensors as bytes: the one form in which protocols, the service and engines hand them on. */
export type { TensorValue } from './tensor-value.ts';
export { elementBytes, elementCount, isBatched, rowOffsets } from './tensor-value.ts';
export type { NumberArray, NumberType } from './number-array.ts';
export { arrayOver } from './number-array.ts';
