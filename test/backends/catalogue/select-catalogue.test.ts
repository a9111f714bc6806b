import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CatalogueSelection } from '../../../backends/index.ts';
import {
  bundledCatalogue,
  joinDefinitions,
  loadCatalogueFiles,
  parseYamlText,
  readDefinitions,
  selectCatalogue,
} from '../../../backends/index.ts';
import type { Catalogue } from '../../../core/index.ts';
import { Stream } from '../../../core/index.ts';
import { MACHINE, VARIANT, folderWith } from './catalogue-texts.ts';

function select(selection: Partial<CatalogueSelection>): Catalogue {
  return selectCatalogue(bundledCatalogue(), { sampling: 'mean', extrapolate: false, ...selection });
}

function namesOf(things: readonly { readonly name: string }[]): string[] {
  return things.map((thing) => thing.name);
}

describe('a selection', () => {
  test('numbers variants and machines densely in the order they are defined, whatever order they are asked in', () => {
    const asked = ['fmnist-resnet20-int8', 'fmnist-linear-fp32'];
    const catalogue = select({ variants: asked, machines: ['cpu-8', 'cpu-2'] });
    expect(namesOf(catalogue.variants)).toEqual(['fmnist-linear-fp32', 'fmnist-resnet20-int8']);
    expect(catalogue.variants.map((variant) => variant.index)).toEqual([0, 1]);
    expect(namesOf(catalogue.machineTypes)).toEqual(['cpu-2', 'cpu-8']);
    expect(catalogue.machineTypes.map((type) => type.index)).toEqual([0, 1]);
    expect(select({ variants: asked.toReversed() }).variants).toEqual(catalogue.variants);
  });

  test('takes everything when nothing is named', () => {
    const { variants, machineTypes } = bundledCatalogue();
    const catalogue = select({});
    expect([catalogue.variants.length, catalogue.machineTypes.length]).toEqual([variants.length, machineTypes.length]);
  });

  test('takes what agrees with every field of a filter, and each variant once', () => {
    const filter = { task: 'classification', dataset: 'fashion-mnist', framework: 'onnxruntime', precision: 'int8' };
    const catalogue = select({ variants: [filter, { architecture: 'resnet8', hardware: 'cpu' }, 'fmnist-mlp-int8'] });
    expect(namesOf(catalogue.variants)).toEqual([
      'fmnist-linear-int8',
      'fmnist-mlp-int8',
      'fmnist-lenet-int8',
      'fmnist-resnet8-fp32',
      'fmnist-resnet8-int8',
      'fmnist-resnet8-fp16',
      'fmnist-resnet14-int8',
      'fmnist-resnet20-int8',
    ]);
    expect(catalogue.ofArchitecture('resnet8')).toEqual([3, 4, 5]);
    expect(catalogue.ofUseCase('classification-fashion-mnist')).toHaveLength(8);
  });

  test('gives every variant its latency model, drawn as asked', () => {
    const [mean, random] = (['mean', 'empirical'] as const).map((sampling) => {
      const catalogue = select({ variants: ['fmnist-resnet8-int8'], sampling });
      const stream = new Stream('draws');
      return Array.from({ length: 20 }, () => catalogue.latency[0].batchWorkNs(5, stream));
    });
    expect(new Set(mean).size).toBe(1);
    expect(new Set(random).size).toBeGreaterThan(10);
  });

  test('makes artifact paths absolute from the folder of the file that defines them', () => {
    const folder = folderWith({ 'a.yaml': VARIANT, 'b.yaml': MACHINE });
    const catalogue = selectCatalogue(loadCatalogueFiles(folder), { sampling: 'mean', extrapolate: false });
    expect(catalogue.variants[0].artifact?.path).toBe(join(folder, 'models/tiny.onnx'));
    expect(catalogue.variants[0]).not.toHaveProperty('origin');
    expect(catalogue.machineTypes[0]).not.toHaveProperty('origin');
  });

  test('may include definitions that stand inside a config', () => {
    const yaml = parseYamlText(`catalogue:\n  ${(VARIANT + MACHINE).replaceAll('\n', '\n  ')}`, 'run.yaml');
    const { catalogue } = yaml.value as { readonly catalogue: unknown };
    const source = {
      locate: (path: readonly (string | number)[]) => yaml.locate(['catalogue', ...path]),
      folder: '/configs',
    };
    const own = readDefinitions(catalogue, source);
    expect([own.errors, own.variants[0].origin.place]).toEqual([[], 'run.yaml:3']);
    const all = joinDefinitions(bundledCatalogue(), own);
    const selected = selectCatalogue(all, {
      variants: ['tiny'],
      machines: ['box'],
      sampling: 'mean',
      extrapolate: false,
    });
    expect(selected.variants[0].artifact?.path).toBe('/configs/models/tiny.onnx');
    expect(() => joinDefinitions(bundledCatalogue(), own, own)).toThrow('run.yaml:3: variant tiny is defined twice');
  });
});

describe('a wrong selection', () => {
  test('tells every unknown name with the nearest valid one, at its place', () => {
    const selection = {
      variants: ['fmnist-resnet8-int', { precision: 'int9' }],
      machines: ['cpu2'],
      place: 'run.yaml:7',
    };
    expect(() => select(selection)).toThrow(
      /^run\.yaml:7: unknown variant "fmnist-resnet8-int"; did you mean "fmnist-resnet8-int8"\? expected one of fmnist-resnet8-int8, .* more \(see: rehearse catalogue\)\nrun\.yaml:7: no variant has precision "int9"; did you mean "int8"\? expected one of fp16, fp32, int8, unstated\nrun\.yaml:7: unknown machine type "cpu2"; did you mean "cpu-2"\? expected .*$/,
    );
  });

  test('does not guess at a name that is nowhere near', () => {
    expect(() => select({ machines: ['z'] })).toThrow(/^unknown machine type "z"; expected one of [^;]*$/);
  });

  test.each<[Partial<CatalogueSelection>, string]>([
    [{ variants: [] }, 'no variant is selected'],
    [{ machines: [] }, 'no machine type is selected'],
    [
      { variants: [{ architecture: 'resnet50', precision: 'int8' }] },
      'no variant agrees with the whole filter; found {"architecture":"resnet50","precision":"int8"}; leave one of its fields out',
    ],
  ])('that picks nothing is refused: %j', (selection, message) => {
    expect(() => select(selection)).toThrow(message);
  });

  test('whose tables do not reach a largest batch is refused at the variant, unless it may extrapolate', () => {
    const folder = folderWith({ 'a.yaml': VARIANT.replace('max_batch: 4', 'max_batch: 5'), 'b.yaml': MACHINE });
    const definitions = loadCatalogueFiles(folder);
    expect(() => selectCatalogue(definitions, { sampling: 'mean', extrapolate: false })).toThrow(
      `${join(folder, 'a.yaml')}:2: the latency table of tiny has nothing for batch 5; found measured batches 1, 4;`,
    );
    const { latency } = selectCatalogue(definitions, { sampling: 'mean', extrapolate: true });
    expect(latency[0].beyondTable).toEqual(['tiny: batch 5 extrapolated from the measured batches 4 and 1']);
  });

  test.each<[string, string, string]>([
    ['architecture: perceptron', 'architecture: tiny', 'tiny is the name of a variant and of an architecture'],
    ['name: tiny', 'name: classification-digits', 'classification-digits is the name of a variant and of a use case'],
    [
      'architecture: perceptron',
      'architecture: classification-digits',
      'classification-digits is the name of an architecture and of a use case',
    ],
  ])('in which one name means two things is refused', (before, after, message) => {
    const folder = folderWith({ 'a.yaml': VARIANT.replace(before, after), 'b.yaml': MACHINE });
    expect(() => selectCatalogue(loadCatalogueFiles(folder), { sampling: 'mean', extrapolate: false })).toThrow(
      message,
    );
  });
});
