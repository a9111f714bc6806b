/**
 * From a pixel's byte to the number that a network was trained on: (x / range - mean) / deviation, by channel. There
 * are only 256 bytes, so the numbers are looked up, and each is rounded to float32 once.
 */

export interface Normalisation {
  /** What a pixel is divided by, above 0: 255 gives 0 to 1. */
  readonly range: number;
  /** Subtracted after the division; one number for each channel, or one for all. */
  readonly mean: readonly number[];
  /** Divided by at last; one number for each channel, or one for all. */
  readonly deviation: readonly number[];
}

/** Mean and deviation of the training images of the bundled models (catalogue/models/fashion-mnist). */
export const FASHION_MNIST: Normalisation = { range: 255, mean: [0.286], deviation: [0.353] };

/** Of ImageNet's training images, red, green and blue, as torchvision's networks take them. */
export const IMAGENET: Normalisation = {
  range: 255,
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
};

/** From -1 to 1, as INFaaS's client scales images. */
export const SYMMETRIC: Normalisation = { range: 127.5, mean: [1], deviation: [1] };

/** The numbers of all bytes, by channel. */
export function pixelTables({ range, mean, deviation }: Normalisation, channels: number): readonly Float32Array[] {
  return Array.from({ length: channels }, (_, channel) => {
    const subtracted = mean[Math.min(channel, mean.length - 1)];
    const divisor = deviation[Math.min(channel, deviation.length - 1)];
    return Float32Array.from({ length: 256 }, (_unused, pixel) => (pixel / range - subtracted) / divisor);
  });
}

/** Writes pixels of one channel as numbers from `target[offset]` on. */
export function writeNormalised(
  pixels: Uint8Array,
  target: Float32Array,
  { offset, normalisation }: { readonly offset: number; readonly normalisation: Normalisation },
): void {
  const [table] = pixelTables(normalisation, 1);
  for (let index = 0; index < pixels.length; index += 1) target[offset + index] = table[pixels[index]];
}
