/**
 * Numbers to the bytes of a tensor and back, for all element types. Writing is exact or refused: nothing is wrapped,
 * cut off or rounded, but for the rounding to a floating-point type that every number undergoes.
 */
import type { TensorType } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import { elementBytes } from '../tensors/index.ts';
import { halfBits, halfValue } from './half-float.ts';

type NumberType = Exclude<TensorType, 'string'>;

const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** The bytes of elements as JSON gives them; undefined, with the place, where one is not of the type. */
export type EncodedElements =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly at: number; readonly expected: string };

export function encodeElements(type: TensorType, elements: readonly unknown[]): EncodedElements {
  if (type === 'string') return encodeTexts(elements);
  const bytes = new Uint8Array(elements.length * elementBytes(type));
  const view = new DataView(bytes.buffer);
  const size = elementBytes(type);
  for (const [at, element] of elements.entries()) {
    const value = typeof element === 'boolean' && type === 'bool' ? Number(element) : element;
    if (typeof value !== 'number' || !fits(type, value)) return { ok: false, at, expected: expectation(type) };
    write(view, at * size, { type, value });
  }
  return { ok: true, bytes };
}

/**
 * The elements of a tensor as JSON can say them: numbers, truth values and texts; a number beyond 2^53 as a text of its
 * digits, so that it stays exact, and null for what is no number.
 */
export function decodeElements({
  type,
  bytes,
}: Pick<TensorValue, 'type' | 'bytes'>): (number | boolean | string | null)[] {
  if (type === 'string') return decodeTexts(bytes);
  if (type === 'int64' || type === 'uint64') {
    return wholeNumbers(type, bytes).map((value) =>
      value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER ? String(value) : Number(value),
    );
  }
  const values = Array.from(numbersOf({ type, bytes }));
  if (type === 'bool') return values.map((value) => value !== 0);
  return values.map((value) => (Number.isFinite(value) ? value : null));
}

/** The elements of a numeric tensor, 64-bit ones rounded to a double. @throws Error for texts. */
export function numbersOf({ type, bytes }: Pick<TensorValue, 'type' | 'bytes'>): Float64Array {
  if (type === 'string') throw new Error('texts are no numbers');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = elementBytes(type);
  return Float64Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => read(view, index * size, type));
}

function fits(type: NumberType, value: number): boolean {
  if (type === 'bool') return value === 0 || value === 1;
  if (type === 'float64') return Number.isFinite(value);
  if (type === 'float32') return Number.isFinite(Math.fround(value));
  if (type === 'float16') return Number.isFinite(halfValue(halfBits(value)));
  const [least, most] = RANGES[type];
  return Number.isInteger(value) && value >= least && value <= most;
}

function expectation(type: NumberType): string {
  if (type === 'bool') return 'true or false';
  if (type.startsWith('float')) return `a number within the range of ${type}`;
  const [least, most] = RANGES[type];
  return `a whole number from ${least} to ${most}`;
}

function write(
  view: DataView,
  at: number,
  { type, value }: { readonly type: NumberType; readonly value: number },
): void {
  switch (type) {
    case 'bool':
    case 'uint8':
      view.setUint8(at, value);
      return;
    case 'int8':
      view.setInt8(at, value);
      return;
    case 'uint16':
      view.setUint16(at, value, true);
      return;
    case 'int16':
      view.setInt16(at, value, true);
      return;
    case 'uint32':
      view.setUint32(at, value, true);
      return;
    case 'int32':
      view.setInt32(at, value, true);
      return;
    case 'uint64':
      view.setBigUint64(at, BigInt(value), true);
      return;
    case 'int64':
      view.setBigInt64(at, BigInt(value), true);
      return;
    case 'float16':
      view.setUint16(at, halfBits(value), true);
      return;
    case 'float32':
      view.setFloat32(at, value, true);
      return;
    case 'float64':
      view.setFloat64(at, value, true);
  }
}

function read(view: DataView, at: number, type: NumberType): number {
  switch (type) {
    case 'bool':
    case 'uint8':
      return view.getUint8(at);
    case 'int8':
      return view.getInt8(at);
    case 'uint16':
      return view.getUint16(at, true);
    case 'int16':
      return view.getInt16(at, true);
    case 'uint32':
      return view.getUint32(at, true);
    case 'int32':
      return view.getInt32(at, true);
    case 'uint64':
      return Number(view.getBigUint64(at, true));
    case 'int64':
      return Number(view.getBigInt64(at, true));
    case 'float16':
      return halfValue(view.getUint16(at, true));
    case 'float32':
      return view.getFloat32(at, true);
    case 'float64':
      return view.getFloat64(at, true);
  }
}

function wholeNumbers(type: 'int64' | 'uint64', bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) =>
    type === 'int64' ? view.getBigInt64(index * 8, true) : view.getBigUint64(index * 8, true),
  );
}

function encodeTexts(elements: readonly unknown[]): EncodedElements {
  const parts: Uint8Array[] = [];
  for (const [at, element] of elements.entries()) {
    if (typeof element !== 'string') return { ok: false, at, expected: 'a text' };
    const text = Buffer.from(element, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    parts.push(length, text);
  }
  return { ok: true, bytes: Buffer.concat(parts) };
}

function decodeTexts(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let at = 0; at + 4 <= buffer.length;) {
    const end = at + 4 + buffer.readUInt32LE(at);
    texts.push(buffer.toString('utf8', at + 4, end));
    at = end;
  }
  return texts;
}
