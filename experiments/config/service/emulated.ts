/**
 * Gives variants without a model file the tensors that clients need to ask for them: their latency tables stand in for
 * engines, but a query still has inputs and an answer. They are those of an image classifier as INFaaS's client feeds
 * it: float32, channels first, values from -1 to 1.
 */
import type { VariantDefinition } from '../../../backends/index.ts';

/** Side of the images where the use case states none: that of ImageNet's networks. */
const SIDE = 224;
/** Numbers that stand for an answer; those of registered tables have as many. */
const NUMBERS = 1;

/** The definition itself where it says what its tensors are, or has a model that does. */
export function withTensors(definition: VariantDefinition): VariantDefinition {
  const { artifact, inputs, useCase } = definition;
  if (artifact !== undefined || inputs.length > 0) return definition;
  const stated = Number(useCase.size);
  const side = Number.isSafeInteger(stated) && stated > 0 ? stated : SIDE;
  return {
    ...definition,
    inputs: [{ name: 'input', type: 'float32', shape: [null, 3, side, side] }],
    outputs: [{ name: 'output', type: 'float32', shape: [null, NUMBERS] }],
    handler: definition.handler ?? 'image-classifier-symmetric',
  };
}
