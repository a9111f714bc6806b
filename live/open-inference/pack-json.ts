/**
 * Makes a tensor's bytes of the `data` of a JSON request, flat or nested as the shape says. Nothing is rounded,
 * wrapped or cut: a value that the type does not hold is refused with its place.
 */
import type { TensorSpec, TensorType } from '../../core/index.ts';
import type { JsonValue } from '../http/index.ts';
import { HttpRefusal, jsonKind } from '../http/index.ts';
import { shapeText } from './client-text.ts';
import { datatypeOf } from './datatypes.ts';
import { packStrings } from './string-bytes.ts';

interface IntegerRange {
  readonly least: bigint;
  readonly most: bigint;
}

const RANGES: Readonly<Partial<Record<TensorType, IntegerRange>>> = {
  uint8: unsigned(8n),
  uint16: unsigned(16n),
  uint32: unsigned(32n),
  uint64: unsigned(64n),
  int8: signed(8n),
  int16: signed(16n),
  int32: signed(32n),
  int64: signed(64n),
};

/** @param takeNonFinite whether NaN and Infinity are numbers. */
export function packJson(
  data: JsonValue,
  takeNonFinite: boolean,
): (spec: TensorSpec, shape: readonly number[], where: string) => Uint8Array {
  return ({ type }, shape, where) => {
    const values = flat(data, shape, where);
    const refuse = (index: number, reason = ''): HttpRefusal =>
      new HttpRefusal(400, `${where}: element ${index} got ${shown(values[index])}${reason}, expected ${wanted(type)}`);
    switch (type) {
      case 'bool':
        return packBools(values, refuse);
      case 'string':
        return packTexts(values, refuse);
      case 'float16':
        throw new HttpRefusal(400, `${where}: FP16 has no JSON form; send it as binary data (binary_data_size)`);
      case 'float32':
        return packFloats(new Float32Array(values.length), values, takeNonFinite, refuse);
      case 'float64':
        return packFloats(new Float64Array(values.length), values, takeNonFinite, refuse);
      case 'int64':
        return packLongs(new BigInt64Array(values.length), values, signed(64n), refuse);
      case 'uint64':
        return packLongs(new BigUint64Array(values.length), values, unsigned(64n), refuse);
      default:
        return packIntegers(type, values, refuse);
    }
  };
}

type Refuse = (index: number, reason?: string) => HttpRefusal;

function packBools(values: readonly JsonValue[], refuse: Refuse): Uint8Array {
  const packed = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (typeof value !== 'boolean') throw refuse(at);
    packed[at] = value ? 1 : 0;
  }
  return packed;
}

function packTexts(values: readonly JsonValue[], refuse: Refuse): Uint8Array {
  for (let at = 0; at < values.length; at += 1) if (typeof values[at] !== 'string') throw refuse(at);
  // Each was just seen to be one.
  return packStrings(values as readonly string[]);
}

function packFloats(
  packed: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  values: readonly JsonValue[],
  takeNonFinite: boolean,
  refuse: Refuse,
): Uint8Array {
  for (let at = 0; at < values.length; at += 1) {
    const given = values[at];
    if (typeof given !== 'number' && typeof given !== 'bigint') throw refuse(at);
    const value = Number(given);
    packed[at] = value;
    if (!Number.isFinite(packed[at]) && (Number.isFinite(value) || !takeNonFinite))
      throw refuse(at, ', which is too large');
  }
  return new Uint8Array(packed.buffer);
}

function packLongs(
  packed: BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>,
  values: readonly JsonValue[],
  { least, most }: IntegerRange,
  refuse: Refuse,
): Uint8Array {
  for (let at = 0; at < values.length; at += 1) {
    const given = values[at];
    if (typeof given === 'number' && !Number.isSafeInteger(given)) throw refuse(at, ', which is no exact integer');
    if (typeof given !== 'number' && typeof given !== 'bigint') throw refuse(at);
    const value = BigInt(given);
    if (value < least || value > most) throw refuse(at);
    packed[at] = value;
  }
  return new Uint8Array(packed.buffer);
}

const INTEGER_ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
} as const;

function packIntegers(type: keyof typeof INTEGER_ARRAYS, values: readonly JsonValue[], refuse: Refuse): Uint8Array {
  const packed = new INTEGER_ARRAYS[type](values.length);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (typeof value !== 'number') throw refuse(at);
    packed[at] = value;
    // What was wrapped or cut is not what was given.
    if (packed[at] !== value) throw refuse(at);
  }
  return new Uint8Array(packed.buffer);
}

/** The elements in a row: `data` itself, or what is in it when it is nested as deep as the shape. */
function flat(data: JsonValue, shape: readonly number[], where: string): readonly JsonValue[] {
  if (!Array.isArray(data)) throw new HttpRefusal(400, `${where}: data got ${jsonKind(data)}, expected an array`);
  // Narrowing by Array.isArray loses the element type of readonly arrays.
  const values = data as readonly JsonValue[];
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (shape.length < 2 || !Array.isArray(values[0])) {
    if (values.length === elements) return values;
    throw new HttpRefusal(
      400,
      `${where}: data got ${values.length} elements, expected ${elements} for shape ${shapeText(shape)}`,
    );
  }
  const row: JsonValue[] = [];
  flattenInto(row, values, shape, 0, where);
  return row;
}

function flattenInto(row: JsonValue[], data: JsonValue, shape: readonly number[], level: number, where: string): void {
  if (!Array.isArray(data) || data.length !== shape[level]) {
    const found = Array.isArray(data) ? `${data.length} elements` : jsonKind(data);
    throw new HttpRefusal(
      400,
      `${where}: data got ${found} at level ${level + 1}, expected ${shape[level]} for shape ${shapeText(shape)}`,
    );
  }
  if (level === shape.length - 1) for (const value of data as readonly JsonValue[]) row.push(value);
  else for (const inner of data as readonly JsonValue[]) flattenInto(row, inner, shape, level + 1, where);
}

function wanted(type: TensorType): string {
  const range = RANGES[type];
  if (range !== undefined) return `${datatypeOf(type)}, an integer from ${range.least} to ${range.most}`;
  if (type === 'bool') return 'BOOL, true or false';
  return type === 'string' ? 'BYTES, a string' : `${datatypeOf(type)}, a number`;
}

function shown(value: JsonValue): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return jsonKind(value);
}

function unsigned(bits: bigint): IntegerRange {
  return { least: 0n, most: (1n << bits) - 1n };
}

function signed(bits: bigint): IntegerRange {
  return { least: -(1n << (bits - 1n)), most: (1n << (bits - 1n)) - 1n };
}
