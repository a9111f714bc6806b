import { describe, expect, test } from 'vitest';
import { ServingError, ServingErrors } from '../../../core/index.ts';
import { latencyModel } from '../../../backends/index.ts';
import { readInfaasConfig } from '../../../live/models/infaas-config.ts';
import { infaasDraft } from '../../../live/models/infaas-draft.ts';
import type { ModelDraft } from '../../../live/models/model-draft.ts';

const TENSORRT = {
  parname: 'resnet50',
  varname: 'resnet50_tensorrt_4',
  filename: 'model.plan',
  dataset: 'imagenet',
  task: 'classification',
  framework: 'tensorrt',
  inputdim: '224',
  maxbatch: '4',
  loadlat: '1146.43',
  inflatb1: '3.686',
  inflatb4: '7.4',
  accuracy: '71.2',
  compsize: '1',
  peakmemory: '92275040',
};
const CPU = {
  ...TENSORRT,
  varname: 'resnet50_tensorflow-cpu_4',
  framework: 'tensorflow-cpu',
  maxbatch: '128',
  inflatb1: '250',
  inflatb4: '793',
  inflatb8: '1553',
  compsize: '4',
};

function text(config: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(config).flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${value}`]));
  return `${lines.join('\n')}\n`;
}

function draft(config: Readonly<Record<string, string | undefined>>): ModelDraft {
  return infaasDraft(readInfaasConfig(text(config), 'a.config'), { gpu: 'v100', folder: '.', file: undefined });
}

function mistakes(written: string): string[] {
  try {
    readInfaasConfig(written, 'a.config');
  } catch (error) {
    if (error instanceof ServingErrors) return error.errors.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('a config of the GPU', () => {
  const variant = draft(TENSORRT);

  test('is a variant of its architecture and use case', () => {
    expect(variant).toMatchObject({
      name: 'resnet50_tensorrt_4',
      architecture: 'resnet50',
      useCase: { task: 'classification', dataset: 'imagenet', size: '224' },
      framework: 'tensorrt',
      hardware: 'v100',
      maxBatch: 4,
      accuracyPercent: 71.2,
      cores: 0,
      accelerators: 0.05,
    });
  });

  test('has its latencies as rows, in nanoseconds', () => {
    expect(variant.profile).toMatchObject({
      rows: [
        { batch: 1, meanNs: 3_686_000 },
        { batch: 4, meanNs: 7_400_000 },
      ],
      loadNs: 1_146_430_000,
      peakMemoryBytes: 92_275_040,
      synthesised: false,
    });
  });
});

describe('a config of the CPU', () => {
  const variant = draft(CPU);

  test('has 128 as its maximum batch, and compsize as its cores', () => {
    expect(variant).toMatchObject({
      hardware: 'cpu',
      framework: 'tensorflow',
      maxBatch: 128,
      cores: 4,
      accelerators: 0,
    });
  });

  test('continues the line through batches 1, 4 and 8, and says so', () => {
    const { rows = [], source, synthesised } = variant.profile ?? {};
    expect(rows.map(({ batch }) => batch)).toEqual([1, 4, 8, 16, 32, 64, 128]);
    // The line that INFaaS's authors publish for this variant: 186.35 ms an input and 57.811 ms.
    expect(rows[3].meanNs / 1e6).toBeCloseTo(186.35 * 16 + 57.811, -1);
    expect(synthesised).toBe(true);
    expect(source).toContain('latencies at batches 16, 32, 64, 128 continue the line through those given');
  });

  test('makes a latency model for every batch', () => {
    const { profile } = variant;
    if (profile === undefined) throw new Error('a config has a table');
    const model = latencyModel(profile, {
      variant: variant.name,
      maxBatch: 128,
      sampling: 'mean',
      extrapolate: false,
    });
    expect(model.expectedBatchNs(1)).toBe(250_000_000);
  });
});

describe('latencies of larger batches', () => {
  test('are read as rows and said to be extra', () => {
    const { profile, notes } = draft({
      ...CPU,
      maxbatch: '64',
      inflatb16: '3000',
      inflatb32: '6000',
      inflatb64: '11900',
    });
    expect(profile?.rows.map(({ batch }) => batch)).toEqual([1, 4, 8, 16, 32, 64]);
    expect(profile?.synthesised).toBe(false);
    expect(notes).toEqual(["latencies at batches 16, 32, 64 are used, which INFaaS's server ignores"]);
  });

  test('beyond maxbatch are ignored and said to be', () => {
    const { profile, notes } = draft({ ...TENSORRT, maxbatch: '1', inflatb8: '12' });
    expect(profile?.rows).toEqual([{ batch: 1, meanNs: 3_686_000 }]);
    expect(notes).toEqual(['latencies beyond maxbatch 1, at batches 4, 8, are ignored']);
  });
});

describe('what frameworks run on', () => {
  test.each([
    ['pytorch', '64', 'cpu', 'pytorch'],
    ['onnx', '64', 'cpu', 'onnxruntime'],
    ['onnxruntime', '64', 'cpu', 'onnxruntime'],
    ['gnmt-nvpy-cpu', '128', 'cpu', 'gnmt-nvpy'],
    ['caffe2', '128', 'cpu', 'caffe2'],
    ['caffe2', '8', 'v100', 'caffe2'],
    ['tensorflow-gpu', '8', 'v100', 'tensorflow'],
    ['inferentia', '1', 'inferentia', 'neuron'],
  ])('%s with maxbatch %s runs on %s', (framework, maxbatch, hardware, name) => {
    expect(draft({ ...CPU, framework, maxbatch })).toMatchObject({ hardware, framework: name });
  });

  test('an Inferentia variant has compsize cores of the chip', () => {
    expect(draft({ ...CPU, framework: 'inferentia', maxbatch: '1', compsize: '4' }).accelerators).toBe(4);
  });

  test('a variant without compsize has one core, and says so', () => {
    const variant = draft({ ...TENSORRT, framework: 'pytorch', compsize: undefined });
    expect(variant.cores).toBe(1);
    expect(variant.notes).toEqual(['compsize is not given: 1 core is assumed']);
  });
});

test('a classifier with a file says how its images are scaled', () => {
  const config = readInfaasConfig(text(TENSORRT), 'a.config');
  const { notes, handler } = infaasDraft(config, { gpu: 'v100', folder: '.', file: { path: '/m.onnx' } });
  expect(handler).toBe('image-classifier-symmetric');
  expect(notes).toEqual([expect.stringContaining('images are scaled to -1 to 1')]);
});

describe('mistakes', () => {
  test('of the model file are told with those of the config', () => {
    const broken = text({ ...TENSORRT, accuracy: '712' });
    const check = (): never => {
      throw new ServingError({ code: 'MODEL_FOLDER', place: 'folder', message: 'the folder holds no ONNX model' });
    };
    expect(() => readInfaasConfig(broken, 'a.config', check)).toThrow(/accuracy cannot be used[^]*no ONNX model/);
    expect(() => readInfaasConfig(text(TENSORRT), 'a.config', check)).toThrow('the folder holds no ONNX model');
  });

  test('are told all at once, each with its line', () => {
    const written = text({ ...TENSORRT, framework: 'tensorRT', accuracy: '712', inflatb1: '-3', peakmemory: 'much' });
    expect(mistakes(written)).toEqual([
      expect.stringMatching(/^a\.config:6: framework cannot be used; found "tensorRT"; did you mean "tensorrt"\?/),
      expect.stringMatching(/^a\.config:10: inflatb1 cannot be used; found "-3"; expected a latency in milliseconds/),
      expect.stringMatching(/^a\.config:12: accuracy cannot be used; found "712"; expected an accuracy from 0 to 100/),
      expect.stringMatching(/^a\.config:14: peakmemory cannot be used; found "much"; expected a number, 0 or more/),
    ]);
  });

  test('an unknown key is named with the nearest', () => {
    expect(mistakes(`${text(TENSORRT)}\nacuracy 3`)).toEqual([
      expect.stringMatching(/^a\.config:16: unknown key "acuracy"; did you mean "accuracy"\?/),
    ]);
  });

  test('keys that are missing, doubled or empty are named', () => {
    const written = text({ ...TENSORRT, parname: undefined, inflatb4: undefined }).replace(
      'task classification',
      'task',
    );
    expect(mistakes(`${written}dataset cifar`)).toEqual([
      'a.config:4: task has no value; expected a name of letters, digits, ".", "_" and "-"',
      'a.config:13: dataset is given twice; found the first in line 3',
      'a.config: parname is missing; expected a name of letters, digits, ".", "_" and "-"',
      'a.config: inflatb4 is missing; expected a latency in milliseconds, above 0',
    ]);
  });

  test('maxbatch 128 on a GPU is a contradiction', () => {
    expect(mistakes(text({ ...CPU, framework: 'tensorrt' }))).toEqual([
      expect.stringContaining('maxbatch 128 means a CPU variant, and framework tensorrt does not run on the CPU'),
    ]);
  });

  test.each(['../x', '/etc/passwd', 'a/b', 'a\u0000b'])('a name such as %j is refused', (varname) => {
    expect(mistakes(text({ ...TENSORRT, varname }))[0]).toContain('varname cannot be used');
    expect(mistakes(text({ ...TENSORRT, filename: '../model.onnx' }))[0]).toContain('filename cannot be used');
  });

  test.each(['__proto__', 'constructor', 'toString'])('the key %s is unknown', (key) => {
    expect(mistakes(`${text(TENSORRT)}${key} 1`)[0]).toContain(`unknown key "${key}"`);
  });

  test('a text that is too long is refused unread', () => {
    expect(mistakes('#'.repeat(70_000))).toEqual([
      'a.config: the config is too long; found 70000 characters; expected at most 65536',
    ]);
  });

  test('comments, empty lines, tabs and carriage returns are no mistakes', () => {
    const written = `\uFEFF# written by hand\r\n\r\n${text(TENSORRT).replaceAll(' ', '\t \t').replaceAll('\n', '\r\n')}`;
    expect(mistakes(written)).toEqual([]);
  });
});
