import { expect, test } from 'vitest';
import type { DescribedModel } from '../../../../experiments/measure/profile/models.ts';
import { pictureText } from '../../../../experiments/measure/profile/picture-times.ts';

const MODEL: DescribedModel = {
  file: '/net.onnx',
  name: 'net',
  useCase: { task: 'classification', dataset: 'tiny' },
  architecture: 'net',
  framework: 'onnxruntime',
  precision: 'fp32',
  accuracyPercent: 90,
  hardware: 'cpu',
  sha256: 'a'.repeat(64),
  bytes: 1,
  inputs: [{ name: 'input', type: 'float32', shape: [null, 3, 8, 8] }],
  outputs: [{ name: 'output', type: 'float32', shape: [null, 10] }],
  batches: [1],
  notes: [],
};

test('a handler that takes pictures is timed beside the table', async () => {
  expect(await pictureText({ ...MODEL, handler: 'image-classifier' })).toMatch(
    /^not in the table: handler image-classifier, .* 640x480 JPEG [\d.]+ [mu]s, encode its answer [\d.]+ \w+$/,
  );
});

test('a handler that does not, and one that does not suit the model, are told', async () => {
  expect(await pictureText(MODEL)).toBe('decoding of pictures is not in the table');
  const inputs = [{ name: 'input', type: 'float32', shape: [null, 7] }] as const;
  expect(await pictureText({ ...MODEL, handler: 'image-classifier', inputs })).toContain('could not be timed');
});
