import { describe, expect, test } from 'vitest';
import { ServingErrors } from '../../../core/index.ts';
import { readTritonConfig } from '../../../live/models/triton-config.ts';
import { readTritonModel, tritonModelNames } from '../../../live/models/triton-drafts.ts';
import type { ModelDraft } from '../../../live/models/model-draft.ts';
import { folderOf } from './folders.ts';

const CONFIG = `
name: "net"
platform: "onnxruntime_onnx"
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1, 28, 28 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: 10 label_filename: "labels.txt" } ]
dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 500 }
instance_group [ { count: 2 kind: KIND_CPU } ]
`;

function read(config: string | undefined, files: Readonly<Record<string, string>> = {}): readonly ModelDraft[] {
  const repository = folderOf({
    ...(config === undefined ? {} : { 'net/config.pbtxt': config }),
    'net/1/model.onnx': 'x',
    'net/labels.txt': 'a\nb c\n',
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`net/${path}`, text])),
  });
  return readTritonModel(repository, 'net', { gpu: undefined });
}

function mistakes(config: string): string[] {
  try {
    readTritonConfig(config, 'config.pbtxt');
  } catch (error) {
    if (error instanceof ServingErrors) return error.errors.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('a model of a repository', () => {
  const [draft] = read(CONFIG);

  test('has the tensors of its config, with the batch in front', () => {
    expect(draft.inputs).toEqual([{ name: 'x', type: 'float32', shape: [null, 1, 28, 28] }]);
    expect(draft.outputs).toEqual([{ name: 'y', type: 'float32', shape: [null, 10] }]);
    expect(draft).toMatchObject({ name: 'net', version: '1', maxBatch: 8, labels: ['a', 'b c'] });
  });

  test('waits for company as long as its queue delay says, up to its largest preferred batch', () => {
    expect(draft.batching?.definition.name).toBe('fixed');
    expect(draft.batching?.options).toEqual({ maxBatch: 8, maxDelay: 500_000 });
  });

  test('keeps as many workers as it has instances', () => {
    expect(draft.workers).toEqual({ least: 2, most: 2 });
  });

  test('has objectives when its parameters state them', () => {
    const parameter = (key: string, value: string): string =>
      `parameters { key: "${key}" value: { string_value: "${value}" } }\n`;
    const stated = parameter('architecture', 'lenet') + parameter('task', 'classification') + parameter('dataset', 'd');
    const [model] = read(
      CONFIG + stated + parameter('accuracy_percent', '91.5') + parameter('intra_op_thread_count', '2'),
    );
    expect(model).toMatchObject({
      architecture: 'lenet',
      useCase: { task: 'classification', dataset: 'd' },
      accuracyPercent: 91.5,
      cores: 2,
    });
    expect(() => read(CONFIG + parameter('architecture', '../x'))).toThrow('parameter architecture is no name');
    expect(() => read(CONFIG + parameter('accuracy_percent', 'high'))).toThrow('no number from 0 to 100');
  });

  test('without a config is what its file says, with one worker at least', () => {
    const [model] = read(undefined);
    expect(model).toMatchObject({ maxBatch: undefined, inputs: undefined, workers: { least: 1, most: Infinity } });
    expect(model.batching).toBeUndefined();
  });

  test('that does not batch keeps its shapes as they are', () => {
    const [model] = read('max_batch_size: 0 input { name: "x" data_type: TYPE_INT64 dims: [ -1, 4 ] }');
    expect(model).toMatchObject({ maxBatch: 'none', inputs: [{ name: 'x', type: 'int64', shape: [-1, 4] }] });
    // A config with inputs and without a maximum says 0: the default of protobuf.
    expect(read('input { name: "x" data_type: TYPE_INT64 dims: 4 }')[0].maxBatch).toBe('none');
  });
});

describe('batching', () => {
  test('without dynamic_batching executes requests one by one', () => {
    expect(read('max_batch_size: 4')[0].batching?.definition.name).toBe('none');
  });

  test('without a delay takes what is there, on the CPU as well', () => {
    const [model] = read('max_batch_size: 4 dynamic_batching { }');
    expect(model.batching?.definition.name).toBe('work-conserving');
    expect(model.batching?.options).toEqual({ maxBatch: 4, cpuMaxBatch: 4 });
  });
});

describe('versions', () => {
  const versions = (policy: string): string[] =>
    read(`max_batch_size: 1 ${policy}`, {
      '3/model.onnx': '',
      '10/model.onnx': '',
      '010/model.onnx': '',
      'notes/model.onnx': '',
    }).map(({ version }) => version);

  test.each([
    ['', ['10']],
    ['version_policy: { latest { num_versions: 2 } }', ['3', '10']],
    ['version_policy: { latest { } }', ['10']],
    ['version_policy: { all { } }', ['1', '3', '10']],
    ['version_policy: { specific { versions: [1, 3, 7] } }', ['1', '3']],
  ])('under %j are %j', (policy, expected) => {
    expect(versions(policy)).toEqual(expected);
  });

  test('that the policy leaves out altogether are a mistake', () => {
    expect(() => versions('version_policy: { specific { versions: [7] } }')).toThrow('at least one version');
  });

  test('need the file that the config names', () => {
    expect(() => read('default_model_filename: "net.onnx"')).toThrow('version 1 has no file net.onnx');
    expect(read('default_model_filename: "net.onnx"', { '1/net.onnx': '' })[0].file?.path).toMatch(/net\.onnx$/);
  });
});

describe('instances', () => {
  test('are counted over all groups and devices', () => {
    const groups = 'instance_group [ { count: 2 kind: KIND_CPU }, { kind: KIND_GPU gpus: [0, 1] } ]';
    expect(readTritonConfig(groups, 'f').instances).toEqual({ count: 4, gpu: true });
  });

  test('on a GPU need a service that has one', () => {
    expect(() => read('instance_group { kind: KIND_GPU }')).toThrow('asks for a GPU, and this service has none');
    const repository = folderOf({ 'net/config.pbtxt': 'instance_group { kind: KIND_GPU }', 'net/1/model.onnx': '' });
    const [model] = readTritonModel(repository, 'net', { gpu: 'v100' });
    expect(model).toMatchObject({ hardware: 'v100', cores: 0, accelerators: 1 });
  });
});

describe('what is not acted on', () => {
  test('is told', () => {
    const ignored =
      'optimization { } dynamic_batching { preserve_ordering: true default_queue_policy { max_queue_size: 4 } }';
    expect(read(`max_batch_size: 2 model_warmup { } ${ignored}`)[0].notes).toEqual([
      'config.pbtxt: not acted on: optimization, model_warmup, dynamic_batching.preserve_ordering, ' +
        'dynamic_batching.default_queue_policy',
    ]);
  });

  test('is refused where the answers would be others', () => {
    expect(mistakes('sequence_batching { }\nensemble_scheduling { }')).toEqual([
      'config.pbtxt:1: sequence_batching is not offered here',
      'config.pbtxt:2: ensemble_scheduling is not offered here',
    ]);
    expect(mistakes('input { name: "x" data_type: TYPE_FP32 dims: 1\n reshape { shape: [] } }')).toEqual([
      'config.pbtxt:2: reshape of "x" is not offered here',
    ]);
  });
});

describe('mistakes', () => {
  test('are told all at once, each with its line', () => {
    const config =
      'platform: "tensorrt_plan"\nmax_batch: 8\ninput {\n name: "x"\n data_type: FP32\n dims: 0 }\ninstance_group 3';
    expect(() => mistakes(config)).toThrow('config.pbtxt:7: this is not protobuf text format');
    expect(mistakes(config.replace('group 3', 'group: 3'))).toEqual([
      expect.stringMatching(/^config\.pbtxt:2: the model has no field "max_batch"; did you mean "max_batch_size"\?/),
      'config.pbtxt:1: the platform is not served here; found "tensorrt_plan"; expected "onnxruntime_onnx"',
      expect.stringMatching(
        /^config\.pbtxt:5: data_type of input cannot be used; found "FP32"; expected one of TYPE_BOOL/,
      ),
      'config.pbtxt:6: "x" has an extent of 0',
      'config.pbtxt:7: instance_group of the model cannot be used; found "3"; expected a message in braces',
    ]);
  });

  test.each([
    ['max_batch_size: -1', 'max_batch_size of the model cannot be used; found "-1"'],
    ['max_batch_size: 1\nmax_batch_size: 2', 'config.pbtxt:2: the model has max_batch_size twice'],
    ['name: net', 'name of the model cannot be used; found "net"; expected a text in quotes'],
    ['max_batch_size: 0 dynamic_batching { }', 'dynamic_batching needs a max_batch_size above 0'],
    [
      'max_batch_size: 2 dynamic_batching { preferred_batch_size: 4 }',
      'a preferred batch is larger than max_batch_size',
    ],
    ['default_model_filename: "../../etc/passwd"', 'default_model_filename cannot be used'],
    ['default_model_filename: "a/b.onnx"', 'default_model_filename cannot be used'],
    ['input { name: "x" dims: 1 }', '"x" has no data_type'],
    ['input { name: "x" data_type: TYPE_BF16 dims: 1 }', 'data_type of input cannot be used; found "TYPE_BF16"'],
  ])('%j is refused', (config, message) => {
    expect(mistakes(config).join('\n')).toContain(message);
  });

  test.each(['../net', 'a/b', '/etc', 'net\u0000', ''])('a model named %j is not looked for', (name) => {
    expect(() => readTritonModel(folderOf(), name, { gpu: undefined })).toThrow(/^Model name must not/);
  });

  test('a model that is missing, misnamed or without labels is refused, and no path outside is told', () => {
    expect(() => readTritonModel(folderOf(), 'net', { gpu: undefined })).toThrow(
      /^net: the repository has no such model$/,
    );
    expect(() => read('name: "other"')).toThrow('net: config.pbtxt names another model than its folder; found "other"');
    const output = (labels: string): string =>
      `output { name: "y" data_type: TYPE_FP32 dims: 1 label_filename: "${labels}" }`;
    expect(() => read(output('../labels.txt'))).toThrow('net: label_filename is no name of a file beside');
    expect(() => read(output('none.txt'))).toThrow('net: there is no file none.txt, which label_filename names');
  });
});

test('a repository lists the folders that can be models', () => {
  const repository = folderOf({ 'b/1/model.onnx': '', 'a/': '', '.hidden/': '', 'with blank/': '', 'file.txt': '' });
  expect(tritonModelNames(repository)).toEqual(['a', 'b']);
});
