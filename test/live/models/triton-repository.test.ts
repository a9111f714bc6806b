import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TritonRepository } from '../../../live/models/index.ts';
import { addSubModel, identityModel } from '../../backends/onnx/tiny-model.ts';
import { folderOf } from './folders.ts';
import { RememberingService, managed, profileRequest } from './managed.ts';

async function repositoryOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<{
  readonly repository: TritonRepository;
  readonly service: RememberingService;
  readonly folder: string;
  readonly notes: string[];
  readonly manager: Awaited<ReturnType<typeof managed>>['manager'];
}> {
  const folder = folderOf(files);
  const service = new RememberingService();
  const { manager } = await managed(service, { repository: folder });
  const notes: string[] = [];
  const repository = new TritonRepository({ manager, service, folder, note: (text) => notes.push(text) });
  return { repository, service, folder, notes, manager };
}

const SIMPLE = { 'simple/1/model.onnx': addSubModel('int32') };

async function statesOf(repository: TritonRepository): Promise<string[]> {
  const entries = await repository.index();
  return entries
    .filter(({ name }) => !/architecture|unstated|network|classification/.test(name))
    .map(({ name, version, state, reason }) => [name, version, state, reason].filter((part) => part !== '').join(' '));
}

describe('a repository', () => {
  test('lists what can be loaded, loads it as its files say and unloads it', async () => {
    const { repository, service } = await repositoryOf({ ...SIMPLE, 'empty/config.pbtxt': '' });
    expect(await statesOf(repository)).toEqual(['empty UNAVAILABLE not loaded', 'simple UNAVAILABLE not loaded']);
    await repository.load('simple');
    expect(await statesOf(repository)).toEqual(['simple 1 READY', 'empty UNAVAILABLE not loaded']);
    const [{ definition, workers }] = service.directory.find('simple')?.variants ?? [];
    expect(definition.inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['INPUT0', [null, 16]],
      ['INPUT1', [null, 16]],
    ]);
    expect([definition.maxBatch, workers]).toEqual([4, { least: 1, most: Infinity }]);
    await repository.unload('simple');
    expect(await statesOf(repository)).toEqual(['empty UNAVAILABLE not loaded', 'simple 1 UNAVAILABLE unloaded']);
  });

  test('that is taken away lists what is served, and loads nothing more', async () => {
    const { repository, folder } = await repositoryOf(SIMPLE);
    rmSync(folder, { recursive: true });
    expect(await statesOf(repository)).toEqual([]);
    await expect(repository.load('simple')).rejects.toThrow("failed to load 'simple', no such model");
  });

  test('tells which models could not be loaded at the start, until they can', async () => {
    const { repository, folder } = await repositoryOf({ 'broken/config.pbtxt': 'max_batch_size: x', ...SIMPLE });
    await repository.loadAtStart(['broken']);
    expect(repository.failures()).toEqual([{ name: 'broken', reason: expect.stringContaining('max_batch_size') }]);
    expect(JSON.stringify(repository.failures())).not.toContain(folder);
  });

  test('is read anew at every load, and versions that went are gone', async () => {
    const { repository, folder } = await repositoryOf(SIMPLE);
    await repository.load('simple');
    mkdirSync(join(folder, 'simple', '2'));
    writeFileSync(join(folder, 'simple', '2', 'model.onnx'), identityModel('int8'));
    rmSync(join(folder, 'simple', '1'), { recursive: true });
    await repository.load('simple');
    expect(await statesOf(repository)).toEqual(['simple 2 READY']);
  });

  test('serves all versions that the policy takes, the highest by default', async () => {
    const files = {
      ...SIMPLE,
      'simple/3/model.onnx': addSubModel('int32'),
      'simple/config.pbtxt': 'version_policy { all {} }',
    };
    const { repository, service } = await repositoryOf(files);
    await repository.load('simple');
    expect(service.directory.find('simple')).toMatchObject({ version: '3', versions: ['1', '3'] });
  });

  test('tells why a model could not be loaded, and serves what it served before', async () => {
    const { repository, folder } = await repositoryOf(SIMPLE);
    await repository.load('simple');
    writeFileSync(join(folder, 'simple', 'config.pbtxt'), 'input { name: "x" data_type: TYPE_FP32 dims: 1 }');
    await expect(repository.load('simple')).rejects.toThrow("the model's input is another than is stated");
    expect(await statesOf(repository)).toEqual(['simple 1 READY']);
    const broken = await repositoryOf({ 'broken/1/model.onnx': 'no model' });
    await expect(broken.repository.load('broken')).rejects.toThrow('the model cannot be loaded');
    expect((await statesOf(broken.repository))[0]).toMatch(
      /^broken UNAVAILABLE the model cannot be loaded; found the file is no ONNX model/,
    );
  });

  test('is loaded at the start as far as it can be', async () => {
    const { repository, notes } = await repositoryOf({
      ...SIMPLE,
      'broken/1/model.onnx': 'x',
      'none/config.pbtxt': '',
    });
    await repository.loadAtStart('all');
    expect((await statesOf(repository))[0]).toBe('simple 1 READY');
    expect(notes).toEqual([
      expect.stringMatching(/^model broken: the model cannot be loaded/),
      'model none: at least one version must be available for the version policy',
    ]);
  });

  test('is LOADING while a model is being loaded', async () => {
    const { repository } = await repositoryOf(SIMPLE);
    const loading = repository.load('simple');
    expect(await statesOf(repository)).toEqual(['simple LOADING']);
    await loading;
  });

  test('unloads and loads what was registered otherwise, and keeps what the config has', async () => {
    const { repository, manager } = await repositoryOf({});
    await manager.register(profileRequest('net', '1'));
    await repository.unload('net');
    expect(await statesOf(repository)).toEqual(['net 1 UNAVAILABLE unloaded']);
    await repository.load('net');
    expect(await statesOf(repository)).toEqual(['net 1 READY']);
  });

  test.each(['../simple', 'a/b', '', 'simple\u0000', '%2e%2e'])('a model named %j is not looked for', async (name) => {
    const { repository } = await repositoryOf(SIMPLE);
    await expect(repository.load(name)).rejects.toThrow(/^Model name must/);
    await expect(repository.unload(name)).rejects.toThrow(/^Model name must/);
  });

  test('a model that there is not is unknown, and leaves no trace', async () => {
    const { repository } = await repositoryOf({});
    await expect(repository.load('ghost')).rejects.toThrow("failed to load 'ghost', no such model");
    await expect(repository.unload('ghost')).rejects.toThrow('Model not found: ghost');
    expect(await statesOf(repository)).toEqual([]);
  });

  test('takes no files and no config from its clients', async () => {
    const { repository, service } = await repositoryOf(SIMPLE);
    const parameters = new Map([['file:1/model.onnx', Uint8Array.of(1)]]);
    await expect(repository.load('simple', parameters)).rejects.toThrow('load parameters are not offered');
    await expect(repository.load('simple', new Map([['config', '{}']]))).rejects.toThrow(
      'load parameters are not offered',
    );
    expect(service.told).toEqual([]);
  });
});
