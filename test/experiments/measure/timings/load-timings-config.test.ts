import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../../backends/index.ts';
import { ServingErrors, milliseconds, seconds } from '../../../../core/index.ts';
import { loadTimingsConfig } from '../../../../experiments/measure/timings/index.ts';
import { folderWith } from '../../config/config-files.ts';

const SOUND = `question: Does it load?
models:
  - variant: fmnist-linear-int8
    images: { width: 28, height: 28 }
`;

/** The messages of a config, without the path of its folder. */
function mistakesOf(text: string, others: Readonly<Record<string, string>> = {}): string[] {
  const folder = folderWith({ 'bad.yaml': text, ...others });
  try {
    loadTimingsConfig(join(folder, 'bad.yaml'));
  } catch (error) {
    if (error instanceof ServingErrors) return error.errors.map(({ message }) => message.replaceAll(`${folder}/`, ''));
    throw error;
  }
  return [];
}

describe('a config', () => {
  test('without settings gets those of the study that it repeats', () => {
    const folder = folderWith({ 'mine.yaml': SOUND });
    const config = loadTimingsConfig(join(folder, 'mine.yaml'));
    expect(config).toMatchObject({
      name: 'mine',
      seed: '1',
      measure: ['init', 'handle', 'micro'],
      threads: [1],
      init: { processes: 20, percentiles: [50] },
      handle: { requests: 2000, everyNs: milliseconds(100), batch: 16, delayNs: seconds(3), turns: 25 },
    });
    expect(config.subjects).toMatchObject([{ name: 'fmnist-linear-int8', handler: 'fashion-mnist' }]);
  });

  test.each(['init-handle', 'small'])('%s.yaml of the repository is sound', (name) => {
    const file = join(repositoryRoot(), 'experiments', 'configs', 'timings', `${name}.yaml`);
    const { handle, init, subjects } = loadTimingsConfig(file);
    expect(init.processes).toBeGreaterThanOrEqual(20);
    expect((handle.requests / handle.turns) % handle.batch).toBe(0);
    expect(subjects.length).toBeGreaterThan(2);
  });

  test('a network becomes one subject for each precision, and the seed of the command line counts', () => {
    const text = SOUND.replace('variant: fmnist-linear-int8', 'network: resnet20-cifar\n    precisions: [fp32, int8]');
    const config = loadTimingsConfig(join(folderWith({ 'a.yaml': text }), 'a.yaml'), { seed: '7' });
    expect(config.subjects.map(({ name }) => name)).toEqual(['resnet20-cifar fp32', 'resnet20-cifar int8']);
    expect(config.seed).toBe('7');
  });

  test('images of a folder are taken in the order of their names, other files are not', () => {
    const text = SOUND.replace('width: 28, height: 28', 'folder: photos');
    const folder = folderWith({ 'a.yaml': text, 'photos/b.JPG': '', 'photos/a.png': '', 'photos/notes.txt': '' });
    const [{ images }] = loadTimingsConfig(join(folder, 'a.yaml')).subjects;
    expect(images).toMatchObject({
      kind: 'folder',
      files: [join(folder, 'photos/a.png'), join(folder, 'photos/b.JPG')],
    });
  });
});

describe('mistakes', () => {
  test('are told all at once, by line', () => {
    const text = `question: Everything is wrong
sead: 3
models:
  - network: resnet56-cifa
    images: { width: 32 }
  - { file: missing.onnx, precisions: [int8], images: { folder: nowhere } }
  - { variant: fmnist-linear-int7, network: resnet18, images: { width: 8, height: 8 } }
  - { variant: fmnist-linear-int8, handler: image-classifer, images: { width: 0, height: 8 } }
threads: [0]
handle: { requests: 100, turns: 7, every: 5 }
`;
    expect(mistakesOf(text)).toEqual([
      expect.stringMatching(
        /^bad.yaml:2: unknown key "sead"; did you mean "seed"\? expected one of name, question, seed/,
      ),
      expect.stringMatching(
        /^bad.yaml:4: models\[0\].network names no network of the zoo; found "resnet56-cifa"; did you mean "resnet56-cifar"\?/,
      ),
      'bad.yaml:5: models[0].images cannot be used; found {"width":32}; expected width and height of synthetic images, or a folder',
      'bad.yaml:6: models[1].precisions cannot be used; found ["int8"]; expected precisions beside a network only: a file has the one it has',
      'bad.yaml:6: models[1].file cannot be read; found missing.onnx: no such file; expected an ONNX file',
      'bad.yaml:6: models[1].images.folder cannot be read; found nowhere: no such file; expected a folder with JPEG, PNG, WebP or GIF images',
      'bad.yaml:7: models[2] names no single model; found network and variant; expected one of network, file and variant',
      'bad.yaml:8: models[3].images.width cannot be used; found 0; expected a whole number from 1 to 10000',
      'bad.yaml:9: threads[0] cannot be used; found 0; expected a whole number from 1 to 1024',
      'bad.yaml:10: handle.every cannot be used; found 5; expected a duration with its unit, such as "5 ms" (ns, us, ms, s, min, h or d)',
    ]);
  });

  test('a folder without images is refused', () => {
    const text = SOUND.replace('width: 28, height: 28', 'folder: photos');
    expect(mistakesOf(text, { 'photos/readme.txt': 'no picture' })).toEqual([
      'bad.yaml:4: models[0].images.folder has nothing to send; found no image in photos; expected a folder with JPEG, PNG, WebP or GIF images',
    ]);
  });

  test('requests that do not share out among the turns are refused', () => {
    expect(mistakesOf(`${SOUND}handle: { requests: 100, turns: 7 }\n`)).toEqual([
      'bad.yaml:5: handle.requests cannot be used; found 100; expected a multiple of the 7 turns, so that all turns are alike',
    ]);
  });

  test('two models of one name are refused, and a variant that is only a table', () => {
    const twice = `${SOUND}  - { variant: fmnist-linear-int8, images: { width: 28, height: 28 } }\n`;
    expect(mistakesOf(twice)[0]).toContain(
      'bad.yaml:5: models[1] is called like another model; found fmnist-linear-int8, as at',
    );
    const table = SOUND.replace('fmnist-linear-int8', 'resnet50-onnxruntime-cpu');
    expect(mistakesOf(table)[0]).toMatch(
      /^bad.yaml:3: models\[0\].variant (?:can only be simulated|names no variant); found/,
    );
  });

  test('no models, an unknown handler, and a file that is not there', () => {
    expect(mistakesOf('question: Nothing?\n')).toEqual([
      expect.stringContaining('bad.yaml:1: models is missing; expected a list of models'),
    ]);
    expect(mistakesOf('question: Nothing?\nmodels: []\n')).toEqual([
      expect.stringContaining('bad.yaml:2: models cannot be used; found []; expected a list of models'),
    ]);
    expect(mistakesOf(SOUND.replace('    images', '    handler: image-clasifier\n    images'))[0]).toContain(
      'models[0].handler names no handler; found "image-clasifier"; did you mean "image-classifier"?',
    );
    expect(() => loadTimingsConfig('/nowhere/timings.yaml')).toThrow('the config cannot be read; found no such file');
  });

  test('a folder in the place of a model file is refused', () => {
    const folder = folderWith({ 'bad.yaml': SOUND.replace('variant: fmnist-linear-int8', 'file: models') });
    mkdirSync(join(folder, 'models'));
    writeFileSync(join(folder, 'models', 'a.onnx'), '');
    expect(() => loadTimingsConfig(join(folder, 'bad.yaml'))).toThrow('models[0].file is no file; found a folder');
  });
});
