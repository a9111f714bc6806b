/** Between a tensor's bytes and what ONNX Runtime takes and gives: the texts of strings. */
import { isUtf8 } from 'node:buffer';

const LENGTH_BYTES = 4;

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
