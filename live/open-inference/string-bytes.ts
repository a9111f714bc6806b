/** Tensors of strings as bytes: each element four bytes of length, little-endian, and its text. */

const LENGTH_BYTES = 4;

/** Why these are not the bytes of that many strings; undefined when they are. */
export function stringFault(bytes: Uint8Array, elements: number): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let found = 0;
  while (at < bytes.length) {
    if (found === elements) return `got more than ${elements} BYTES elements, expected ${elements}`;
    if (at + LENGTH_BYTES > bytes.length) return `got ${bytes.length - at} bytes, expected the 4 bytes of a length`;
    const length = view.getUint32(at, true);
    at += LENGTH_BYTES;
    if (length > bytes.length - at) {
      return `got a BYTES element of ${length} bytes, expected at most the ${bytes.length - at} that are left`;
    }
    at += length;
    found += 1;
  }
  return found === elements ? undefined : `got ${found} BYTES elements, expected ${elements}`;
}

/** The texts as bytes. */
export function packStrings(texts: readonly string[]): Uint8Array {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    at = bytes.writeUInt32LE(lengths[index], at);
    at += bytes.write(text, at);
  }
  return bytes;
}

/** The elements of bytes that are known to be whole, not copied. */
export function* unpackStrings(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const end = at + LENGTH_BYTES + view.getUint32(at, true);
    yield bytes.subarray(at + LENGTH_BYTES, end);
    at = end;
  }
}
