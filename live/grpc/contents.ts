/**
 * The elements of `InferTensorContents` as bytes: the other of the two forms in which tensors arrive. Only the field
 * that belongs to the tensor's type may be used, and no value is cut to fit: what lies outside of the type is refused.
 */
import type { TensorType } from '../../core/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { PackData } from '../open-inference/index.ts';
import { datatypeOf } from '../open-inference/index.ts';
import type { Long64 } from './long.ts';
import type { InferTensorContents } from './messages.ts';

type Field = keyof InferTensorContents;

/** Where the elements of each type travel; floats of 16 bits have no field. */
const FIELD_OF: Readonly<Record<TensorType, Field | undefined>> = {
  bool: 'bool_contents',
  uint8: 'uint_contents',
  uint16: 'uint_contents',
  uint32: 'uint_contents',
  uint64: 'uint64_contents',
  int8: 'int_contents',
  int16: 'int_contents',
  int32: 'int_contents',
  int64: 'int64_contents',
  float16: undefined,
  float32: 'fp32_contents',
  float64: 'fp64_contents',
  string: 'bytes_contents',
};

const FIELDS: readonly Field[] = [
  'bool_contents',
  'int_contents',
  'int64_contents',
  'uint_contents',
  'uint64_contents',
  'fp32_contents',
  'fp64_contents',
  'bytes_contents',
];

/** Elements there are, of all fields. */
export function contentsLength(contents: InferTensorContents | null): number {
  return contents === null ? 0 : FIELDS.reduce((sum, field) => sum + contents[field].length, 0);
}

/** Makes a tensor's bytes of its elements. */
export function packContents(contents: InferTensorContents): PackData {
  return ({ type }, shape, where) => {
    const field = FIELD_OF[type];
    if (field === undefined) throw fault(where, `got contents, expected ${datatypeOf(type)} in raw_input_contents`);
    const stray = FIELDS.find((other) => other !== field && contents[other].length > 0);
    if (stray !== undefined) throw fault(where, `got elements in ${stray}, expected ${datatypeOf(type)} in ${field}`);
    const expected = shape.reduce((product, extent) => product * extent, 1);
    const found = contents[field].length;
    if (found !== expected) throw fault(where, `got ${found} elements, expected ${expected} for its shape`);
    return packed(contents, type, where);
  };
}

/** Little-endian. */
function packed(contents: InferTensorContents, type: TensorType, where: string): Uint8Array {
  switch (type) {
    case 'bool':
      return Uint8Array.from(contents.bool_contents, Number);
    case 'uint8':
      return integers(contents.uint_contents, { size: 1, least: 0, most: 0xff, where });
    case 'uint16':
      return integers(contents.uint_contents, { size: 2, least: 0, most: 0xffff, where });
    case 'uint32':
      return integers(contents.uint_contents, { size: 4, least: 0, most: 0xffff_ffff, where });
    case 'int8':
      return integers(contents.int_contents, { size: 1, least: -0x80, most: 0x7f, where });
    case 'int16':
      return integers(contents.int_contents, { size: 2, least: -0x8000, most: 0x7fff, where });
    case 'int32':
      return integers(contents.int_contents, { size: 4, least: -0x8000_0000, most: 0x7fff_ffff, where });
    case 'int64':
      return longs(contents.int64_contents);
    case 'uint64':
      return longs(contents.uint64_contents);
    case 'float32':
      return floats(contents.fp32_contents, 4);
    case 'float64':
      return floats(contents.fp64_contents, 8);
    default:
      return texts(contents.bytes_contents);
  }
}

interface IntegerRange {
  readonly size: 1 | 2 | 4;
  readonly least: number;
  readonly most: number;
  readonly where: string;
}

function integers(values: readonly number[], { size, least, most, where }: IntegerRange): Uint8Array {
  const bytes = Buffer.allocUnsafe(values.length * size);
  for (const [index, value] of values.entries()) {
    if (value < least || value > most) throw fault(where, `got ${value}, expected ${least} to ${most}`);
    // Two's complement: a negative number and its unsigned reading have the same bytes.
    bytes.writeUIntLE(value < 0 ? value + 2 * (most + 1) : value, index * size, size);
  }
  return bytes;
}

function longs(values: readonly Long64[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(values.length * 8);
  for (const [index, { low, high }] of values.entries()) {
    bytes.writeInt32LE(low, index * 8);
    bytes.writeInt32LE(high, index * 8 + 4);
  }
  return bytes;
}

function floats(values: readonly number[], size: 4 | 8): Uint8Array {
  const bytes = Buffer.allocUnsafe(values.length * size);
  for (const [index, value] of values.entries()) {
    if (size === 4) bytes.writeFloatLE(value, index * 4);
    else bytes.writeDoubleLE(value, index * 8);
  }
  return bytes;
}

/** Each element with its length in front, as in the raw form. */
function texts(values: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(values.reduce((sum, { length }) => sum + 4 + length, 0));
  let at = 0;
  for (const value of values) {
    bytes.set(value, bytes.writeUInt32LE(value.length, at));
    at += 4 + value.length;
  }
  return bytes;
}

function fault(where: string, message: string): HttpRefusal {
  return new HttpRefusal(400, `${where}: ${message}`);
}
