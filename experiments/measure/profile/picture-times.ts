/**
 * What pictures cost a model's server beside the engine: its handler's pre- and postprocessing of one synthetic JPEG.
 * Latency tables do not hold it, since their requests come as tensors; it is told beside them, in words.
 */
import sharp from 'sharp';
import { median } from 'simple-statistics';
import type { Nanos, TensorSpec } from '../../../core/index.ts';
import { ServingError, formatDuration } from '../../../core/index.ts';
import type { Handler, HandlerModel, TensorValue } from '../../../backends/index.ts';
import { Handlers, builtInHandlers, elementBytes, elementCount, monotonicNs } from '../../../backends/index.ts';
import type { DescribedModel } from './models.ts';

const WIDTH = 640;
const HEIGHT = 480;
const RUNS = 15;
const WARM_UP_RUNS = 3;
const LIMITS = { maxPixels: 100_000_000, maxSeconds: 30 };
const WISH = { top: 5 };

/** One line: times, as they came and not normalised; or why there are none. */
export async function pictureText(model: DescribedModel): Promise<string> {
  const handler = model.handler === undefined ? undefined : new Handlers(builtInHandlers(LIMITS)).find(model.handler);
  // The other built-in handlers take pictures; what a user's own takes is not known.
  if (handler === undefined || handler.name === 'tensor') return 'decoding of pictures is not in the table';
  try {
    const { decodeNs, encodeNs } = await pictureTimes(handler, model);
    const picture = `one ${WIDTH}x${HEIGHT} JPEG`;
    return `not in the table: handler ${handler.name}, medians of ${RUNS}: decode ${picture} ${short(decodeNs)}, encode its answer ${short(encodeNs)}`;
  } catch (error) {
    if (!(error instanceof ServingError)) throw error;
    return `decoding of pictures is not in the table, and handler ${handler.name} could not be timed: ${error.message}`;
  }
}

async function pictureTimes(
  handler: Handler,
  { name, inputs, outputs, labels }: DescribedModel,
): Promise<{ readonly decodeNs: Nanos; readonly encodeNs: Nanos }> {
  const batches = inputs.every(({ shape }) => shape[0] === null);
  const model: HandlerModel = { name, inputs, outputs, batches, maxBatch: 1, labels };
  const payloads = [{ name: '', contentType: 'image/jpeg', bytes: await syntheticJpeg() }];
  const answers = outputs.map(zeros);
  const decodesNs: Nanos[] = [];
  const encodesNs: Nanos[] = [];
  for (let run = -WARM_UP_RUNS; run < RUNS; run += 1) {
    const startedNs = monotonicNs();
    await handler.preprocess(payloads, model);
    const decodedNs = monotonicNs();
    await handler.postprocess(answers, model, WISH);
    if (run < 0) continue;
    decodesNs.push(decodedNs - startedNs);
    encodesNs.push(monotonicNs() - decodedNs);
  }
  return { decodeNs: Math.round(median(decodesNs)), encodeNs: Math.round(median(encodesNs)) };
}

/** Three significant digits: more would be noise. */
function short(durationNs: Nanos): string {
  return formatDuration(Math.round(Number(durationNs.toPrecision(3))));
}

/** The answer to one input; extents that nobody knows are 1. */
function zeros({ name, type, shape: spec }: TensorSpec): TensorValue {
  const shape = spec.map((extent) => (extent === null || extent < 0 ? 1 : extent));
  return { name, type, shape, bytes: new Uint8Array(elementCount(shape) * elementBytes(type)) };
}

/** Waves in three colours: neither flat, which decodes too fast, nor noise, which no picture is. */
async function syntheticJpeg(): Promise<Uint8Array> {
  const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const [x, y] = [pixel % WIDTH, Math.floor(pixel / WIDTH)];
    return 128 + 60 * Math.sin(x / (5 + (at % 3))) + 60 * Math.sin((x + y) / 17);
  });
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg()
    .toBuffer();
}
