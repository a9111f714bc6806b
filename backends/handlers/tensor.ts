/** Numbers in, numbers out: for models whose clients do their own pre- and postprocessing. */
import { ServingError } from '../../core/index.ts';
import type { Handler } from './handler.ts';
import { requireRoom } from './require-room.ts';

const BYTES_PER_VALUE = 4;

export const tensor: Handler = {
  name: 'tensor',
  doc: 'Takes an input as little-endian float32 values, answers the output as they are.',
  preprocess(payload, target, offset) {
    if (payload.length === 0 || payload.length % BYTES_PER_VALUE !== 0) {
      throw new ServingError({
        code: 'HANDLER_PAYLOAD',
        message: 'the payload is no sequence of float32 values',
        found: `${payload.length} bytes`,
        expected: 'a positive multiple of 4',
      });
    }
    const length = payload.length / BYTES_PER_VALUE;
    requireRoom(target, offset, length);
    // A view reads any alignment and the same byte order on every machine; a Float32Array over the bytes would not.
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    for (let index = 0; index < length; index += 1) {
      target[offset + index] = view.getFloat32(index * BYTES_PER_VALUE, true);
    }
    return length;
  },
  postprocess(output) {
    return { kind: 'tensor', values: output.slice() };
  },
};
