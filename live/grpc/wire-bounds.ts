/**
 * Bounds on a message before it is decoded. A decoded message takes many times its bytes: an empty repeated field of
 * two bytes becomes an object, a packed integer of one byte becomes another. Raw tensors alone stay what they are. So
 * the bytes outside raw tensors and the number of fields are counted first, at the cost of one pass over the fields.
 */
import { status } from '@grpc/grpc-js';

export interface WireBounds {
  /** Bytes that may lie outside of raw tensors, keys and lengths included. */
  readonly plainBytes: number;
  /** Fields of the outermost message. */
  readonly fields: number;
}

/** Why a message may not be decoded. */
export interface Excess {
  readonly code: status;
  readonly message: string;
}

/**
 * Looks for what forbids to decode a message.
 * @param rawField number of the field whose contents are kept as they are; 0 for none.
 * @returns undefined when the message keeps the bounds.
 */
export function findExcess(bytes: Uint8Array, rawField: number, bounds: WireBounds): Excess | undefined {
  let at = 0;
  let fields = 0;
  let rawBytes = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    // Decoders keep the low 32 bits of a key: a longer one could pass for another field.
    if (key === undefined || key.value > 0xffff_ffff) return CUT;
    const end = fieldEnd(bytes, key.end, key.value & 7);
    if (end === undefined || end.end > bytes.length) return CUT;
    fields += 1;
    if (fields > bounds.fields) return tooMuch(`the message has more than ${bounds.fields} fields`);
    if (key.value >>> 3 === rawField) rawBytes += end.end - end.start;
    at = end.end;
  }
  const plainBytes = bytes.length - rawBytes;
  if (plainBytes <= bounds.plainBytes) return undefined;
  const hint = rawField === 0 ? '' : '; send tensors in raw_input_contents';
  return tooMuch(
    `${plainBytes} bytes of the message are no raw tensors; at most ${bounds.plainBytes} are taken${hint}`,
  );
}

const CUT: Excess = { code: status.INVALID_ARGUMENT, message: 'the message is cut off or malformed' };

function tooMuch(message: string): Excess {
  return { code: status.RESOURCE_EXHAUSTED, message };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a field's contents lie; undefined when its kind is unknown. Groups have been out of use since proto3. */
function fieldEnd(bytes: Uint8Array, start: number, kind: number): Span | undefined {
  if (kind === 1) return { start, end: start + 8 };
  if (kind === 5) return { start, end: start + 4 };
  const varint = kind === 0 || kind === 2 ? readVarint(bytes, start) : undefined;
  if (varint === undefined) return undefined;
  return kind === 0 ? { start, end: varint.end } : { start: varint.end, end: varint.end + varint.value };
}

/** A variable-length integer and where it ends. Beyond 32 bits the value is only known to be large. */
function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = start; at < start + 10 && at < bytes.length; at += 1) {
    value += (bytes[at] & 0x7f) * scale;
    if (bytes[at] < 0x80) return { value, end: at + 1 };
    scale *= 128;
  }
  return undefined;
}
