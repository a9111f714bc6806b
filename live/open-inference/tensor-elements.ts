/** The elements of a numeric tensor as numbers, 64-bit integers as bigints. */
import type { TensorValue } from '../../backends/index.ts';
import { arrayOver } from '../../backends/index.ts';
import { invariant } from '../../core/index.ts';

/** Not of strings and 16-bit floats. A copy, since typed arrays must begin at a multiple of their element's size. */
export function tensorElements({ type, bytes }: TensorValue): ArrayLike<number | bigint> {
  invariant(type !== 'string' && type !== 'float16', `${type} tensors have no elements that are numbers`);
  return arrayOver(type, Uint8Array.from(bytes));
}
