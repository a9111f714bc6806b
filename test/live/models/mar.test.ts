import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Handlers } from '../../../backends/index.ts';
import type { MarDraft, MarOptions, MarWishes } from '../../../live/models/mar-draft.ts';
import { readMar } from '../../../live/models/mar-draft.ts';
import { readLabels, readManifest, readMarConfig } from '../../../live/models/mar-manifest.ts';
import { archiveOf } from './archives.ts';
import { folderOf } from './folders.ts';

const MANIFEST = {
  createdOn: '20/11/2026 04:00:00',
  runtime: 'python',
  model: { modelName: 'linear', serializedFile: 'linear.onnx', handler: 'image_classifier', modelVersion: '1.0' },
  archiverVersion: '0.12.0',
};
const CLASSIFIER = { name: 'image-classifier' };
// Of a handler, only its name is asked here.
const handlers = {
  find: (name: string) => (name.replaceAll('_', '-') === CLASSIFIER.name ? CLASSIFIER : undefined),
} as unknown as Pick<Handlers, 'find'>;

function files(
  model: object = {},
  more: Readonly<Record<string, string | Uint8Array>> = {},
): Record<string, string | Uint8Array> {
  const manifest = { ...MANIFEST, model: { ...MANIFEST.model, ...model } };
  return { 'MAR-INF/MANIFEST.json': JSON.stringify(manifest), 'linear.onnx': 'weights', ...more };
}

async function read(
  entries: Readonly<Record<string, string | Uint8Array>>,
  wishes: MarWishes = {},
  changes: Partial<MarOptions> = {},
): Promise<MarDraft> {
  const limits = { maxArchiveBytes: 1e7, maxEntries: 100, maxTotalBytes: 1e7, maxEntryBytes: 1e7, maxRatio: 200 };
  const options = { limits, handlers, defaultHandler: undefined, folder: folderOf(), gpu: undefined, ...changes };
  return readMar(await archiveOf(entries), wishes, options);
}

describe('an archive of TorchServe with an ONNX model', () => {
  test('is a model by its manifest, and its one file is unpacked', async () => {
    const folder = folderOf();
    const { draft } = await read(files({}, { 'evil.py': 'import os', 'data.pkl': 'x' }), {}, { folder });
    expect(draft).toMatchObject({ name: 'linear', version: '1.0', handler: 'image-classifier', batchSize: 1 });
    expect(readdirSync(folder)).toEqual(['model.onnx']);
    expect(readFileSync(draft.file?.path ?? '', 'utf8')).toBe('weights');
  });

  test('executes requests one by one unless it says otherwise', async () => {
    const { draft } = await read(files());
    expect(draft.batching?.options).toEqual({ maxBatch: 1, maxDelay: 100_000_000 });
    expect(draft.workers).toBeUndefined();
  });

  test('has the default number of workers where it says none', async () => {
    expect((await read(files(), { defaultWorkers: 0 })).draft.workers).toEqual({ least: 0, most: 0 });
    const said = files({}, { 'model-config.yaml': 'minWorkers: 2' });
    expect((await read(said, { defaultWorkers: 0 })).draft.workers).toEqual({ least: 2, most: 2 });
  });

  test('has the batches, workers and limits of its config', async () => {
    const yaml =
      'minWorkers: 1\nmaxWorkers: 3\nbatchSize: 8\nmaxBatchDelay: 50\nresponseTimeout: 120\nhandler: {own: 1}\n';
    const { draft, config } = await read(files({ configFile: 'model-config.yaml' }, { 'model-config.yaml': yaml }));
    expect(draft).toMatchObject({ batchSize: 8, workers: { least: 1, most: 3 } });
    expect(draft.batching?.options).toEqual({ maxBatch: 8, maxDelay: 50_000_000 });
    expect(config.responseTimeoutS).toBe(120);
  });

  test('gives way to what the registration says', async () => {
    const wishes = { name: 'other', batchSize: 4, maxBatchDelayMs: 7, initialWorkers: 2 };
    const { draft } = await read(files({}, { 'model-config.yaml': 'batchSize: 8\nminWorkers: 1' }), wishes);
    expect(draft).toMatchObject({ name: 'other', batchSize: 4, workers: { least: 2, most: 2 } });
    expect(draft.batching?.options).toEqual({ maxBatch: 4, maxDelay: 7_000_000 });
  });

  test('has the names of its classes', async () => {
    const { draft } = await read(files({}, { 'index_to_name.json': '{"1": ["n2", "dog"], "0": "cat"}' }));
    expect(draft.labels).toEqual(['cat', 'dog']);
  });
});

describe('handlers', () => {
  test('of other names are refused, and code is never executed', async () => {
    await expect(read(files({ handler: 'my_handler.py:handle' }))).rejects.toThrow(
      'the archive\'s handler "my_handler.py:handle" is not one of this service, and code in archives is not executed',
    );
  });

  test('of other names become the default where there is one', async () => {
    const { draft } = await read(files({ handler: 'text_classifier' }), {}, { defaultHandler: 'tensor' });
    expect(draft.handler).toBe('tensor');
  });

  test('of the base are none: tensors in, tensors out', async () => {
    expect((await read(files({ handler: 'base_handler' }), {}, { defaultHandler: 'x' })).draft.handler).toBeUndefined();
  });

  test('that the registration names win', async () => {
    expect((await read(files({ handler: 'my.py' }), { handler: 'image_classifier' })).draft.handler).toBe(
      'image-classifier',
    );
  });
});

describe('archives that are refused', () => {
  const cases: readonly (readonly [string, Record<string, string | Uint8Array>, string])[] = [
    ['without a manifest', { 'linear.onnx': 'x' }, 'the archive has no MAR-INF/MANIFEST.json'],
    [
      'with a manifest that is no JSON',
      { ...files(), 'MAR-INF/MANIFEST.json': '{' },
      'MANIFEST.json is not valid JSON',
    ],
    ['with a manifest that says nothing', { ...files(), 'MAR-INF/MANIFEST.json': '{}' }, 'MANIFEST.json: model: '],
    [
      'with a model of PyTorch',
      files({ serializedFile: 'model.pt' }),
      'serializedFile is "model.pt"; expected an .onnx file',
    ],
    ['without a model', files({ serializedFile: '' }), 'the manifest names no serializedFile'],
    [
      'whose model is missing',
      files({ serializedFile: 'other.onnx' }),
      'the archive has no "other.onnx", which its manifest',
    ],
    [
      'whose model lies outside',
      files({ serializedFile: '../../x.onnx' }),
      'the archive has no "../../x.onnx", which its',
    ],
    [
      'whose config is missing',
      files({ configFile: '/etc/passwd' }),
      'the archive has no "/etc/passwd", which its manifest',
    ],
    ['whose name is a path', files({ modelName: '../x' }), 'Model name must not contain path traversal characters'],
    ['whose version is a path', files({ modelVersion: '../x' }), 'Model version must not contain path traversal'],
    [
      'with YAML that is code',
      files({}, { 'model-config.yaml': 'a: !!python/object/apply:os.system [id]' }),
      'YAML tags are',
    ],
    ['with batches of 0', files({}, { 'model-config.yaml': 'batchSize: 0' }), 'model-config.yaml: batchSize: '],
    [
      'with fewer workers than it needs',
      files({}, { 'model-config.yaml': 'minWorkers: 2\nmaxWorkers: 1' }),
      'cannot be less',
    ],
    ['for a GPU', files({}, { 'model-config.yaml': 'deviceType: gpu' }), 'asks for a GPU, and this service has none'],
    ['with a hole in its labels', files({}, { 'index_to_name.json': '{"0": "a", "2": "b"}' }), 'none has the index 1'],
  ];
  test.each(cases)('%s', async (_what, entries, message) => {
    const folder = folderOf();
    await expect(read(entries, {}, { folder })).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('texts by themselves', () => {
  test('a version may be written as a number', () => {
    const json = JSON.stringify({ model: { modelName: 'a', modelVersion: 2.5, serializedFile: 'a.onnx' } });
    expect(readManifest(json)).toMatchObject({ modelVersion: '2.5', handler: '', configFile: '' });
  });

  test('an empty config says nothing', () => {
    expect(readMarConfig('# nothing\n')).toEqual({ maxBatchDelayMs: undefined, responseTimeoutS: undefined });
  });

  test('labels may be a list', () => {
    expect(readLabels('["a", ["n1", "b"]]')).toEqual(['a', 'b']);
  });

  test('keys of the prototype are only keys', () => {
    expect(() => readLabels('{"__proto__": "a"}')).toThrow('index_to_name.json');
    expect(readManifest('{"model": {"modelName": "a", "__proto__": {"handler": "x"}}}').handler).toBe('');
  });

  test('a hundred thousand brackets are refused, not followed', () => {
    expect(() => readManifest('['.repeat(100_000))).toThrow('MANIFEST.json is not valid JSON');
    expect(() => readManifest(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toThrow('MANIFEST.json');
  });
});
