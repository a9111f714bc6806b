/** How a model takes images: extents, channels and their order, read from the shape of its one input. */
import type { TensorType } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';
import type { HandlerModel } from './handler.ts';

export interface ImageLayout {
  readonly input: string;
  readonly type: TensorType;
  /** Planes one after another, or the channels of each pixel side by side. */
  readonly order: 'planes' | 'pixels';
  readonly channels: 1 | 3;
  /** -1 where each request chooses it. */
  readonly width: number;
  readonly height: number;
  /** The tensor's shape for a number of images of one size. */
  readonly shapeOf: (images: number, width: number, height: number) => readonly number[];
}

/**
 * The layout of a model's input: [3, 224, 224] is planes, [224, 224, 3] pixels, [28, 28] one plane; before them the
 * batch, or a 1 where the model does not batch.
 * @throws ServingError HANDLER_MODEL when the model does not take images.
 */
export function imageLayout({ name, inputs, batches }: HandlerModel): ImageLayout {
  const [input] = inputs;
  const shape = input?.shape ?? [];
  const leads = batches || (shape.length === 4 && shape[0] === 1);
  const extents = (leads ? shape.slice(1) : shape).map((extent) => extent ?? 0);
  const found = inputs.length === 1 ? `${input.type} [${shape.join(', ')}]` : `${inputs.length} inputs`;
  const order = orderOf(extents);
  if (inputs.length !== 1 || order === undefined || !['float32', 'uint8'].includes(input.type)) {
    throw new ServingError({
      code: 'HANDLER_MODEL',
      message: `model ${name} does not take images`,
      found,
      expected:
        'one float32 or uint8 input of shape [channels, height, width] or [height, width, channels], 1 or 3 channels',
    });
  }
  const [height, width] = order === 'planes' ? extents.slice(-2) : extents;
  const channels = extents.length === 3 && extents[order === 'planes' ? 0 : 2] === 3 ? 3 : 1;
  return {
    input: input.name,
    type: input.type,
    order,
    channels,
    width,
    height,
    shapeOf(images, ownWidth, ownHeight) {
      const sides = [ownHeight, ownWidth];
      const row = extents.length === 2 ? sides : order === 'planes' ? [channels, ...sides] : [...sides, channels];
      return batches ? [images, ...row] : leads ? [1, ...row] : row;
    },
  };
}

function orderOf(extents: readonly number[]): ImageLayout['order'] | undefined {
  const isChannels = (extent: number): boolean => extent === 1 || extent === 3;
  if (extents.length === 2) return 'planes';
  if (extents.length !== 3) return undefined;
  if (isChannels(extents[0])) return 'planes';
  return isChannels(extents[2]) ? 'pixels' : undefined;
}
