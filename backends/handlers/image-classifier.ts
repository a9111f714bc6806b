/**
 * Images in, the most probable classes out, for any network that takes one picture and gives one number for each
 * class. Several payloads are several inputs of one query.
 */
import { ServingError } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import { elementCount } from '../tensors/index.ts';
import { softmax, topIndexes } from './classify.ts';
import type { ImageLimits, ImageWish, Pixels } from './decode-image.ts';
import { decodeImage } from './decode-image.ts';
import { numbersOf } from './element-codec.ts';
import type { Handler, HandlerAnswer, HandlerModel } from './handler.ts';
import type { ImageLayout } from './image-layout.ts';
import { imageLayout } from './image-layout.ts';
import type { Normalisation } from './normalisation.ts';
import { pixelTables } from './normalisation.ts';
import { answerRows } from './rows.ts';

/** How far a sum of probabilities in float32 or float16 may be from 1. */
const SUM_TOLERANCE = 1e-3;

export interface ImageClassifierOptions {
  readonly name: string;
  readonly normalisation: Normalisation;
  readonly fit: ImageWish['fit'];
  readonly limits: ImageLimits;
}

export function imageClassifier({ name, normalisation, fit, limits }: ImageClassifierOptions): Handler {
  return {
    name,
    doc: 'Takes images (JPEG, PNG, WebP, GIF) of any size, answers the most probable classes of each.',
    async preprocess(payloads, model) {
      const layout = imageLayout(model);
      const most = model.batches ? model.maxBatch : 1;
      if (payloads.length > most) {
        throw refusal('there are too many images', String(payloads.length), `at most ${most} in one request`);
      }
      const { channels } = layout;
      const first = await decodeImage(payloads[0].bytes, { ...layout, fit }, limits);
      const { width, height } = first;
      // Where the model takes any size, a small body may not ask for a tensor without bounds either.
      if ((layout.width < 0 || layout.height < 0) && payloads.length * width * height > limits.maxPixels) {
        throw refusal(
          'the images are too large together',
          `${payloads.length} images`,
          `at most ${limits.maxPixels} pixels`,
        );
      }
      const rest = payloads.slice(1).map(({ bytes }) => decodeImage(bytes, { channels, width, height, fit }, limits));
      const images = [first, ...(await Promise.all(rest))];
      const shape = layout.shapeOf(images.length, width, height);
      return [{ name: layout.input, type: layout.type, shape, bytes: imageBytes(images, layout, normalisation) }];
    },
    postprocess(outputs, model, { top }) {
      return answerRows(outputs, model).map(([output]) => classification(output, model, top));
    },
  };
}

/** The images as the model takes them: bytes as they are, or numbers as it was trained on. */
function imageBytes(
  images: readonly Pixels[],
  { type, order, channels }: ImageLayout,
  normalisation: Normalisation,
): Uint8Array {
  const perImage = images[0].bytes.length;
  const target =
    type === 'uint8' ? new Uint8Array(images.length * perImage) : new Float32Array(images.length * perImage);
  const tables = type === 'uint8' ? undefined : pixelTables(normalisation, channels);
  const plane = perImage / channels;
  for (const [image, { bytes }] of images.entries()) {
    for (let channel = 0; channel < channels; channel += 1) {
      const table = tables?.[channel];
      for (let pixel = 0; pixel < plane; pixel += 1) {
        const from = pixel * channels + channel;
        const to = image * perImage + (order === 'planes' ? channel * plane + pixel : from);
        target[to] = table === undefined ? bytes[from] : table[bytes[from]];
      }
    }
  }
  return new Uint8Array(target.buffer);
}

function classification(output: TensorValue | undefined, model: HandlerModel, top: number): HandlerAnswer {
  const classes = output === undefined ? 0 : elementCount(output.shape);
  const expected = model.labels?.length ?? classes;
  if (output === undefined || output.type === 'string' || classes === 0 || classes !== expected) {
    throw new ServingError({
      code: 'HANDLER_OUTPUT',
      message: `model ${model.name} gives no number for each class`,
      found: output === undefined ? 'no output' : `${classes} values of ${output.type}`,
      expected: model.labels === undefined ? 'one number for each class' : `${expected} numbers, as there are labels`,
    });
  }
  const values = numbersOf(output);
  const probabilities = areProbabilities(values) ? values : softmax(values);
  const ranked = topIndexes(values, Math.max(1, top)).map((index) => ({
    index,
    label: model.labels?.[index] ?? String(index),
    // What is no number (a model's NaN) has no probability.
    probability: Number.isFinite(probabilities[index]) ? probabilities[index] : 0,
  }));
  return { kind: 'classification', top: ranked };
}

/** Whether a network ends in a softmax of its own, whose output may not go through another. */
function areProbabilities(values: Float64Array): boolean {
  const sum = values.reduce((total, value) => total + value, 0);
  return Math.abs(sum - 1) < SUM_TOLERANCE && values.every((value) => value >= 0 && value <= 1);
}

function refusal(message: string, found: string, expected: string): ServingError {
  return new ServingError({ code: 'HANDLER_PAYLOAD', message, found, expected });
}
