/**
 * Made-up inputs of a variant's shape, for models without bundled data: what a network computes takes the same time
 * whatever the numbers are. One input per variant, drawn from a stream of its own.
 */
import type { RandomStreams, Variant } from '../../../core/index.ts';
import { ServingError } from '../../../core/index.ts';
import type { InputSource } from './input-source.ts';

const BYTE_VALUES = 256;

/** Values of one input, or 0 when the variant does not say. The first dimension is the batch. */
export function inputLength({ inputs }: Variant): number {
  if (inputs.length !== 1) return 0;
  return inputs[0].shape.slice(1).reduce<number>((product, size) => product * (size ?? 0), 1);
}

/** @throws ServingError LIVE_INPUT_UNKNOWN when the variant does not state the shape of its one input. */
export function syntheticInputs(variant: Variant, streams: RandomStreams): InputSource {
  const length = inputLength(variant);
  if (length === 0) {
    throw new ServingError({
      code: 'LIVE_INPUT_UNKNOWN',
      message: `variant ${variant.name} does not state the shape of its one input, so no request can be made for it`,
      found: `${variant.inputs.length} inputs`,
      expected: 'one input with all its dimensions, the batch first',
      next: 'add `inputs` to the variant',
    });
  }
  const stream = streams.stream(`payload/${variant.name}`);
  const ofBytes = variant.inputs[0].type === 'uint8';
  const values = Float32Array.from({ length }, () => (ofBytes ? stream.int(BYTE_VALUES) : stream.unit()));
  return { length, write: (_position, target, offset) => target.set(values, offset) };
}
