// The catalogue of model-less serving: as large and as wide as INFaaS's, scaled by the stated rules and marked so.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundledCatalogue, parseYamlText, repositoryRoot, selectCatalogue } from '../../../backends/index.ts';
import { imagenetFiles } from '../../../backends/catalogue/imagenet/imagenet-files.ts';
import { FAMILIES, RESNET50 } from '../../../backends/catalogue/imagenet/networks.ts';
import { scaledVariant } from '../../../backends/catalogue/imagenet/scaling.ts';

const DATA = join(repositoryRoot(), 'backends', 'catalogue', 'data');
const definitions = bundledCatalogue();
const imagenet = definitions.variants.filter(({ useCase }) => useCase.dataset === 'imagenet');
const architectures = [...new Set(imagenet.map(({ architecture }) => architecture))];
const variantsOf = (name: string) => imagenet.filter(({ architecture }) => architecture === name);
const scaled = imagenet.filter(({ architecture }) => architecture !== 'resnet50');
const named = (name: string) => imagenet.filter((variant) => variant.name === name)[0];
const batch1Ms = (name: string): number => named(name).profile.rows[0].meanNs / 1e6;
const spread = (values: readonly number[]): number => Math.max(...values) / Math.min(...values);

interface RawFile {
  readonly variants: readonly { readonly profile: { readonly rows: readonly { readonly source?: string }[] } }[];
}

describe('the files', () => {
  const written = imagenetFiles(variantsOf('resnet50'));

  test('are what the build script writes, to the letter, and no others', () => {
    const present = readdirSync(DATA).filter((name) => name.startsWith('imagenet-'));
    expect(present.toSorted()).toEqual([...written.keys()].toSorted());
    for (const [name, text] of written) expect(readFileSync(join(DATA, name), 'utf8')).toBe(text);
  });

  test('give every row its source', () => {
    for (const [name, text] of written) {
      // The file is valid, as the whole catalogue was loaded above.
      const { variants } = parseYamlText(text, name).value as RawFile;
      for (const { profile } of variants) {
        for (const { source } of profile.rows) expect(source).toMatch(/^resnet50 x [\d.]+$/);
      }
    }
  });

  test('state the rules at their head', () => {
    for (const text of written.values())
      expect(text).toMatch(/^# [^]*# +rows .*# +load .*# +peak_memory .*\nvariants:/s);
  });
});

describe('the ImageNet variants', () => {
  test('are as many as INFaaS served: 175 variants of 22 architectures, eight or more of each', () => {
    expect(imagenet.length).toBeGreaterThanOrEqual(175);
    expect(architectures.length).toBeGreaterThanOrEqual(22);
    for (const name of architectures) expect(variantsOf(name).length).toBeGreaterThanOrEqual(8);
  });

  test('of every architecture run on CPU, GPU and Inferentia', () => {
    for (const name of architectures) {
      expect(new Set(variantsOf(name).map(({ hardware }) => hardware))).toEqual(new Set(['v100', 'cpu', 'inferentia']));
    }
  });

  test('that are scaled say so, and from what', () => {
    for (const { profile } of scaled) {
      expect(profile.synthesised).toBe(true);
      expect(profile.source).toMatch(/^scaled from resnet50-\S+ \(INFaaS\) by ./);
    }
  });

  test('take longer for a larger batch, and less for each of its inputs', () => {
    for (const { profile } of imagenet) {
      for (const [index, row] of profile.rows.slice(1).entries()) {
        const before = profile.rows[index];
        expect(row.meanNs).toBeGreaterThan(before.meanNs);
        expect(row.meanNs / row.batch).toBeLessThan(before.meanNs / before.batch);
      }
    }
  });

  test('load within what INFaaS published, 0.59 s to 11 s', () => {
    for (const { profile } of imagenet) {
      expect(profile.loadNs).toBeGreaterThanOrEqual(0.59e9);
      expect(profile.loadNs).toBeLessThanOrEqual(11e9);
    }
  });

  test('spread as INFaaS found: loads about 18.7 times, footprints 50, accuracy 1.46, batch latencies thousands', () => {
    expect(spread(imagenet.map(({ profile }) => profile.loadNs))).toBeGreaterThan(15);
    expect(spread(imagenet.map(({ profile }) => profile.loadNs))).toBeLessThan(20);
    expect(spread(imagenet.map(({ profile }) => profile.peakMemoryBytes))).toBeGreaterThan(50);
    expect(spread(imagenet.map(({ accuracyPercent }) => accuracyPercent))).toBeCloseTo(1.47, 1);
    expect(spread(imagenet.map(({ profile }) => profile.rows[0].meanNs))).toBeGreaterThan(3700);
  });

  test('on accelerators reserve a little of a GPU and one whole NeuronCore, device memory that is there, and no host core', () => {
    const memory = { v100: 16e9, inferentia: 2e9 } as const;
    for (const { hardware, resources } of imagenet) {
      if (hardware !== 'v100' && hardware !== 'inferentia') continue;
      expect(resources).toMatchObject({ cores: 0, accelerators: hardware === 'v100' ? 0.05 : 1 });
      expect(resources.memoryBytes).toBeLessThan(memory[hardware]);
    }
  });

  test('keep the names of one network apart: no name means two things', () => {
    const select = () => selectCatalogue(definitions, { sampling: 'mean', extrapolate: false });
    expect(select().variants).toHaveLength(definitions.variants.length);
  });
});

describe('scaling', () => {
  const [anchor] = imagenet.filter(({ name }) => name === 'resnet50-tensorflow-cpu4');

  test('of ResNet50 itself changes nothing', () => {
    const gpu = { ratios: [[1, 1]], source: 'itself' } as const;
    const same = { name: 'resnet50', size: 224, top1: 71.2, ...RESNET50, gpu };
    for (const variant of variantsOf('resnet50')) {
      const { name, rows, loadNs, peakMemoryBytes } = scaledVariant(same, variant);
      expect(name).toBe(variant.name);
      for (const [index, row] of rows.entries())
        expect(row.meanNs / variant.profile.rows[index].meanNs).toBeCloseTo(1, 3);
      expect(loadNs / variant.profile.loadNs).toBeCloseTo(1, 3);
      expect(peakMemoryBytes / variant.profile.peakMemoryBytes).toBeCloseTo(1, 3);
    }
  });

  test('takes the published ratios: ResNet152 on CPU and GPU, ResNeXt101 by batch', () => {
    expect(batch1Ms('resnet152-tensorflow-cpu4')).toBeCloseTo((250 * 35.749) / 14.865, 0);
    expect(batch1Ms('resnet152-tensorrt-b1')).toBeCloseTo((3.686 * 3219.06) / 1373.51, 2);
    const rows = named('resnext101-tensorrt-b8').profile.rows.map(({ meanNs }) => meanNs / 1e6);
    expect(rows[0]).toBeCloseTo((3.686 * 10.1688) / 5.7687, 2);
    expect(rows[2]).toBeCloseTo((12.07 * 30.774) / 10.214, 2);
  });

  test('has a floor on Inferentia and a ceiling for loads', () => {
    expect(batch1Ms('mobilenet-v3-small-inferentia')).toBe(5.5);
    expect(batch1Ms('vgg16-inferentia')).toBeCloseTo((22 * 15.47) / 4.11, 1);
    expect(named('vgg16-inferentia').profile.loadNs).toBe(11e9);
  });

  test('goes by work where no CPU time is published', () => {
    const [alexnet] = FAMILIES.flatMap(({ networks }) => networks).filter(({ name }) => name === 'alexnet');
    const { rows, source } = scaledVariant(alexnet, anchor);
    expect(rows[0].meanNs / 1e6).toBeCloseTo((250 * 0.71) / 4.11, 1);
    expect(source).toBe('multiply-accumulates');
  });
});
