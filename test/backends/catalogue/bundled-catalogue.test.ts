import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CatalogueNeeds } from '../../../backends/index.ts';
import { bundledCatalogue, repositoryRoot, selectCatalogue } from '../../../backends/index.ts';

const { variants, machineTypes, warnings } = bundledCatalogue();
const trained = selectCatalogue(bundledCatalogue(), {
  variants: [{ dataset: 'fashion-mnist' }],
  machines: ['cpu-2'],
  sampling: 'empirical',
  extrapolate: false,
});

interface Manifest {
  readonly variants: readonly { readonly file: string; readonly accuracyTest10000: number }[];
}

describe('the bundled catalogue', () => {
  test('loads without a warning, and only once', () => {
    expect(warnings).toEqual([]);
    expect(bundledCatalogue()).toBe(bundledCatalogue());
  });

  test('has a source for every profile and machine type', () => {
    for (const { profile } of variants)
      expect(profile.source).toMatch(/measure-fashion-mnist|query_test\.cc|^scaled from/);
    for (const { source } of machineTypes) expect(source).toMatch(/m5|p3|inf1|c5|g4dn|Raspberry/);
  });

  test('has a machine type for the hardware of every variant', () => {
    const offered = new Set(['cpu', ...machineTypes.map((type) => type.accelerator?.hardware)]);
    for (const { hardware } of variants) expect(offered).toContain(hardware);
  });

  test('has machine types that cost no more when they are reserved', () => {
    for (const { pricePerHourUsd, reservedPricePerHourUsd } of machineTypes) {
      expect(reservedPricePerHourUsd).toBeLessThanOrEqual(pricePerHourUsd);
      expect(reservedPricePerHourUsd).toBeGreaterThan(0.6 * pricePerHourUsd);
    }
  });

  test('answers for every batch of every variant, by mean and by lognormal, without going beyond a table', () => {
    for (const sampling of ['mean', 'lognormal'] as const) {
      const { latency } = selectCatalogue(bundledCatalogue(), { sampling, extrapolate: false });
      for (const model of latency) expect(model.beyondTable).toEqual([]);
    }
  });
});

describe('a part of the bundled catalogue', () => {
  const namesOf = (needs: CatalogueNeeds): string[] => bundledCatalogue(needs).variants.map(({ name }) => name);
  const all = variants.map(({ name }) => name);

  test('has every variant that a pick can mean, in the order of the whole, and every machine type', () => {
    for (const { name, architecture, hardware } of variants) {
      const [byName, byFilter] = [
        namesOf({ picks: [[name]], names: [] }),
        namesOf({ picks: [[architecture, hardware]], names: [] }),
      ];
      expect(byName).toContain(name);
      expect(byName).toEqual(all.filter((each) => byName.includes(each)));
      expect(byFilter).toContain(name);
    }
    expect(bundledCatalogue({ picks: [], names: [] }).machineTypes).toEqual(machineTypes);
  });

  test('leaves out the files that state nothing of it', () => {
    const few = namesOf({ picks: [['resnet50-inferentia']], names: [] });
    expect(few).toHaveLength(9);
    expect(namesOf({ picks: [['imagenet']], names: [] })).toEqual(all.filter((name) => !name.startsWith('fmnist')));
  });

  test('is the whole when nothing meets a pick, for a message has to say what there is', () => {
    expect(namesOf({ picks: [['resnet50-inferentia'], ['resnet5']], names: [] })).toEqual(all);
  });

  test('has the files of names besides, where there are such', () => {
    const names = ['vgg11-inferentia', 'my-own'];
    expect(namesOf({ picks: [['resnet50-inferentia']], names })).toContain('vgg11-inferentia');
    expect(namesOf({ picks: [['resnet50-inferentia']], names })).not.toContain('resnet18-inferentia');
  });
});

describe('the Fashion-MNIST variants', () => {
  test.each(trained.variants.map((variant) => [variant.name, variant] as const))(
    '%s is the file it says, to the byte',
    (_, { artifact }) => {
      const bytes = readFileSync(artifact?.path ?? 'no artifact');
      expect(bytes.length).toBe(artifact?.bytes);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact?.sha256);
    },
  );

  test('have the accuracies of the manifest, in percent', () => {
    const path = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist', 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    const accuracies = new Map(manifest.variants.map((entry) => [entry.file, entry.accuracyTest10000]));
    expect(trained.variants).toHaveLength(18);
    for (const { artifact, accuracyPercent } of trained.variants) {
      const share = accuracies.get(artifact?.path.split('/').at(-1) ?? '') ?? Number.NaN;
      expect(accuracyPercent).toBeCloseTo(100 * share, 10);
    }
  });
});

describe('the ResNet50 variants', () => {
  test('keep the latency line that INFaaS published, fitted through batches 1, 4 and 8', () => {
    const published = new Map([
      ['resnet50-tensorrt-b8', [1.1902, 2.7069]],
      ['resnet50-tensorflow-gpu', [1.6825, 5.2513]],
      ['resnet50-pytorch-cpu4', [241.28, 247.86]],
      ['resnet50-tensorflow-cpu4', [186.35, 57.811]],
    ]);
    for (const [name, [slopeMs, interceptMs]] of published) {
      const rows = variants.find((variant) => variant.name === name)?.profile.rows.slice(0, 3) ?? [];
      const [y1, y4, y8] = rows.map((row) => row.meanNs / 1e6);
      // Least squares over 1, 4, 8: slope = sum((x - 13/3) y) / (74/3).
      const slope = ((1 - 13 / 3) * y1 + (4 - 13 / 3) * y4 + (8 - 13 / 3) * y8) / (74 / 3);
      expect(slope / slopeMs).toBeCloseTo(1, 4);
      expect((y1 + y4 + y8) / 3 - (slope * 13) / 3 - interceptMs).toBeCloseTo(0, 2);
    }
  });
});
