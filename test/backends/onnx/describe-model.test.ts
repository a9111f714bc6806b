import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeModel } from '../../../backends/onnx/index.ts';
import type { ModelDescription } from '../../../backends/onnx/index.ts';
import { folder, manifest } from './fixtures.ts';
import { addSubModel, identityModel, nodeModel, tinyModel } from './tiny-model.ts';

const scratch = mkdtempSync(join(tmpdir(), 'rehearse-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const LIMIT = { timeoutNs: 20e9 };

function described(name: string, model: Uint8Array): Promise<ModelDescription> {
  const path = join(scratch, `${name}.onnx`);
  writeFileSync(path, model);
  return describeModel(path, LIMIT);
}

const row = [{ name: 'x', type: 'float32', shape: ['N', 3] }] as const;
const answer = [{ name: 'y', type: 'float32', shape: ['N', 3] }] as const;

describe('the description of a model', () => {
  test('tells its tensors, its digest, its load time and its memory', async () => {
    const { file, sha256 } = manifest.variants[0];
    const description = await describeModel(`${folder}${file}`, LIMIT);
    expect(description).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', shape: [null, 1, 28, 28] }],
      outputs: [{ name: 'logits', type: 'float32', shape: [null, 10] }],
      sha256,
    });
    expect(description.loadNs).toBeGreaterThan(10e6);
    expect(description.peakMemoryBytes).toBeGreaterThan(30e6);
  });

  test('knows several tensors, and extents that requests choose', async () => {
    const { inputs, outputs } = await described('add-sub', addSubModel('int64', ['N', 'width', 2]));
    const spec = (name: string) => ({ name, type: 'int64', shape: [null, -1, 2] });
    expect(inputs).toEqual([spec('INPUT0'), spec('INPUT1')]);
    expect(outputs).toEqual([spec('OUTPUT0'), spec('OUTPUT1')]);
  });

  test('of a model with a fixed first dimension has no batch', async () => {
    const { inputs, outputs } = await described('fixed', identityModel('string', [2, 3]));
    expect([inputs[0].shape, outputs[0].shape]).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });

  test('of a model whose batch is free in name only has no batch', async () => {
    const model = tinyModel({
      nodes: [
        // Computed from the input, so that nobody can tell before a run.
        { operator: 'ReduceSum', inputs: ['x'], outputs: ['sum'], attributes: { keepdims: 0 } },
        { operator: 'Cast', inputs: ['sum'], outputs: ['whole'], attributes: { to: 7 } },
        { operator: 'Add', inputs: ['whole', 'wanted'], outputs: ['shape'] },
        { operator: 'Reshape', inputs: ['x', 'shape'], outputs: ['y'] },
      ],
      inputs: row,
      outputs: answer,
      initializers: [{ name: 'wanted', type: 'int64', dims: [2], values: [1, 3] }],
    });
    const { inputs } = await described('reshape', model);
    expect(inputs).toEqual([{ name: 'x', type: 'float32', shape: [1, 3] }]);
  });

  test('of a model that answers all rows at once has no batch', async () => {
    const sum = nodeModel('ReduceSum', row, [{ ...answer[0], shape: [] }], { attributes: { keepdims: 0 } });
    const { inputs, outputs } = await described('sum', sum);
    expect(inputs).toEqual([{ name: 'x', type: 'float32', shape: [-1, 3] }]);
    expect(outputs).toEqual([{ name: 'y', type: 'float32', shape: [] }]);
  });

  test('of a model with a scalar beside a batch has no batch', async () => {
    const inputs = [row[0], { name: 'factor', type: 'float32', shape: [] }] as const;
    const description = await described('scalar', nodeModel('Mul', inputs, answer));
    expect(description.inputs.map(({ shape }) => shape)).toEqual([[-1, 3], []]);
  });
});

describe('a model that cannot be described is refused with one line', () => {
  test('when it is none', async () => {
    await expect(described('text', Buffer.from('no model at all'))).rejects.toMatchObject({
      name: 'ServingError',
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(/^the model cannot be loaded; found the file is no ONNX model, or a damaged one/),
    });
  });

  test('when it takes too long', async () => {
    const refused = describeModel(`${folder}${manifest.variants[0].file}`, { timeoutNs: 1e6 });
    await expect(refused).rejects.toThrow('the model cannot be loaded; found load took longer than 1 ms');
  });

  test('when it has another digest than it should', async () => {
    const refused = describeModel(`${folder}${manifest.variants[0].file}`, { ...LIMIT, sha256: 'ab'.repeat(32) });
    await expect(refused).rejects.toThrow('is not the model that was registered; its sha256 is');
  });
});
