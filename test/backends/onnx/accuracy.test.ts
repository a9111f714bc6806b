import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { argmax, handlerNamed } from '../../../backends/handlers/index.ts';
import { Engines } from '../../../backends/onnx/index.ts';
import { folder, imageAt, labels, manifest } from './fixtures.ts';

const BATCH = 250;

describe('the bundled Fashion-MNIST models', () => {
  const engines = new Engines();
  const inputs = new Float32Array(labels.length * 784);

  beforeAll(() => {
    const handler = handlerNamed('fashion-mnist');
    for (let index = 0; index < labels.length; index += 1) handler.preprocess(imageAt(index), inputs, index * 784);
  });
  afterAll(() => engines.close());

  test('are eighteen: six networks in three precisions', () => {
    expect(manifest.variants).toHaveLength(18);
    expect(new Set(manifest.variants.map(({ file }) => file)).size).toBe(18);
  });

  test.each(manifest.variants)('$file is right as often as the manifest says', async (model) => {
    const engine = engines.start();
    const path = `${folder}${model.file}`;
    const loaded = await engine.load({ path, sha256: model.sha256, hardware: 'cpu', threads: 1, maxBatch: BATCH });
    expect(loaded).toMatchObject({ ok: true, report: { input: { length: 784, fixedBatch: null } } });
    let right = 0;
    for (let first = 0; first < labels.length; first += BATCH) {
      const result = await engine.run(inputs.subarray(first * 784, (first + BATCH) * 784), BATCH);
      if (!result.ok) throw new Error(result.failure.detail);
      const { data } = result.report.outputs[0];
      for (let row = 0; row < BATCH; row += 1) {
        const answer = argmax(Array.from(data.subarray(row * 10, (row + 1) * 10), Number));
        if (answer === labels[first + row]) right += 1;
      }
    }
    await engine.unload();
    expect(right).toBe(model.correctOfTest2000);
  });
});
