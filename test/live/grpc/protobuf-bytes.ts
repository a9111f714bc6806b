/** Protobuf by hand, for tests that must not trust a library: fields by number, as they lie on the wire. */

/** A number of 7 bits a byte, the lowest first. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** A field whose contents have a length: text, bytes or a message. */
export function field(number: number, contents: string | Uint8Array): Buffer {
  const bytes = Buffer.from(contents);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A field that holds an integer. */
export function integer(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** The values of a field, in order: contents, or the number of an integer. */
export function valuesOf(message: Uint8Array, number: number): (Buffer | number)[] {
  return read(message).flatMap(([found, value]) => (found === number ? [value] : []));
}

/** The only value of a field that has contents. */
export function contentsOf(message: Uint8Array, number: number): Buffer {
  const [value] = valuesOf(message, number);
  if (!Buffer.isBuffer(value)) throw new Error(`field ${number} has no contents`);
  return value;
}

/** Numbers of 7 bits a byte that lie one behind the other. */
export function varintsOf(bytes: Uint8Array): number[] {
  const values: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const [value, end] = readVarint(bytes, at);
    values.push(value);
    at = end;
  }
  return values;
}

function read(message: Uint8Array): [number: number, value: Buffer | number][] {
  const fields: [number, Buffer | number][] = [];
  for (let at = 0; at < message.length;) {
    const [key, start] = readVarint(message, at);
    const [value, end] = readVarint(message, start);
    const kind = key % 8;
    if (kind !== 0 && kind !== 2) throw new Error(`field of kind ${kind}`);
    at = kind === 0 ? end : end + value;
    fields.push([Math.floor(key / 8), kind === 0 ? value : Buffer.from(message.subarray(end, at))]);
  }
  return fields;
}

function readVarint(bytes: Uint8Array, start: number): [value: number, end: number] {
  let value = 0;
  let scale = 1;
  for (let at = start; at < bytes.length; at += 1) {
    value += (bytes[at] % 128) * scale;
    if (bytes[at] < 128) return [value, at + 1];
    scale *= 128;
  }
  throw new Error('a number is cut off');
}
