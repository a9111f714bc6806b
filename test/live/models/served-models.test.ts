import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TensorValue } from '../../../backends/index.ts';
import { TorchServeModels } from '../../../live/models/index.ts';
import type { ServiceAnswer } from '../../../live/service/index.ts';
import { Service } from '../../../live/service/index.ts';
import { folder as bundled, imageAt, manifest } from '../../backends/onnx/fixtures.ts';
import { tinyModel } from '../../backends/onnx/tiny-model.ts';
import { blueprintOf, queryFor, tableServed } from '../service/fixtures.ts';
import { archiveOf } from './archives.ts';
import { folderOf } from './folders.ts';
import type { Managed } from './managed.ts';
import { managed, tableRequest } from './managed.ts';

/** A service with one variant of its own, and a manager on it. */
async function serving(changes: Parameters<typeof managed>[1] = {}): Promise<Managed & { readonly service: Service }> {
  const service = await Service.start(blueprintOf([tableServed('own', [1])]));
  onTestFinished(() => service.stop());
  return { ...(await managed(service, changes)), service };
}

/** A test image that the linear network gets right, as the bundled networks take it. */
const IMAGE = 4;

function image(): TensorValue {
  const pixels = Float32Array.from(imageAt(IMAGE), (pixel) => (pixel / 255 - 0.286) / 0.353);
  return { name: 'input', type: 'float32', shape: [1, 1, 28, 28], bytes: new Uint8Array(pixels.buffer) };
}

async function ask(service: Service, name: string): Promise<ServiceAnswer> {
  return service.infer(queryFor(service, name, { tensors: [image()] }));
}

function classOf(answer: ServiceAnswer): number {
  if (!answer.ok) throw new Error(answer.message);
  const logits = [...new Float32Array(answer.outputs[0].bytes.slice().buffer)];
  return logits.indexOf(Math.max(...logits));
}

const label = readFileSync(`${bundled}test-2000-labels.u8`)[IMAGE];
const linear = readFileSync(join(bundled, 'fmnist-linear.onnx'));

describe('a registered model answers', () => {
  test('from a config of INFaaS and a folder with an ONNX file', async () => {
    const { manager, service } = await serving();
    const request = tableRequest('fmnist_onnx_1', {
      framework: 'onnx',
      parname: 'linear',
      inputdim: '28',
      dataset: 'fashion',
    });
    await manager.register({ ...request, folder: folderOf({ 'net.onnx': linear }) } as typeof request);
    expect(classOf(await ask(service, 'fmnist_onnx_1'))).toBe(label);
  });

  test('from an archive of TorchServe, at once when it asks for workers', async () => {
    const model = {
      modelName: 'linear',
      serializedFile: 'linear.onnx',
      handler: 'image_classifier',
      modelVersion: '1.0',
    };
    const archive = await archiveOf({
      'MAR-INF/MANIFEST.json': JSON.stringify({ model }),
      'linear.onnx': linear,
      'handler.py': 'raise SystemExit',
      'index_to_name.json': JSON.stringify(manifest.labels),
    });
    const { manager, service } = await serving({ store: archive.replace(/model\.mar$/, '') });
    const models = new TorchServeModels(manager);
    const properties = { 'torchserve.response_timeout_s': 7 };
    const wishes = { handler: undefined, batchSize: 2, maxBatchDelayMs: 5, initialWorkers: 1, defaultWorkers: 0 };
    const registered = await models.register({ url: 'model.mar', modelName: undefined, ...wishes, properties });
    expect(registered).toEqual({ name: 'linear', version: '1.0' });
    expect(service.workersOf('linear', '1.0')).toBe(1);
    expect(classOf(await ask(service, 'linear'))).toBe(label);
    expect(service.directory.find('linear')).toMatchObject({
      // Of the model and the service: the archive says how many requests are batched, not how many inputs one may have.
      maxBatch: 4,
      handler: 'image-classifier',
      labels: manifest.labels,
    });
    expect(models.describe('linear', '1.0')).toEqual({ url: 'model.mar', properties });
    await models.unregister('linear', undefined);
    expect(service.directory.find('linear')).toBeUndefined();
    expect(models.describe('linear', '1.0')).toBeUndefined();
  });

  test('from an ONNX file by itself', async () => {
    const { manager, service } = await serving({ store: folderOf({ 'linear.onnx': linear }) });
    expect(await manager.register({ kind: 'archive', url: 'linear.onnx' })).toMatchObject({
      name: 'linear',
      versions: ['1.0'],
    });
    expect(classOf(await ask(service, 'linear'))).toBe(label);
  });

  test('from its table alone, with zeros', async () => {
    const { manager, service } = await serving();
    await manager.register(tableRequest('resnet50_cpu_1', { framework: 'pytorch', inputdim: '2' }));
    const bytes = new Uint8Array(4 * 12);
    const tensors = [{ name: 'input', type: 'float32' as const, shape: [1, 3, 2, 2], bytes }];
    const answer = await service.infer(queryFor(service, 'resnet50_cpu_1', { tensors }));
    expect(answer).toMatchObject({ ok: true, outputs: [{ name: 'output', shape: [1, 1] }] });
  });
});

describe('after a hostile registration the service answers as before', () => {
  const weights = { name: 'w', type: 'float32' as const, dims: [1, 784], values: [], file: '../../../../etc/passwd' };
  const tensors = {
    inputs: [{ name: 'x', type: 'float32' as const, shape: ['N', 784] }],
    outputs: [{ name: 'y', type: 'float32' as const, shape: ['N', 784] }],
  };
  const hostile: Readonly<Record<string, Uint8Array>> = {
    'not a model': Buffer.from('hello'),
    'weights of another file': tinyModel({
      ...tensors,
      nodes: [{ operator: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [weights],
    }),
    'half a model': linear.subarray(0, 10_000),
  };

  test.each(Object.entries(hostile))('%s', async (_what, model) => {
    const { manager, service, registry } = await serving({
      store: folderOf({ 'evil.onnx': model, 'good.onnx': linear }),
    });
    await expect(manager.register({ kind: 'archive', url: 'evil.onnx' })).rejects.toThrow('the model cannot be loaded');
    expect([service.isReady, registry.list(), service.directory.find('evil')]).toEqual([true, [], undefined]);
    expect((await service.infer(queryFor(service, 'own'))).ok).toBe(true);
    await manager.register({ kind: 'archive', url: 'good.onnx' });
    expect(classOf(await ask(service, 'good'))).toBe(label);
  });

  test('a name that collides with an architecture is refused, and nothing is kept', async () => {
    const { manager, service, registry } = await serving();
    const { architecture } = service.directory.find('own')?.variants[0].definition ?? { architecture: '' };
    await expect(manager.register(tableRequest(architecture))).rejects.toThrow(
      /is the name of a variant and of an architecture/,
    );
    expect([registry.list(), service.directory.find('own') === undefined]).toEqual([[], false]);
  });
});
