/** Between a tensor's bytes and what ONNX Runtime takes and gives: typed arrays over the same memory, texts for strings. */
import { isUtf8 } from 'node:buffer';
import type { TensorType } from '../../core/index.ts';

export type NumberType = Exclude<TensorType, 'string'>;

/** What the session takes and gives, by type. float16 is its bits, a bool a byte. */
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
const LENGTH_BYTES = 4;

export type NumberArray = InstanceType<(typeof ARRAYS)[NumberType]>;

/** A view of the bytes, not a copy. They begin at a multiple of the element's size, and the machine is little-endian. */
export function arrayOver(type: NumberType, bytes: Uint8Array): NumberArray {
  const array = ARRAYS[type];
  return new array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / array.BYTES_PER_ELEMENT);
}

/**
 * The texts of a string tensor.
 *
 * @throws Error when a length lies beyond the bytes, and for what ONNX Runtime's binding would change without a word: it
 * takes UTF-8 only and cuts a text at a zero byte (onnxruntime-node 1.30.0).
 */
export function decodeStrings(bytes: Uint8Array, count: number): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return Array.from({ length: count }, () => {
    if (at + LENGTH_BYTES > buffer.length) throw new Error('a string tensor ends in the middle of a length');
    const begin = at + LENGTH_BYTES;
    at = begin + buffer.readUInt32LE(at);
    if (at > buffer.length) throw new Error('a string tensor ends in the middle of a text');
    const text = buffer.subarray(begin, at);
    if (text.includes(0) || !isUtf8(text)) throw new Error('a text is no UTF-8, or holds a zero byte');
    return text.toString('utf8');
  });
}

/** Each text as four bytes of length and its UTF-8. */
export function encodeStrings(texts: readonly string[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + LENGTH_BYTES + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) {
    const length = bytes.write(text, at + LENGTH_BYTES);
    at = bytes.writeUInt32LE(length, at) + length;
  }
  return bytes;
}
