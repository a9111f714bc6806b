/**
 * A tensor as it travels: between protocols, the service and engines, in one form for all types. Elements lie row by
 * row, little-endian, without padding; a bool is one byte, a string four bytes of length and its UTF-8 text (the
 * binary form of the Open Inference Protocol), so that nobody converts what only passes through.
 */
import type { TensorSpec, TensorType } from '../../core/index.ts';

export interface TensorValue {
  readonly name: string;
  readonly type: TensorType;
  /** Every extent, the batch included where the model batches. */
  readonly shape: readonly number[];
  /** Not copied and not changed by those it is handed to; they copy what must last beyond the call. */
  readonly bytes: Uint8Array;
}

const ELEMENT_BYTES: Readonly<Record<TensorType, number>> = {
  bool: 1,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
  string: 0,
};

/** Bytes of one element; 0 for strings, whose elements differ. */
export function elementBytes(type: TensorType): number {
  return ELEMENT_BYTES[type];
}

/** Elements of a shape. Exact up to 2^53; who takes shapes from outside checks them before. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Whether a tensor's first dimension is the batch. */
export function isBatched({ shape }: Pick<TensorSpec, 'shape'>): boolean {
  return shape.length > 0 && shape[0] === null;
}

/**
 * Where rows begin in a tensor's bytes: the offsets of rows 0 to `rows`, the last being the end.
 * @param rows extent of the first dimension.
 * @throws Error when a string's length lies beyond the bytes.
 */
export function rowOffsets(
  { type, bytes }: Pick<TensorValue, 'type' | 'bytes'>,
  rows: number,
  perRow: number,
): number[] {
  const size = elementBytes(type);
  if (size > 0) return Array.from({ length: rows + 1 }, (_, row) => row * perRow * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = [0];
  let at = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let element = 0; element < perRow; element += 1) {
      if (at + 4 > bytes.length) throw new Error('a string tensor ends in the middle of a length');
      at += 4 + view.getUint32(at, true);
      if (at > bytes.length) throw new Error('a string tensor ends in the middle of a text');
    }
    offsets.push(at);
  }
  return offsets;
}
