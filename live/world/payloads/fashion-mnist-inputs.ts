/**
 * The bundled Fashion-MNIST test images with their labels, preprocessed for each request as a server does. Read once
 * when a run begins.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variant } from '../../../core/index.ts';
import { repositoryRoot } from '../../../backends/index.ts';
import { FASHION_MNIST, writeNormalised } from '../../../backends/handlers/index.ts';
import type { InputSource } from './input-source.ts';
import { inputLength } from './synthetic-inputs.ts';

/** 28 by 28 pixels of one byte. */
const PIXELS = 784;

/** Whether the images are what the variant takes. */
export function takesFashionMnist(variant: Variant): boolean {
  const { useCase, inputs } = variant;
  return useCase.dataset === 'fashion-mnist' && inputs.at(0)?.type === 'float32' && inputLength(variant) === PIXELS;
}

/** Image `position` of the 2,000, counted round and round. */
export function fashionMnistInputs(): InputSource {
  const folder = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
  const images = new Uint8Array(readFileSync(join(folder, 'test-2000-images.u8')));
  const labels = new Uint8Array(readFileSync(join(folder, 'test-2000-labels.u8')));
  return {
    length: PIXELS,
    write(position, target, offset) {
      const first = (position % labels.length) * PIXELS;
      // `takesFashionMnist` has asked for float32.
      const numbers = target as Float32Array;
      writeNormalised(images.subarray(first, first + PIXELS), numbers, { offset, normalisation: FASHION_MNIST });
    },
    labelOf: (position) => labels[position % labels.length],
  };
}
