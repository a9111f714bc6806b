import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FASHION_MNIST, argmax, writeNormalised } from '../../../backends/handlers/index.ts';
import { Engines } from '../../../backends/onnx/index.ts';
import { floatsOf, folder, imageAt, labels, manifest, runTensors } from './fixtures.ts';

const BATCH = 250;

describe('the bundled Fashion-MNIST models', () => {
  const engines = new Engines();
  const inputs = new Float32Array(labels.length * 784);

  beforeAll(() => {
    for (let index = 0; index < labels.length; index += 1) {
      writeNormalised(imageAt(index), inputs, { offset: index * 784, normalisation: FASHION_MNIST });
    }
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
    expect(loaded).toMatchObject({ ok: true, report: { batches: true, fixedBatch: null } });
    let right = 0;
    for (let first = 0; first < labels.length; first += BATCH) {
      const bytes = new Uint8Array(inputs.buffer, first * 784 * 4, BATCH * 784 * 4);
      const data = floatsOf((await runTensors(engine, [{ shape: [BATCH, 1, 28, 28], bytes }]))[0]);
      for (let row = 0; row < BATCH; row += 1) {
        const answer = argmax(data.subarray(row * 10, (row + 1) * 10));
        if (answer === labels[first + row]) right += 1;
      }
    }
    await engine.unload();
    expect(right).toBe(model.correctOfTest2000);
  });
});
