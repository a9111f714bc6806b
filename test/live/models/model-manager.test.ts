import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ServingError } from '../../../core/index.ts';
import { servedVariant } from '../served-variant.ts';
import { archiveOf } from './archives.ts';
import { folderOf } from './folders.ts';
import { RememberingService, managed, profileRequest, tableRequest } from './managed.ts';

const codeOf = (problem: Promise<unknown>): Promise<unknown> =>
  problem.then(
    () => 'fulfilled',
    (error: unknown) => (error instanceof ServingError ? error.code : error),
  );

describe('registering', () => {
  test('keeps a model and serves it', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    const registered = await manager.register(tableRequest('resnet50_tensorrt_1'));
    expect(registered).toEqual({ name: 'resnet50_tensorrt_1', versions: ['1'], notes: [] });
    const [record] = manager.list();
    expect(record).toMatchObject({
      loaded: true,
      source: { kind: 'infaas-config', from: 'resnet50_tensorrt_1.config' },
    });
    const [served] = service.directory.find('resnet50_tensorrt_1')?.variants ?? [];
    expect(served).toMatchObject({ source: 'registered', definition: { hardware: 'v100', architecture: 'resnet50' } });
  });

  test('a version that is there already is a conflict', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    await expect(manager.register(profileRequest('net', '1'))).rejects.toThrow(
      'Model version 1 is already registered for model net',
    );
    expect(service.told).toHaveLength(1);
  });

  test('another version joins, and leaves the default as it is', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    await manager.register(profileRequest('net', '2'));
    expect(service.told).toEqual(['install net:1*', 'install net:1* net:2']);
    expect(service.directory.find('net', '2')?.variants[0].definition.name).toBe('net@2');
  });

  test('two at once of one name: the second hears of a conflict', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    let go: (value: unknown) => void = () => undefined;
    service.hold = new Promise((resolve) => (go = resolve));
    const first = manager.register(profileRequest('net', '1'));
    const second = await codeOf(manager.register(profileRequest('net', '2')));
    expect([second, manager.isChanging('net')]).toEqual(['MODEL_CONFLICT', true]);
    const other = manager.register(profileRequest('other', '1'));
    go(undefined);
    await Promise.all([first, other]);
    expect(
      manager
        .list()
        .map(({ name, version }) => `${name}:${version}`)
        .toSorted(),
    ).toEqual(['net:1', 'other:1']);
    expect(manager.isChanging('net')).toBe(false);
  });

  test('a name of the config is a conflict, and cannot be taken away', async () => {
    const inputs = [{ name: 'x', type: 'float32', shape: [null, 1] }] as const;
    const { manager } = await managed(new RememberingService([servedVariant({ name: 'net', inputs, outputs: [] })]));
    expect(await codeOf(manager.register(profileRequest('net', '2')))).toBe('MODEL_CONFLICT');
    expect(await codeOf(manager.unregister('net'))).toBe('MODEL_OF_CONFIG');
    expect(await codeOf(manager.setDefault('net', '1'))).toBe('MODEL_OF_CONFIG');
  });

  test('a service that refuses leaves nothing behind', async () => {
    const service = new RememberingService();
    const { manager, registry } = await managed(service);
    service.failure = new Error('a worker failed to start');
    await expect(manager.register(profileRequest('net', '1'))).rejects.toThrow('a worker failed to start');
    expect(registry.list()).toEqual([]);
    await manager.register(profileRequest('net', '1'));
    expect(registry.list()).toHaveLength(1);
  });

  test('a replacement that is refused leaves what was there', async () => {
    const service = new RememberingService();
    const { manager, registry } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    await manager.register(profileRequest('net', '2'));
    const before = registry.list();
    service.failure = new Error('no');
    await expect(manager.register(profileRequest('net', '3'), { replace: true })).rejects.toThrow('no');
    service.failure = new Error('no');
    await expect(manager.register(profileRequest('net', '2'), { replace: true })).rejects.toThrow('no');
    const facts = (records: typeof before): unknown[] =>
      records.map(({ version, isDefault, definition }) => [version, isDefault, definition.name]);
    expect(facts(registry.list())).toEqual(facts(before));
  });

  test('a replacement takes the place of all versions, and is the default', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    await manager.register(profileRequest('net', '2'), { replace: true });
    expect(service.told.slice(1)).toEqual(['install net:1 net:2*', 'remove net:1']);
    expect(manager.list().map(({ version, isDefault }) => [version, isDefault])).toEqual([['2', true]]);
  });

  test('what cannot be read changes nothing and leaves no file', async () => {
    const service = new RememberingService();
    const store = folderOf({ 'text.mar': 'no archive' });
    const { manager, registry, scratch } = await managed(service, { store });
    expect(await codeOf(manager.register({ kind: 'archive', url: 'text.mar' }))).toBe('MODEL_ARCHIVE');
    expect(await codeOf(manager.register({ kind: 'archive', url: '../text.mar' }))).toBe('MODEL_SOURCE_NOT_ALLOWED');
    expect(await codeOf(manager.register({ kind: 'archive', url: 'none.mar' }))).toBe('MODEL_SOURCE_NOT_FOUND');
    expect(await codeOf(manager.register({ kind: 'archive', url: 'text.mar', name: '../x' }))).toBe('MODEL_NAME');
    expect(await codeOf(manager.register({ kind: 'triton-repository', name: 'x' }))).toBe('TRITON_NO_REPOSITORY');
    expect([service.told, registry.list(), readdirSync(scratch)]).toEqual([[], [], []]);
  });

  test('an archive whose model cannot be loaded leaves no file', async () => {
    const manifest = { model: { modelName: 'net', serializedFile: 'net.onnx', handler: 'base_handler' } };
    const archive = await archiveOf({ 'MAR-INF/MANIFEST.json': JSON.stringify(manifest), 'net.onnx': 'no model' });
    const { manager, registry, scratch } = await managed(new RememberingService(), {
      store: archive.replace(/model\.mar$/, ''),
    });
    expect(await codeOf(manager.register({ kind: 'archive', url: 'model.mar' }))).toBe('MODEL_REFUSED');
    expect([registry.list(), readdirSync(scratch)]).toEqual([[], []]);
  });
});

describe('unregistering', () => {
  test('stops serving before files go', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    await manager.unregister('net');
    expect(service.told.at(-1)).toBe('remove net:1');
    expect(manager.list()).toEqual([]);
    expect(await codeOf(manager.unregister('net'))).toBe('MODEL_UNKNOWN');
  });

  test('keeps the model when the service cannot let it go', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    service.failure = new Error('busy');
    await expect(manager.unregister('net')).rejects.toThrow('busy');
    expect(manager.find('net')?.version).toBe('1');
  });

  test('takes the default version last', async () => {
    const { manager } = await managed(new RememberingService());
    await manager.register(profileRequest('net', '1'));
    await manager.register(profileRequest('net', '2'));
    await expect(manager.unregister('net', '1')).rejects.toThrow('Cannot remove default version for model net');
    await manager.setDefault('net', '2');
    await manager.unregister('net', '1');
    expect(manager.list().map(({ version }) => version)).toEqual(['2']);
    expect(await codeOf(manager.unregister('net', '7'))).toBe('MODEL_UNKNOWN');
  });
});

describe('the default version', () => {
  test('is told to the service, and stays when that fails', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    await manager.register(profileRequest('net', '2'));
    service.failure = new Error('no');
    await expect(manager.setDefault('net', '2')).rejects.toThrow('no');
    expect(manager.find('net')?.version).toBe('1');
    await manager.setDefault('net', '2');
    expect([manager.find('net')?.version, service.told.at(-1)]).toEqual(['2', 'install net:1 net:2*']);
    expect(await codeOf(manager.setDefault('net', '9'))).toBe('MODEL_UNKNOWN');
  });
});

describe('what is not loaded', () => {
  test('stays registered, and is served again when it is', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    await manager.setLoaded('net', false);
    await manager.setLoaded('net', false);
    expect([service.variants, manager.find('net')?.loaded]).toEqual([[], false]);
    service.failure = new Error('no');
    await expect(manager.setLoaded('net', true)).rejects.toThrow('no');
    expect(manager.find('net')?.loaded).toBe(false);
    await manager.setLoaded('net', true);
    expect(service.told.slice(1)).toEqual(['remove net:1', 'install net:1*', 'install net:1*']);
    expect(await codeOf(manager.setLoaded('none', true))).toBe('MODEL_UNKNOWN');
  });
});

describe('scaling', () => {
  test('keeps the bounds of a registered model, also when another version joins', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    manager.scale('net', '1', { least: 2, most: 3 });
    await manager.register(profileRequest('net', '2'));
    expect(service.variants.find(({ definition }) => definition.version === '1')?.workers).toEqual({
      least: 2,
      most: 3,
    });
    manager.scale('net', '1', 'auto');
    expect(manager.find('net', '1')?.bounds).toBeUndefined();
    expect(service.told.filter((told) => told.startsWith('scale'))).toEqual(['scale net:1 2-3', 'scale net:1 auto']);
  });

  test('bounds that are set while a version joins are not undone by it', async () => {
    const service = new RememberingService();
    const { manager } = await managed(service);
    await manager.register(profileRequest('net', '1'));
    let go: (value: unknown) => void = () => undefined;
    service.hold = new Promise((resolve) => (go = resolve));
    const joined = manager.register(profileRequest('net', '2'));
    await expect.poll(() => service.told.at(-1)).toBe('install net:1* net:2');
    manager.scale('net', '1', { least: 1, most: 1 });
    go(undefined);
    await joined;
    expect(service.told.slice(-2)).toEqual(['scale net:1 1-1', 'scale net:1 1-1']);
  });

  test('of a model of the config goes to the service alone', async () => {
    const inputs = [{ name: 'x', type: 'float32', shape: [null, 1] }] as const;
    const service = new RememberingService([servedVariant({ name: 'net', inputs, outputs: [] })]);
    const { manager } = await managed(service);
    manager.scale('net', '1', { least: 1, most: 2 });
    expect([service.told, manager.list()]).toEqual([['scale net:1 1-2'], []]);
  });
});
