/**
 * The bundled Fashion-MNIST test images with their labels, preprocessed for each request as a server does. Read once
 * when a run begins.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variant } from '../../../core/index.ts';
import { elementCount, isBatched, repositoryRoot } from '../../../backends/index.ts';
import { FASHION_MNIST, writeNormalised } from '../../../backends/handlers/index.ts';
import type { InputSource } from './input-source.ts';

/** 28 by 28 pixels of one byte. */
const PIXELS = 784;

/** Whether the images are what the variant takes. */
export function takesFashionMnist({ useCase, inputs }: Pick<Variant, 'useCase' | 'inputs'>): boolean {
  const input = inputs.at(0);
  return (
    useCase.dataset === 'fashion-mnist' &&
    inputs.length === 1 &&
    input?.type === 'float32' &&
    isBatched(input) &&
    elementCount(rowShape(input.shape)) === PIXELS
  );
}

/** Image `position` of the 2,000, counted round and round, in the shape of the variant's one input. */
export function fashionMnistInputs({ inputs }: Pick<Variant, 'inputs'>): InputSource {
  const folder = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
  const images = new Uint8Array(readFileSync(join(folder, 'test-2000-images.u8')));
  const labels = new Uint8Array(readFileSync(join(folder, 'test-2000-labels.u8')));
  const row = rowShape(inputs[0].shape);
  let values = new Float32Array(0);
  return {
    tensorOf({ name, type }, position, count) {
      if (values.length < count * PIXELS) values = new Float32Array(count * PIXELS);
      for (let input = 0; input < count; input += 1) {
        const first = ((position + input) % labels.length) * PIXELS;
        const pixels = images.subarray(first, first + PIXELS);
        writeNormalised(pixels, values, { offset: input * PIXELS, normalisation: FASHION_MNIST });
      }
      const bytes = new Uint8Array(values.buffer, 0, count * PIXELS * Float32Array.BYTES_PER_ELEMENT);
      return { name, type, shape: [count, ...row], bytes };
    },
    labelOf: (position) => labels[position % labels.length],
  };
}

/** Without the batch; an extent that requests choose is no image's. */
function rowShape(shape: readonly (number | null)[]): number[] {
  return shape.slice(1).map((extent) => extent ?? -1);
}
