/** The one check that every handler makes before it writes. */
import { ServingError } from '../../core/index.ts';

/** Refuses to write past the end of the batch. @throws ServingError HANDLER_PAYLOAD */
export function requireRoom(target: Float32Array, offset: number, length: number): void {
  if (offset + length <= target.length) return;
  throw new ServingError({
    code: 'HANDLER_PAYLOAD',
    message: 'the payload does not fit the model input',
    found: `${length} values`,
    expected: `at most ${Math.max(0, target.length - offset)}`,
  });
}
