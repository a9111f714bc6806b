/** Images of clothes in, the kind of garment out. The normalisation is the one the bundled models were trained with. */
import { ServingError } from '../../core/index.ts';
import { argmax, softmax, topIndexes } from './classify.ts';
import type { Handler } from './handler.ts';
import { requireRoom } from './require-room.ts';

/** Class names by index, as Fashion-MNIST defines them. */
const LABELS = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;
/** 28 by 28 pixels, row by row, one byte each: 0 is background, 255 the brightest. */
const PIXELS = 784;
/** Mean and deviation of the training images' pixels on a scale of 0 to 1 (catalogue/models/fashion-mnist). */
const MEAN = 0.286;
const DEVIATION = 0.353;
const TOP = 3;

export const fashionMnist: Handler = {
  name: 'fashion-mnist',
  doc: 'Takes a 28x28 greyscale image as 784 bytes, answers the garment and the three most probable classes.',
  preprocess(payload, target, offset) {
    if (payload.length !== PIXELS) {
      throw new ServingError({
        code: 'HANDLER_PAYLOAD',
        message: 'the payload is no Fashion-MNIST image',
        found: `${payload.length} bytes`,
        expected: `${PIXELS} bytes: 28 rows of 28 pixels, one byte each`,
      });
    }
    requireRoom(target, offset, PIXELS);
    for (let pixel = 0; pixel < PIXELS; pixel += 1) target[offset + pixel] = (payload[pixel] / 255 - MEAN) / DEVIATION;
    return PIXELS;
  },
  postprocess(output) {
    if (output.length !== LABELS.length) {
      throw new ServingError({
        code: 'HANDLER_OUTPUT',
        message: 'the model is no Fashion-MNIST classifier',
        found: `${output.length} values for each input`,
        expected: `${LABELS.length} logits`,
      });
    }
    const probabilities = softmax(output);
    const index = argmax(output);
    const top = topIndexes(output, TOP).map((candidate) => ({
      index: candidate,
      label: LABELS[candidate],
      probability: probabilities[candidate],
    }));
    return { kind: 'classification', index, label: LABELS[index], top };
  },
};
