import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalogueFiles } from '../../../backends/index.ts';
import { ServingErrors } from '../../../core/index.ts';
import { MACHINE, VARIANT, folderWith } from './catalogue-texts.ts';

/** What loading a text is refused with, `file:line` shortened to `line`. */
function refusals(text: string): string[] {
  const folder = folderWith({ 'a.yaml': text });
  try {
    loadCatalogueFiles(folder);
  } catch (error) {
    if (error instanceof ServingErrors)
      return error.errors.map(({ code, message }) => `${code} ${short(message, folder)}`);
    throw error;
  }
  return [];
}

function short(message: string, folder: string): string {
  return message.replaceAll(`${join(folder, 'a.yaml')}:`, 'line ');
}

describe('a sound file', () => {
  test('gives the variant with its quantities in the units used inside', () => {
    const folder = folderWith({ 'a.yaml': VARIANT });
    const { variants, warnings } = loadCatalogueFiles(folder);
    expect(warnings).toEqual([]);
    expect(variants).toEqual([
      {
        origin: { place: `${join(folder, 'a.yaml')}:2`, folder },
        name: 'tiny',
        version: '1',
        useCase: { task: 'classification', dataset: 'digits' },
        architecture: 'perceptron',
        framework: 'onnxruntime',
        hardware: 'cpu',
        precision: 'fp32',
        maxBatch: 4,
        accuracyPercent: 90.5,
        resources: { cores: 1, memoryBytes: 50e6, accelerators: 0 },
        inputs: [],
        outputs: [],
        artifact: { path: 'models/tiny.onnx', sha256: '0a'.repeat(32), bytes: 12_000 },
        profile: {
          source: 'made up for a test',
          synthesised: false,
          loadNs: 20e6,
          peakMemoryBytes: 5e6,
          hostOverheadNs: 60_000,
          rows: [
            {
              batch: 1,
              meanNs: 1_500_000,
              quantilesNs: [
                { probability: 0.5, valueNs: 1_400_000 },
                { probability: 0.99, valueNs: 2_000_000 },
              ],
            },
            { batch: 4, meanNs: 4_000_000 },
          ],
        },
      },
    ]);
  });

  test('gives the machine type, with or without an accelerator', () => {
    const accelerated = MACHINE.replace('boot:', 'accelerator: { hardware: v100, count: 2, memory: 16 GB }\n    boot:');
    const [plain, fast] = [MACHINE, accelerated].map(
      (text) => loadCatalogueFiles(folderWith({ 'a.yaml': text })).machineTypes[0],
    );
    expect(plain).toMatchObject({
      name: 'box',
      cores: 2,
      memoryBytes: 8e9,
      pricePerHourUsd: 0.1,
      reservedPricePerHourUsd: 0.1,
      bootNs: 25e9,
      idleWatts: 5,
    });
    expect(plain).not.toHaveProperty('accelerator');
    expect(fast.accelerator).toEqual({ hardware: 'v100', count: 2, memoryBytes: 16e9 });
  });

  test('gives the reserved price of a machine type, which is the other where none is stated', () => {
    const text = MACHINE.replace('boot:', 'reserved_price_per_hour_usd: 0.06\n    boot:');
    const [type] = loadCatalogueFiles(folderWith({ 'a.yaml': text })).machineTypes;
    expect([type.pricePerHourUsd, type.reservedPricePerHourUsd]).toEqual([0.1, 0.06]);
    const dearer = folderWith({ 'a.yaml': text.replace('0.06', '0.2') });
    expect(() => loadCatalogueFiles(dearer)).toThrow(
      /a\.yaml:7: machine type box: reserving costs more than not; found USD 0\.2 reserved, 0\.1 on demand;/,
    );
  });

  test('may repeat a variant with changes', () => {
    const text = VARIANT.replace('- name: tiny', '- &tiny\n    name: tiny').replace('profile:', 'profile: &profile');
    const larger = '  - <<: *tiny\n    name: large\n    profile: { <<: *profile, load: 50 ms }\n';
    const [first, second] = loadCatalogueFiles(folderWith({ 'a.yaml': text + larger })).variants;
    const { profile, origin, ...rest } = first;
    expect(second).toEqual({ ...rest, name: 'large', profile: { ...profile, loadNs: 50e6 }, origin: second.origin });
    expect([origin, second.origin].map(({ place }) => place.split(':').at(-1))).toEqual(['3', '25']);
  });

  test('may leave the mean of a row to its samples, and memory to the peak', () => {
    const text = VARIANT.replace('mean: 4 ms, source: elsewhere', 'samples: [1 ms, 2 ms, 4 ms]').replace(
      ', memory: 50 MB',
      '',
    );
    const [variant] = loadCatalogueFiles(folderWith({ 'a.yaml': text })).variants;
    expect(variant.profile.rows[1]).toEqual({ batch: 4, meanNs: 2_333_333, samplesNs: [1e6, 2e6, 4e6] });
    expect(variant.resources.memoryBytes).toBe(5e6);
  });

  test('with one synthesised row has a synthesised profile', () => {
    const text = VARIANT.replace('source: elsewhere', 'synthesised: true');
    expect(loadCatalogueFiles(folderWith({ 'a.yaml': text })).variants[0].profile.synthesised).toBe(true);
  });

  test('with a table that falls is loaded and flagged with its line', () => {
    const folder = folderWith({ 'a.yaml': VARIANT.replace('mean: 4 ms', 'mean: 1 ms') });
    expect(loadCatalogueFiles(folder).warnings).toEqual([
      `${join(folder, 'a.yaml')}:22: tiny: the mean falls from 1.5 ms at batch 1 to 1 ms at batch 4`,
    ]);
  });

  test('may be one of several, read in the order of their names; other files are left alone', () => {
    const folder = folderWith({ 'b.yml': MACHINE, 'a.yaml': VARIANT, 'notes.txt': 'not: [yaml' });
    const whole = loadCatalogueFiles(folder);
    expect([whole.variants.length, whole.machineTypes.length]).toEqual([1, 1]);
    expect(loadCatalogueFiles([join(folder, 'b.yml')]).variants).toEqual([]);
  });
});

describe('a faulty file', () => {
  test.each<[string, string, string, string]>([
    [
      'an unknown key',
      'accuracy_percent',
      'acuracy_percent',
      'CATALOGUE_UNKNOWN_KEY line 9: variant tiny: unknown key "acuracy_percent"; did you mean "accuracy_percent"? expected name, version, use_case, ' +
        'architecture, framework, hardware, precision, max_batch, accuracy_percent, resources, inputs, outputs, ' +
        'artifact, handler, labels, profile',
    ],
    [
      'an unknown key deep inside',
      'source: elsewhere',
      'sorce: elsewhere',
      'CATALOGUE_UNKNOWN_KEY line 22: variant tiny: unknown key "sorce"; ' +
        'did you mean "source"? expected batch, mean, quantiles, samples, host, source, synthesised',
    ],
    [
      'a quantity without its unit',
      'load: 20 ms',
      'load: 20',
      'CATALOGUE_VALUE line 17: variant tiny: profile.load cannot be used; found 20; ' +
        'expected a duration with its unit, such as "5 ms" (ns, us, ms, s, min, h or d)',
    ],
    [
      'memory without its unit',
      'memory: 50 MB',
      'memory: 50',
      'CATALOGUE_VALUE line 10: variant tiny: resources.memory cannot be used; found 50; ' +
        'expected an amount of memory with its unit, such as "512 MB" (B, KB, MB, GB, TB; KiB, MiB, GiB, TiB)',
    ],
    [
      'a missing key',
      '      load: 20 ms\n',
      '',
      'CATALOGUE_KEY_MISSING line 15: variant tiny: profile.load is missing; ' +
        'expected a duration with its unit, such as "5 ms" (ns, us, ms, s, min, h or d)',
    ],
    [
      'an accuracy that is a share',
      '90.5',
      '-0.905',
      'CATALOGUE_VALUE line 9: variant tiny: accuracy_percent cannot be used; found -0.905; expected a number from 0 to 100',
    ],
    [
      'half a batch',
      'max_batch: 4',
      'max_batch: 4.5',
      'CATALOGUE_VALUE line 8: variant tiny: max_batch cannot be used; found 4.5; expected a whole number from 1 to 65536',
    ],
    [
      'a digest that is none',
      '0a0a',
      'xyz',
      'CATALOGUE_VALUE line 13: variant tiny: artifact.sha256 cannot be used; ' +
        `found "xyz${'0a'.repeat(26)}0...; expected a SHA-256 digest of 64 lower-case hexadecimal digits`,
    ],
    [
      'a percentile that is none',
      'p99:',
      'q99:',
      'CATALOGUE_VALUE line 21: variant tiny: profile.rows.0.quantiles.q99 has no known name; ' +
        'expected a percentile such as p50 or p99.9',
    ],
    [
      'rows out of order',
      'batch: 4,',
      'batch: 1,',
      'CATALOGUE_VALUE line 22: variant tiny: batch 1 is in the table twice; found 1; expected each batch size once',
    ],
    [
      'a row without a mean',
      'mean: 1.5 ms, ',
      '',
      'CATALOGUE_VALUE line 21: variant tiny: batch 1 has no mean; found quantiles only, which cut off the tail; ' +
        'expected mean, or samples to take it from',
    ],
    [
      'an accelerator on a CPU',
      'cores: 1,',
      'cores: 1, accelerators: 1,',
      'CATALOGUE_VALUE line 10: variant tiny: accelerators do not agree with hardware: cpu; found 1; expected 0 on cpu',
    ],
    [
      'a GPU variant without a GPU',
      'hardware: cpu',
      'hardware: v100',
      'CATALOGUE_VALUE line 10: variant tiny: accelerators do not agree with hardware: v100; found 0; ' +
        'expected the number or share of a v100 that the variant takes',
    ],
    [
      'a name with a blank',
      'name: tiny',
      'name: so tiny',
      'CATALOGUE_VALUE line 2: variant so tiny: name cannot be used; found "so tiny"; ' +
        'expected a name of letters, digits, ".", "_" and "-"',
    ],
  ])('with %s is refused at its line', (_, before, after, message) => {
    expect(VARIANT).toContain(before);
    expect(refusals(VARIANT.replace(before, after))).toEqual([message]);
  });

  test('tells all its mistakes at once, in every entry', () => {
    const second = VARIANT.replace('variants:\n', '').replace('max_batch: 4', 'max_batch: 0').replace('1.5 ms', '1.5');
    const text = `${VARIANT.replace('cores: 1', 'cores: -1')}${second}${MACHINE.replace('25 s', 'soon').replace('12', '2')}turbo: true\n`;
    expect(refusals(text).map((message) => message.split(';')[0])).toEqual([
      'CATALOGUE_UNKNOWN_KEY line 53: unknown key "turbo"',
      'CATALOGUE_VALUE line 10: variant tiny: resources.cores cannot be used',
      'CATALOGUE_VALUE line 29: variant tiny: max_batch cannot be used',
      'CATALOGUE_VALUE line 42: variant tiny: profile.rows.0.mean cannot be used',
      'CATALOGUE_VALUE line 50: machine type box: boot cannot be used',
    ]);
  });

  test('with a machine that saves power by working is refused', () => {
    expect(refusals(MACHINE.replace('busy_watts: 12', 'busy_watts: 2'))).toEqual([
      'CATALOGUE_VALUE line 9: machine type box: a busy machine draws less than an idle one; found 2 W busy, 5 W idle; ' +
        'expected busy_watts at least idle_watts',
    ]);
  });

  test('that defines a name twice is refused at the second, with the place of the first', () => {
    const folder = folderWith({ 'a.yaml': MACHINE, 'b.yaml': `\n${MACHINE}` });
    expect(() => loadCatalogueFiles(folder)).toThrow(
      `${join(folder, 'b.yaml')}:3: machine type box is defined twice; found the first at ${join(folder, 'a.yaml')}:2; rename one of them`,
    );
  });

  test('that is not YAML, or writes a key twice, is refused at its line', () => {
    expect(refusals('variants: [')[0]).toMatch(/^CATALOGUE_SYNTAX line 1: this is not valid YAML: /);
    expect(refusals(VARIANT.replace('hardware: cpu', 'hardware: cpu\n    hardware: gpu'))).toEqual([
      'CATALOGUE_SYNTAX line 7: this is not valid YAML: Map keys must be unique',
    ]);
  });

  test.each(['', '- 1', 'variants: 3', 'variants: [3]', 'just words'])('%j is refused, not misread', (text) => {
    expect(refusals(text)).toHaveLength(1);
  });

  test('or folder that is not there is told by its path', () => {
    const folder = folderWith({});
    expect(() => loadCatalogueFiles(folder)).toThrow(
      `${folder}: the catalogue cannot be read; found a folder without YAML files`,
    );
    expect(() => loadCatalogueFiles(join(folder, 'no'))).toThrow(/no: the catalogue cannot be read; found ENOENT/);
    expect(() => loadCatalogueFiles([join(folder, 'no.yaml')])).toThrow(
      /no\.yaml: the catalogue cannot be read; found ENOENT/,
    );
  });
});
