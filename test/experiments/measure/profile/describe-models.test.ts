import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ServingErrors } from '../../../../core/index.ts';
import { describeModels, modelFiles, namedAfter } from '../../../../experiments/measure/profile/index.ts';
import type { DescribedModel } from '../../../../experiments/measure/profile/index.ts';
import { parseShape } from '../../../../experiments/measure/profile/shape-choice.ts';
import { folder as models } from '../../../backends/onnx/fixtures.ts';
import { identityModel, matMulModel, sequenceModel } from '../../../backends/onnx/tiny-model.ts';
import { QUICK, scratch } from './models.ts';

function described(
  files: Readonly<Record<string, string | Uint8Array>>,
  ...shapes: string[]
): Promise<DescribedModel[]> {
  const wishes = modelFiles([scratch(files)]).map((file) => ({
    file,
    ...namedAfter(file, 'cpu'),
    useCase: { task: 'classification', dataset: 'tiny' },
    framework: 'onnxruntime',
    accuracyPercent: 90,
  }));
  return describeModels(wishes, { options: QUICK, hardware: 'cpu', shapes: shapes.map(parseShape) });
}

async function errorsOf(...args: Parameters<typeof described>): Promise<readonly string[]> {
  const error: unknown = await described(...args).catch((thrown: unknown) => thrown);
  if (!(error instanceof ServingErrors)) throw new Error(`expected errors, got ${String(error)}`);
  return error.errors.map(({ message }) => message.replace(/^\S*\//, ''));
}

test('a description that is broken off ends the command, whatever models are left', async () => {
  const wishes = modelFiles([scratch({ 'a.onnx': identityModel('float32'), 'b.onnx': 'no model' })]).map((file) => ({
    file,
    ...namedAfter(file, 'cpu'),
    useCase: { task: 'classification', dataset: 'tiny' },
    framework: 'onnxruntime',
    accuracyPercent: 90,
  }));
  const interrupt = new AbortController();
  const options = { ...QUICK, signal: interrupt.signal };
  const describing = describeModels(wishes, { options, hardware: 'cpu', shapes: [] });
  interrupt.abort();
  await expect(describing).rejects.toThrow('the measurement was interrupted');
});

describe('files that are no models', () => {
  test('are told all together, each with its name and a reason', async () => {
    const whole = readFileSync(join(models, 'fmnist-mlp-int8.onnx'));
    const errors = await errorsOf({
      'corrupt.onnx': Buffer.concat([Buffer.from([255, 255, 255, 7]), whole.subarray(4)]),
      'empty.onnx': '',
      'fine.onnx': identityModel('float32'),
      'text.onnx': 'no model at all\n',
      'truncated.onnx': whole.subarray(0, 5000),
    });
    expect(errors).toHaveLength(4);
    expect(errors[0]).toMatch(/^corrupt\.onnx: the model cannot be loaded; found .*damaged/);
    expect(errors[1]).toBe('empty.onnx: the model cannot be loaded; found the file is empty');
    expect(errors[2]).toMatch(/^text\.onnx: the model cannot be loaded; found .*no ONNX model/);
    expect(errors[3]).toMatch(/^truncated\.onnx: the model cannot be loaded; found .*damaged/);
  });

  test('that are not there, and folders without models, are told before anything is loaded', () => {
    const empty = scratch();
    expect(() => modelFiles([join(empty, 'none.onnx'), empty])).toThrow(
      /none\.onnx: there is no such file\n.*the folder holds no ONNX model/,
    );
  });
});

describe('inputs that cannot be made up', () => {
  test('are named, with the option that says their extents', async () => {
    const [error] = await errorsOf({ 'open.onnx': identityModel('float32', ['N', 3, 'H', 'W']) });
    expect(error).toBe(
      'open.onnx: input "INPUT0" has extents that each request chooses, so no batch can be made up; ' +
        'found float32 [N,3,?,?]; name them: --shape INPUT0=3x224x224',
    );
  });

  test('become those that the user names', async () => {
    const [model] = await described({ 'open.onnx': identityModel('float32', ['N', 3, 'H', 'W']) }, 'INPUT0=3x8x6');
    expect(model.inputs[0].shape).toEqual([null, 3, 8, 6]);
  });

  test('stay refused when the user names others than the model takes', async () => {
    const open = { 'open.onnx': identityModel('float32', ['N', 3, 'H']) };
    expect(await errorsOf(open, 'INPUT0=4x8')).toEqual([
      expect.stringContaining('is not one that the model takes; found 4x8; expected 3x?, without the batch'),
    ]);
    expect(await errorsOf(open, 'INPUT0=3x8', 'image=3x8')).toEqual([
      '--shape: no model has an input of that name; found image; expected INPUT0',
    ]);
  });

  test('are told when a shape is none', () => {
    for (const text of ['3x224', 'x=', 'x=3x0', 'x=3,224'])
      expect(() => parseShape(text)).toThrow('no shape of an input');
    expect(parseShape('a=b=3x4')).toEqual({ input: 'a=b', extents: [3, 4] });
  });

  test('of a type that is no tensor are refused', async () => {
    const [error] = await errorsOf({ 'sequence.onnx': sequenceModel() });
    expect(error).toContain('output "y" is no tensor, but a sequence or a map');
  });
});

describe('a name', () => {
  test.each([
    ['resnet50-int8.onnx', { name: 'resnet50-int8', architecture: 'resnet50', precision: 'int8' }],
    ['my net.FP16.onnx', { name: 'my-net.FP16', architecture: 'my-net', precision: 'fp16' }],
    ['resnet50.onnx', { name: 'resnet50-cpu', architecture: 'resnet50', precision: 'unstated' }],
    ['int8.onnx', { name: 'int8-cpu', architecture: 'int8', precision: 'unstated' }],
    ['---.onnx', { name: 'model-cpu', architecture: 'model', precision: 'unstated' }],
  ])('of %s tells the variant from its network', (file, expected) => {
    expect(namedAfter(join('models', file), 'cpu')).toEqual(expected);
  });
});

describe('a model', () => {
  test('that batches is measured at every batch', async () => {
    const [model] = await described({ 'net-int8.onnx': matMulModel(3, 2) });
    expect(model).toMatchObject({ name: 'net-int8', precision: 'int8', batches: [1, 2], notes: [] });
    expect(basename(model.file)).toBe('net-int8.onnx');
  });

  test('whose batch is fixed is measured at that batch only, and says so', async () => {
    const [model] = await described({ 'six.onnx': identityModel('float32', [6, 4]) });
    expect(model).toMatchObject({ batches: [1, 6], inputs: [{ shape: [null, 4] }], outputs: [{ shape: [null, 4] }] });
    expect(model.notes).toEqual([expect.stringContaining('six-cpu: its batch is fixed at 6')]);
  });

  test('that does not batch is measured with one input, and says so', async () => {
    const [model] = await described({ 'one.onnx': identityModel('float32', [1, 4]) });
    expect(model).toMatchObject({ batches: [1], inputs: [{ shape: [1, 4] }] });
    expect(model.notes).toEqual(['one-cpu: the model does not batch; it is measured at batch 1 only']);
  });
});
