import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { VariantDefinition } from '../../../backends/index.ts';
import type { Artifact } from '../../../core/index.ts';
import { POLICIES, milliseconds } from '../../../core/index.ts';
import { Registry, toBatchingRecord, toServedVariants } from '../../../live/registry/index.ts';
import type { ModelRecord, NewModel } from '../../../live/registry/index.ts';
import { ModelDirectory } from '../../../live/service/index.ts';
import type { WorkerBounds } from '../../../live/service/index.ts';
import { openStore } from '../../../live/store/index.ts';
import { servedVariant } from '../served-variant.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

describe('a registered model', () => {
  test('is the same after a restart', async () => {
    const folder = temporaryFolder();
    const registry = open(folder);
    const { artifact, release } = await registry.stage(modelFile('A'));
    const put = registry.put({
      ...model('a', '1', artifact),
      bounds: { least: 2, most: Infinity },
      batching: { policy: 'fixed', options: { batch: 4 } },
      properties: { responseTimeoutS: 120, handler: 'x' },
    });
    release();
    const [again] = open(folder).list();
    expect(again).toEqual(put);
    expect(again.definition).toMatchObject({ ...definition('1', artifact), origin: expect.anything() });
    expect(again.bounds).toEqual({ least: 2, most: Infinity });
    expect(readFileSync(again.definition.artifact?.path ?? '', 'utf8')).toBe('A');
  });

  test('is found with its file when the state folder was moved', async () => {
    const [before, after] = [join(temporaryFolder(), 'before'), join(temporaryFolder(), 'after')];
    const store = openStore(before);
    const { artifact } = await stageAndPut(new Registry(store), 'a', 'A');
    store.close();
    renameSync(before, after);
    const moved = open(after).get('a')?.definition.artifact;
    expect(moved?.path).toBe(join(after, 'models', artifact.sha256, 'model.onnx'));
    expect(existsSync(moved?.path ?? '')).toBe(true);
  });

  test('has one default version: the first, until another is made it or it goes', () => {
    const registry = open(temporaryFolder());
    for (const version of ['1', '2', '3']) registry.put(model('a', version));
    expect(defaults(registry)).toEqual(['1']);
    registry.setDefault('a', '2');
    expect(defaults(registry)).toEqual(['2']);
    registry.put({ ...model('a', '3'), isDefault: true });
    expect(defaults(registry)).toEqual(['3']);
    // A replacement that does not ask to be the default does not stop being it.
    registry.put(model('a', '3'));
    expect(defaults(registry)).toEqual(['3']);
    registry.remove('a', '3');
    expect(defaults(registry)).toEqual(['2']);
    expect(registry.get('a')?.version).toBe('2');
  });

  test('keeps its place in the list and its internal name when it is replaced', () => {
    const registry = open(temporaryFolder());
    for (const version of ['1', '2']) registry.put(model('a', version));
    registry.put({ ...model('a', '1'), loaded: false });
    const named = registry.list().map((record) => [record.version, record.definition.name, record.loaded]);
    expect(named).toEqual([
      ['1', 'a', false],
      ['2', 'a@2', true],
    ]);
    registry.remove('a', '1');
    expect(registry.put(model('a', '5')).definition.name).toBe('a');
  });

  test('changes by hand last', () => {
    const folder = temporaryFolder();
    const registry = open(folder);
    registry.put(model('a', '1'));
    registry.setLoaded('a', '1', false);
    registry.setBounds('a', '1', { least: 1, most: 3 });
    expect(open(folder).get('a')).toMatchObject({ loaded: false, bounds: { least: 1, most: 3 } });
    registry.setBounds('a', '1', 'auto');
    expect(open(folder).get('a')?.bounds).toBeUndefined();
  });

  test('and a variant of the config keep the bounds that were set by hand', () => {
    const folder = temporaryFolder();
    const configured = servedVariant({ name: 'b', inputs: [], outputs: [], workers: { least: 1, most: 1 } });
    open(folder).put(model('a', '1'));
    const workersAfter = (bounds: WorkerBounds | 'auto') => {
      for (const name of ['a', 'b']) open(folder).keepBounds(name, '1', bounds);
      const registry = open(folder);
      return [registry.get('a')?.bounds, registry.withKeptBounds([configured])[0].workers];
    };
    expect(open(folder).withKeptBounds([configured])).toEqual([configured]);
    const bounds = { least: 2, most: Infinity };
    expect(workersAfter(bounds)).toEqual([bounds, bounds]);
    expect(workersAfter('auto')).toEqual([undefined, undefined]);
  });

  test('that is not there is said so, and nothing changes', () => {
    const registry = open(temporaryFolder());
    registry.put(model('a', '1'));
    const message = 'no model "a" of version "9" is registered';
    expect(() => registry.setDefault('a', '9')).toThrow(message);
    expect(() => registry.setLoaded('a', '9', true)).toThrow(message);
    expect(() => registry.setBounds('a', '9', 'auto')).toThrow(message);
    expect(registry.remove('a', '9')).toEqual([]);
    expect(defaults(registry)).toEqual(['1']);
  });

  test('with a figure that is no number is refused', () => {
    const bad = { ...model('a', '1'), definition: { ...definition('1'), accuracyPercent: Number.NaN } };
    expect(() => open(temporaryFolder()).put(bad)).toThrow('accuracyPercent of a model');
  });
});

describe('as the service takes it', () => {
  test('a batching choice comes back with the defaults of its policy', () => {
    const policy = POLICIES.batching.find(({ name }) => name === 'fixed') ?? POLICIES.batching[0];
    const registry = open(temporaryFolder());
    const [name] = Object.keys(policy.options);
    const batching = toBatchingRecord({ definition: policy, options: { [name]: 7 } });
    registry.put({ ...model('a', '1'), batching, bounds: { least: 0, most: 1 } });
    const [served] = toServedVariants(registry.list());
    expect(served).toMatchObject({ name: 'a', isDefault: true, source: 'registered', workers: { least: 0, most: 1 } });
    expect(served.batching?.definition).toBe(policy);
    expect(served.batching?.options).toMatchObject({ [name]: 7 });
    expect(Object.keys(served.batching?.options ?? {})).toEqual(Object.keys(policy.options));
  });

  test('an unknown batching policy is told with the known ones', () => {
    const registry = open(temporaryFolder());
    registry.put({ ...model('a', '1'), batching: { policy: 'lost', options: {} } });
    expect(() => toServedVariants(registry.list())).toThrow(/unknown batching policy; found "lost"; expected .*fixed/);
  });

  test('versions are found by name, and the default one without a version', () => {
    const registry = open(temporaryFolder());
    for (const version of ['1', '2']) registry.put(model('a', version));
    registry.setDefault('a', '2');
    const directory = new ModelDirectory(toServedVariants(registry.list()));
    expect(directory.find('a')?.version).toBe('2');
    expect(directory.find('a', '1')?.version).toBe('1');
  });
});

describe('a model file', () => {
  test('lies under its digest, readable by its owner alone, with a plain name', async () => {
    const folder = temporaryFolder();
    const { artifact } = await open(folder).stage(modelFile('A', 'some name; x.ONNX'));
    const sha256 = createHash('sha256').update('A').digest('hex');
    expect(artifact).toEqual({ path: join(folder, 'models', sha256, 'model.onnx'), sha256, bytes: 1 });
    expect(statSync(artifact.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'models', 'incoming'))).toEqual([]);
  });

  test('that two records share stays until both are gone', async () => {
    const registry = open(temporaryFolder());
    const { artifact } = await stageAndPut(registry, 'a', 'same');
    await stageAndPut(registry, 'b', 'same');
    registry.remove('a');
    registry.prune();
    expect(existsSync(artifact.path)).toBe(true);
    registry.remove('b');
    registry.prune();
    expect(existsSync(artifact.path)).toBe(false);
  });

  test('of a model that was taken away stays until it is pruned: an epoch that retires may still load it', async () => {
    const registry = open(temporaryFolder());
    const { artifact } = await stageAndPut(registry, 'a', 'A');
    registry.remove('a');
    expect(existsSync(artifact.path)).toBe(true);
    expect(registry.prune()).toBe(1);
    expect(existsSync(artifact.path)).toBe(false);
  });

  test('of a record that was replaced stays until it is pruned', async () => {
    const registry = open(temporaryFolder());
    const old = await stageAndPut(registry, 'a', 'old');
    const young = await stageAndPut(registry, 'a', 'young');
    expect(existsSync(old.artifact.path)).toBe(true);
    expect(registry.prune()).toBe(1);
    expect([existsSync(old.artifact.path), existsSync(young.artifact.path)]).toEqual([false, true]);
  });

  test('that was staged and never recorded goes when it is released, not before', async () => {
    const registry = open(temporaryFolder());
    const first = await registry.stage(modelFile('A'));
    const second = await registry.stage(modelFile('A'));
    first.release();
    first.release();
    registry.prune();
    expect(existsSync(second.artifact.path)).toBe(true);
    second.release();
    expect(existsSync(second.artifact.path)).toBe(false);
  });

  test('is whole however registrations and removals of it cross', async () => {
    const registry = open(temporaryFolder());
    const file = modelFile('A'.repeat(100_000));
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const { artifact, release } = await registry.stage(file);
        registry.put(model(`m${index}`, '1', artifact));
        release();
        if (index % 2 === 0) registry.remove(`m${index}`);
      }),
    );
    for (const { definition: kept } of registry.list()) expect(statSync(kept.artifact?.path ?? '').size).toBe(100_000);
    expect(registry.list()).toHaveLength(6);
  });

  test('that is no file, is not there, or is not the one checked leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const registry = open(folder);
    await expect(registry.stage(folder)).rejects.toThrow(/cannot be copied into the registry; found/);
    await expect(registry.stage('/dev/zero')).rejects.toThrow('something that is no file');
    await expect(registry.stage(join(folder, 'none'))).rejects.toThrow('no such file');
    await expect(registry.stage(modelFile('A'), '0'.repeat(64))).rejects.toThrow(
      'changed while it was being registered',
    );
    expect(readdirSync(join(folder, 'models'))).toEqual(['incoming']);
    expect(readdirSync(join(folder, 'models', 'incoming'))).toEqual([]);
  });
});

describe('a start after a kill', () => {
  test('removes files without a record and half copied ones, and keeps what was recorded', async () => {
    const folder = temporaryFolder();
    const registry = open(folder);
    const { artifact } = await stageAndPut(registry, 'a', 'kept');
    mkdirSync(join(folder, 'models', 'e'.repeat(64)));
    writeFileSync(join(folder, 'models', 'e'.repeat(64), 'model.onnx'), 'stray');
    writeFileSync(join(folder, 'models', 'incoming', 'x'), 'half');
    writeFileSync(join(folder, 'models', 'README'), 'somebody’s');
    expect(open(folder).sweep()).toBe(1);
    expect(readdirSync(join(folder, 'models')).sort()).toEqual([artifact.sha256, 'README'].sort());
  });

  test('finds each registration whole or not at all', async () => {
    const folder = temporaryFolder();
    await killAmongRegistrations(folder);
    const registry = open(folder);
    registry.sweep();
    const records = registry.list();
    expect(records.length).toBeGreaterThan(0);
    const digests = records.map(({ definition: { artifact } }) => {
      const bytes = readFileSync(artifact?.path ?? '');
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact?.sha256);
      return artifact?.sha256 ?? '';
    });
    expect(readdirSync(join(folder, 'models')).sort()).toEqual(digests.toSorted((a, b) => (a < b ? -1 : 1)));
  }, 30_000);
});

function open(folder: string): Registry {
  const store = openStore(folder);
  onTestFinished(() => store.close());
  return new Registry(store, () => 1_000);
}

function modelFile(content: string, name = 'm.onnx'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

async function stageAndPut(
  registry: Registry,
  name: string,
  content: string,
): Promise<{ readonly artifact: Artifact }> {
  const { artifact, release } = await registry.stage(modelFile(content));
  registry.put(model(name, '1', artifact));
  release();
  return { artifact };
}

function defaults(registry: Registry): string[] {
  return registry.versions('a').flatMap(({ isDefault, version }: ModelRecord) => (isDefault ? [version] : []));
}

function model(name: string, version: string, artifact?: Artifact): NewModel {
  return {
    name,
    definition: definition(version, artifact),
    isDefault: false,
    loaded: true,
    source: { kind: 'mar', from: 'a.mar' },
  };
}

function definition(version: string, artifact?: Artifact): VariantDefinition {
  return {
    name: 'a',
    version,
    useCase: { task: 'classification', dataset: 'digits' },
    architecture: 'mlp',
    framework: 'onnx',
    hardware: 'cpu',
    precision: 'fp32',
    maxBatch: 8,
    accuracyPercent: 90,
    resources: { cores: 1, memoryBytes: 1_000_000, accelerators: 0 },
    profile: {
      source: 'a test',
      synthesised: true,
      rows: [{ batch: 1, meanNs: milliseconds(1), quantilesNs: [{ probability: 0.5, valueNs: milliseconds(1) }] }],
      loadNs: milliseconds(10),
      peakMemoryBytes: 1_000_000,
      hostOverheadNs: milliseconds(0),
    },
    inputs: [{ name: 'x', type: 'float32', shape: [null, 4] }],
    outputs: [{ name: 'y', type: 'float32', shape: [null, 2] }],
    ...(artifact === undefined ? {} : { artifact }),
    origin: { place: 'test.yaml:1', folder: '/' },
  };
}

/** A process that registers file after file and is killed in the middle of it. */
async function killAmongRegistrations(folder: string): Promise<void> {
  const live = new URL('../../../live/', import.meta.url).href;
  const files = temporaryFolder();
  const program = `(async () => {
    const { openStore } = await import('${live}store/index.ts');
    const { Registry } = await import('${live}registry/index.ts');
    const { writeFileSync } = await import('node:fs');
    const registry = new Registry(openStore(${JSON.stringify(folder)}, { role: 'server' }));
    const model = ${JSON.stringify(model('m', '1'))};
    for (let index = 0; ; index += 1) {
      const path = ${JSON.stringify(files)} + '/' + index + '.onnx';
      writeFileSync(path, String(index).repeat(200_000));
      const { artifact, release } = await registry.stage(path);
      registry.put({ ...model, name: 'm' + (index % 7), definition: { ...model.definition, artifact } });
      release();
      if (index === 20) console.log('busy');
    }
  })();`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, 37));
  child.kill('SIGKILL');
  await exited;
}
