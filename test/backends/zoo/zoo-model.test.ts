// Building a model: the same bytes every time, whole files or none, and names that say what it is.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ZOO_PRECISIONS, buildZooModel, writeZooDefinition, zooNetwork } from '../../../backends/index.ts';
import type { ZooModelOptions, ZooPrecision } from '../../../backends/index.ts';
import { milliseconds, seconds } from '../../../core/index.ts';
import { completeDraft } from '../../../live/models/complete-draft.ts';
import { readProfile } from '../../../live/models/profile-draft.ts';

const root = mkdtempSync(join(tmpdir(), 'rehearse-zoo-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function emptyFolder(): string {
  folders += 1;
  return join(root, String(folders));
}

function refused(options: Partial<ZooModelOptions>): Promise<string> {
  const whole: ZooModelOptions = { network: 'resnet20-cifar', precision: 'fp32', folder: root, ...options };
  return buildZooModel(whole).then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
}

describe('a model', () => {
  test('is described as it is in its file', async () => {
    const folder = emptyFolder();
    const model = await buildZooModel({ network: 'resnet20-cifar', precision: 'fp32', folder });
    const bytes = readFileSync(model.path);
    expect(model).toEqual({
      name: 'resnet20-cifar-fp32-untrained',
      network: 'resnet20-cifar',
      precision: 'fp32',
      path: join(folder, 'resnet20-cifar-fp32-untrained.onnx'),
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
      parameters: 269_034,
      macs: 40_551_040,
      input: { name: 'input', type: 'float32', shape: [null, 3, 32, 32] },
      output: { name: 'logits', type: 'float32', shape: [null, 10] },
    });
  });

  test('says in its file that it is untrained', async () => {
    const { path } = await buildZooModel({ network: 'resnet20-cifar', precision: 'fp32', folder: emptyFolder() });
    expect(readFileSync(path).includes('seeded random weights: untrained')).toBe(true);
  });

  test.each(ZOO_PRECISIONS)('in %s has the same bytes for the same seed, others for another', async (precision) => {
    const build = (seed?: number): Promise<{ readonly sha256: string }> =>
      buildZooModel({
        network: 'resnet20-cifar',
        precision,
        folder: emptyFolder(),
        ...(seed === undefined ? {} : { seed }),
      });
    const [first, second, other] = [await build(), await build(1), await build(2)];
    expect(second.sha256).toBe(first.sha256);
    expect(other.sha256).not.toBe(first.sha256);
  });

  // When this changes, ZOO_VERSION in zoo-model.ts goes up, so that older files are not taken for the same.
  test.each([
    ['fp32', 'be7788e35c880d90bf4f791b1ac99180712164f7174b8c52279d8e790c486da1'],
    ['fp16', '44df9b1c80a7f0266031d9b54920714deac7b2b205bcf9c754a8d4dca61926cf'],
  ] as const)('of %s has the bytes of this version of the zoo', async (precision, sha256) => {
    const model = await buildZooModel({ network: 'resnet20-cifar', precision, folder: emptyFolder() });
    expect(model.sha256).toBe(sha256);
  });

  test('shrinks with its precision', async () => {
    const size = async (precision: ZooPrecision): Promise<number> =>
      (await buildZooModel({ network: 'mobilenetv1-025', precision, folder: emptyFolder() })).bytes;
    const { parameters } = zooNetwork('mobilenetv1-025');
    expect((await size('fp32')) / parameters).toBeCloseTo(4, 1);
    expect((await size('fp16')) / parameters).toBeCloseTo(2, 1);
    expect((await size('int8')) / parameters).toBeLessThan(1.2);
  });
});

describe('a model that is there already', () => {
  const options = { network: 'resnet20-cifar', precision: 'fp32' } as const;

  test('is not written a second time', async () => {
    const folder = emptyFolder();
    const first = await buildZooModel({ ...options, folder });
    const { ino } = statSync(first.path);
    expect(await buildZooModel({ ...options, folder })).toEqual(first);
    expect(statSync(first.path).ino).toBe(ino);
  });

  test('is replaced when its bytes were changed, or are of another seed', async () => {
    const folder = emptyFolder();
    const first = await buildZooModel({ ...options, folder });
    writeFileSync(first.path, readFileSync(first.path).fill(7, 5000, 5001));
    expect(await buildZooModel({ ...options, folder })).toEqual(first);
    expect(createHash('sha256').update(readFileSync(first.path)).digest('hex')).toBe(first.sha256);
    const other = await buildZooModel({ ...options, folder, seed: 2 });
    expect(createHash('sha256').update(readFileSync(first.path)).digest('hex')).toBe(other.sha256);
  });

  test('has a note of its digest, and nothing else lies beside it', async () => {
    const folder = emptyFolder();
    const { sha256 } = await buildZooModel({ ...options, folder });
    const file = 'resnet20-cifar-fp32-untrained.onnx';
    expect(readdirSync(folder).toSorted()).toEqual([file, `${file}.sha256`]);
    expect(readFileSync(join(folder, `${file}.sha256`), 'utf8')).toBe(
      `# rehearse zoo 1: resnet20-cifar fp32 seed 1\n${sha256}  ${file}\n`,
    );
  });
});

describe('a definition', () => {
  test('is what a service registers, and measures; name, architecture and use case say that it is untrained', async () => {
    const folder = emptyFolder();
    const model = await buildZooModel({ network: 'resnet20-cifar', precision: 'int8', folder });
    const path = await writeZooDefinition(model, 1);
    expect(path).toBe(join(folder, 'resnet20-cifar-int8-untrained.yaml'));
    expect(readFileSync(path, 'utf8')).toContain('zoo build resnet20-cifar --precision int8 --seed 1\n# Untrained: ');
    const draft = readProfile(readFileSync(path, 'utf8'), { place: path, folder });
    expect(draft).toMatchObject({ profile: undefined, memoryBytes: undefined, notes: [] });
    const definition = await completeDraft(draft, {
      maxFileBytes: 10_000_000,
      loadTimeoutNs: seconds(20),
      memoryMaxBytes: 1_000_000_000,
      profileTimeNs: milliseconds(300),
      profileRuns: 20,
      defaultMaxBatch: 4,
    });
    expect(definition).toMatchObject({
      name: 'resnet20-cifar-int8-untrained',
      architecture: 'resnet20-cifar-untrained',
      useCase: { task: 'classification', dataset: 'untrained', size: '32' },
      precision: 'int8',
      hardware: 'cpu',
      maxBatch: 16,
      accuracyPercent: 0,
      handler: 'image-classifier',
      inputs: [model.input],
      outputs: [model.output],
      artifact: { sha256: model.sha256, bytes: model.bytes },
    });
  });
});

describe('what the zoo refuses:', () => {
  test('a network it does not have, with the nearest name', async () => {
    const message = await refused({ network: 'resnet56-cifr' });
    expect(message).toContain(
      'the zoo has no network "resnet56-cifr"; did you mean "resnet56-cifar"? expected one of ',
    );
    expect(message).toContain('more (see: rehearse zoo list)');
    expect(await refused({ network: 'toString' })).toContain('the zoo has no network "toString"');
    expect(() => zooNetwork('')).toThrow('the zoo has no network ""');
  });

  test('a precision it does not have', async () => {
    // What no type lets through, a caller in JavaScript can say.
    expect(await refused({ precision: 'int4' as ZooPrecision })).toContain(
      'the zoo has no precision "int4"; did you mean "int8"? expected one of fp32, fp16, int8',
    );
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 60])('a seed of %d', async (seed) => {
    const message = `the seed of the weights is no seed; found ${seed}; expected a whole number from 0`;
    expect(await refused({ seed })).toContain(message);
  });

  test('a folder that cannot be made or written', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    expect(await refused({ folder: join(file, 'below') })).toContain(
      'a part of the path is a file, not a folder; make room or name another folder',
    );
    const taken = emptyFolder();
    mkdirSync(join(taken, 'resnet20-cifar-fp32-untrained.onnx'), { recursive: true });
    expect(await refused({ folder: taken })).toContain('there is a folder of that name');
    expect(readdirSync(taken)).toEqual(['resnet20-cifar-fp32-untrained.onnx']);
  });

  test.skipIf(process.platform !== 'linux')('[needs Linux] a folder in /proc, without hanging', async () => {
    expect(await refused({ folder: '/proc/rehearse/zoo' })).toContain('the folder does not exist and cannot be made');
  });

  test.skipIf(process.getuid?.() === 0)('[needs a user other than root] a folder that is read-only', async () => {
    const folder = emptyFolder();
    mkdirSync(folder, { mode: 0o500 });
    expect(await refused({ folder })).toContain('the folder may not be written');
  });
});
