/** A request that is nothing but the bytes of its one tensor: batch 1, and the one free extent is what the bytes make. */
import { elementBytes } from '../../backends/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { ModelEntry } from '../service/index.ts';
import type { GivenTensor } from './check-tensors.ts';
import { quoted, shapeText } from './client-text.ts';
import { datatypeOf } from './datatypes.ts';

const LENGTH_BYTES = 4;

/** @throws HttpRefusal 400 when the model has several inputs or free extents, or the bytes make no whole tensor. */
export function rawTensor(entry: ModelEntry, body: Buffer): GivenTensor {
  const [spec] = entry.inputs;
  const shape = spec?.shape.map((extent, at) => (at === 0 && entry.batches ? 1 : (extent ?? -1))) ?? [];
  const free = shape.filter((extent) => extent === -1).length;
  if (entry.inputs.length !== 1 || free > 1) {
    throw new HttpRefusal(
      400,
      `model ${quoted(entry.name)} takes no raw request, which is for one input with at most one free extent`,
    );
  }
  const { name, type } = spec;
  const fixed = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  // A string is the whole body, so that there is exactly one.
  const elements = type === 'string' ? 1 : body.length / elementBytes(type);
  const extent = elements / fixed;
  if (!Number.isInteger(extent) || extent < 1 || (free === 0 && extent !== 1)) {
    throw new HttpRefusal(
      400,
      `input ${quoted(name)}: got ${body.length} bytes, which make no ${datatypeOf(type)} ${shapeText(shape)}`,
    );
  }
  return {
    name,
    datatype: datatypeOf(type),
    shape: shape.map((given) => (given === -1 ? extent : given)),
    data: type === 'string' ? prefixed(body) : body,
  };
}

function prefixed(text: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + text.length);
  bytes.writeUInt32LE(text.length);
  text.copy(bytes, LENGTH_BYTES);
  return bytes;
}
