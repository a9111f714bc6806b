import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import type { Color, Sharp } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { FASHION_MNIST, writeNormalised } from '../../../backends/handlers/index.ts';
import { folder, imageAt, labels, manifest } from '../onnx/fixtures.ts';
import { floatTensor, floats, handlerNamed, modelOf, payload } from './fixtures.ts';

const garments = modelOf([null, 1, 28, 28], { labels: manifest.labels });
const fashion = handlerNamed('fashion-mnist');

function grey(pixels: Uint8Array, side = 28): Sharp {
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } });
}

/** A picture of one colour. */
function plain(width: number, height: number, background: Color, channels: 3 | 4 = 3): Sharp {
  return sharp({ create: { width, height, channels, background } });
}

async function pixelsOf(bytes: Uint8Array, model = garments, name = 'fashion-mnist'): Promise<number[]> {
  const [tensor] = await handlerNamed(name).preprocess([payload(bytes)], model);
  return floats(tensor);
}

function normalised(pixels: Uint8Array): number[] {
  const target = new Float32Array(pixels.length);
  writeNormalised(pixels, target, { offset: 0, normalisation: FASHION_MNIST });
  return [...target];
}

describe('greyscale images for a model of one channel', () => {
  test('every byte comes out as in training: (x/255 - 0.286) / 0.353, rounded once', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
    expect(normalised(bytes)).toEqual([...bytes].map((value) => Math.fround((value / 255 - 0.286) / 0.353)));
  });

  test.each([
    ['greyscale', (image: Sharp) => image.toColourspace('b-w').png()],
    ['three equal channels', (image: Sharp) => image.toColourspace('srgb').png()],
    ['an alpha channel', (image: Sharp) => image.toColourspace('srgb').ensureAlpha(0.5).png()],
    ['interlaced', (image: Sharp) => image.toColourspace('b-w').png({ progressive: true })],
    ['losslessly packed as WebP', (image: Sharp) => image.toColourspace('srgb').webp({ lossless: true })],
  ])('a 28x28 PNG keeps every pixel: %s', async (_form, encode) => {
    const pixels = imageAt(7);
    const bytes = await encode(grey(pixels)).toBuffer();
    expect(await pixelsOf(bytes)).toEqual(normalised(pixels));
  });

  test('an image of another size is brought to the size of the model', async () => {
    const bytes = await grey(new Uint8Array(56 * 56).fill(51), 56)
      .png()
      .toBuffer();
    const pixels = await pixelsOf(bytes);
    expect(pixels).toHaveLength(784);
    expect(new Set(pixels)).toEqual(new Set([Math.fround((0.2 - 0.286) / 0.353)]));
  });
});

describe('images for a model of three channels', () => {
  const photos = modelOf([null, 3, 2, 2]);

  test('colours lie in planes, normalised as ImageNet’s networks were trained', async () => {
    const bytes = await plain(2, 2, { r: 255, g: 0, b: 51 }).png().toBuffer();
    const expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225].map(Math.fround);
    expect(await pixelsOf(bytes, photos, 'image-classifier')).toEqual(
      expected.flatMap((value) => Array(4).fill(value)),
    );
  });

  test('from -1 to 1 as INFaaS’s client scales them', async () => {
    const bytes = await plain(2, 2, { r: 255, g: 0, b: 127 }).png().toBuffer();
    const expected = [1, -1, Math.fround(127 / 127.5 - 1)].flatMap((value) => Array(4).fill(value) as number[]);
    expect(await pixelsOf(bytes, photos, 'image-classifier-symmetric')).toEqual(expected);
  });

  test('channels lie side by side where the shape says so, and bytes stay bytes for a model of uint8', async () => {
    const bytes = await plain(2, 2, { r: 9, g: 8, b: 7 }).png().toBuffer();
    const model = modelOf([null, 2, 2, 3], { type: 'uint8' });
    const [tensor] = await handlerNamed('image-classifier').preprocess([payload(bytes)], model);
    expect(tensor).toMatchObject({ name: 'x', type: 'uint8', shape: [1, 2, 2, 3] });
    expect([...tensor.bytes]).toEqual([9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7]);
  });

  test('several images are one query, in their order', async () => {
    const images = await Promise.all([1, 2, 3].map((value) => plain(2, 2, { r: value, g: 0, b: 0 }).png().toBuffer()));
    const model = modelOf([null, 3, 2, 2], { type: 'uint8' });
    const [tensor] = await handlerNamed('image-classifier').preprocess(
      images.map((image) => payload(image)),
      model,
    );
    expect(tensor.shape).toEqual([3, 3, 2, 2]);
    expect([0, 12, 24].map((at) => tensor.bytes[at])).toEqual([1, 2, 3]);
  });

  test('a model without a batch takes one image, of any size where its extents are free', async () => {
    const bytes = await plain(5, 4, { r: 1, g: 2, b: 3 }).jpeg().toBuffer();
    const model = modelOf([1, 3, -1, -1], { batches: false, maxBatch: 1 });
    const [tensor] = await handlerNamed('image-classifier').preprocess([payload(bytes)], model);
    expect(tensor.shape).toEqual([1, 3, 4, 5]);
    const two = [payload(bytes), payload(bytes)];
    await expect(handlerNamed('image-classifier').preprocess(two, model)).rejects.toThrow(
      'there are too many images; found 2; expected at most 1 in one request',
    );
  });

  test('a picture taken with the camera turned is turned upright', async () => {
    const bytes = await plain(6, 2, { r: 1, g: 2, b: 3 }).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const model = modelOf([null, 3, -1, -1]);
    const [tensor] = await handlerNamed('image-classifier').preprocess([payload(bytes)], model);
    expect(tensor.shape).toEqual([1, 3, 6, 2]);
  });

  test.each([
    [[null, 4, 2, 2], 'float32 [, 4, 2, 2]'],
    [[null, 784], 'float32 [, 784]'],
  ])('a model of shape %j takes no images', async (shape, found) => {
    await expect(handlerNamed('image-classifier').preprocess([payload('')], modelOf(shape))).rejects.toThrow(
      `model m does not take images; found ${found}; expected one float32 or uint8 input of shape`,
    );
  });
});

describe('what is no image, or a hostile one', () => {
  const isNone = 'the payload is no image';
  const expected = 'expected a JPEG, PNG, WebP or GIF image';

  test.each([
    ['0 bytes', Buffer.alloc(0), `${isNone}; found no bytes; ${expected}`],
    ['a text', Buffer.from('hello'), `${isNone}; found 5 bytes of something else; ${expected}`],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), isNone],
    ['SVG behind an XML heading', Buffer.from('<?xml version="1.0"?>\n<svg width="9" height="9"/>'), isNone],
    ['PDF', Buffer.from('%PDF-1.7'), isNone],
    ['TIFF', Buffer.from([0x49, 0x49, 0x2a, 0x00, 8, 0, 0, 0]), isNone],
    ['784 bytes of pixels', Buffer.alloc(784, 1), isNone],
    ['a PNG’s first bytes', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 'cannot be decoded'],
    [
      'a JPEG’s first bytes and noise',
      Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(500, 7)]),
      'cannot be',
    ],
  ])('%s is refused', async (_what, bytes, message) => {
    await expect(fashion.preprocess([payload(bytes)], garments)).rejects.toThrow(message);
  });

  test.each(['png', 'jpeg', 'webp'] as const)('a %s that ends early is refused', async (format) => {
    const noise = Uint8Array.from({ length: 64 * 64 }, (_, at) => (at * 7919) % 251);
    const whole = await grey(noise, 64).toFormat(format).toBuffer();
    const half = whole.subarray(0, whole.length >> 1);
    await expect(fashion.preprocess([payload(half)], garments)).rejects.toThrow(
      `the image cannot be decoded; found a damaged or unusual ${format.toUpperCase()} file; expected a whole image`,
    );
  });

  test('a decompression bomb is refused by its extents, before it is decoded', async () => {
    const bomb = await plain(9000, 9000, 'black').png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(300_000);
    const before = process.memoryUsage().rss;
    await expect(fashion.preprocess([payload(bomb)], garments)).rejects.toThrow(
      'the image is too large; found 9000 x 9000 pixels; expected at most 1000000 pixels',
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test('extents that a header only claims are refused as well', async () => {
    const bytes = await grey(imageAt(0)).png().toBuffer();
    // Width and height of a PNG stand at bytes 16 to 23.
    bytes.writeUInt32BE(0x7fff_ffff, 16);
    bytes.writeUInt32BE(0x7fff_ffff, 20);
    await expect(fashion.preprocess([payload(bytes)], garments)).rejects.toThrow(/too large|cannot be decoded/);
  });

  test('more images than the model takes are refused before any is decoded', async () => {
    const none = Array.from({ length: 5 }, () => payload('no image'));
    await expect(fashion.preprocess(none, garments)).rejects.toThrow(
      'there are too many images; found 5; expected at most 4 in one request',
    );
  });

  test('images that are too large together for a model of any size are refused', async () => {
    const image = payload(await plain(600, 600, 'red').png().toBuffer());
    const model = modelOf([null, 3, -1, -1]);
    await expect(fashion.preprocess([image, image, image], model)).rejects.toThrow(
      'the images are too large together; found 3 images; expected at most 1000000 pixels',
    );
  });
});

describe('classes out', () => {
  const four = modelOf([null, 1, 2, 2], { labels: ['a', 'b', 'c', 'd'] });

  test('names the most probable classes of every input, best first', async () => {
    const output = floatTensor([2, 4], [0, Math.log(3), 0, 0, 9, 9, 9, 0]);
    const answers = await fashion.postprocess([output], four, { top: 2 });
    expect(answers).toEqual([
      {
        kind: 'classification',
        top: [expect.objectContaining({ index: 1, label: 'b' }), expect.objectContaining({ label: 'a' })],
      },
      { kind: 'classification', top: [expect.objectContaining({ index: 0 }), expect.objectContaining({ index: 1 })] },
    ]);
    const [first] = answers;
    if (first.kind !== 'classification') throw new Error(first.kind);
    expect(first.top.map(({ probability }) => Number(probability.toFixed(6)))).toEqual([0.5, 0.166667]);
  });

  test('probabilities of a network that ends in a softmax stay as they are', async () => {
    const [answer] = await fashion.postprocess([floatTensor([1, 4], [0.5, 0.25, 0.125, 0.125])], four, { top: 9 });
    if (answer.kind !== 'classification') throw new Error(answer.kind);
    expect(answer.top.map(({ probability }) => probability)).toEqual([0.5, 0.25, 0.125, 0.125]);
  });

  test('classes without labels are called by their index', async () => {
    const [answer] = await fashion.postprocess([floatTensor([1, 3], [1, 2, 3])], modelOf([null, 1, 2, 2]), { top: 1 });
    expect(answer).toMatchObject({ top: [{ index: 2, label: '2' }] });
  });

  test('the output of another kind of model is refused', () => {
    expect(() => fashion.postprocess([floatTensor([1, 3], [1, 2, 3])], four, { top: 1 })).toThrow(
      'model m gives no number for each class; found 3 values of float32; expected 4 numbers, as there are labels',
    );
  });
});

describe('the 2,000 bundled test images as PNG', () => {
  const batch = 250;
  const many = modelOf([null, 1, 28, 28], { maxBatch: batch, labels: manifest.labels });
  const tensors: Float32Array[] = [];

  beforeAll(async () => {
    for (let first = 0; first < labels.length; first += batch) {
      const images = Array.from({ length: batch }, (_, at) =>
        grey(imageAt(first + at))
          .toColourspace('b-w')
          .png()
          .toBuffer(),
      );
      const payloads = (await Promise.all(images)).map((image) => payload(image, 'image/png'));
      const [tensor] = await fashion.preprocess(payloads, many);
      tensors.push(Float32Array.from(floats(tensor)));
    }
  });

  test.each(['fmnist-linear.onnx', 'fmnist-lenet-int8.onnx', 'fmnist-resnet8.onnx'])(
    '%s is right as often as offline',
    async (file) => {
      const session = await InferenceSession.create(`${folder}${file}`, { intraOpNumThreads: 1 });
      let right = 0;
      for (const [index, numbers] of tensors.entries()) {
        const { logits } = await session.run({ input: new Tensor('float32', numbers, [batch, 1, 28, 28]) });
        const output = floatTensor([batch, 10], Array.from(logits.data, Number));
        const answers = await fashion.postprocess([output], many, { top: 1 });
        for (const [row, answer] of answers.entries()) {
          if (answer.kind === 'classification' && answer.top[0].index === labels[index * batch + row]) right += 1;
        }
      }
      await session.release();
      expect(right).toBe(manifest.variants.find((variant) => variant.file === file)?.correctOfTest2000);
    },
  );
});
