/**
 * Reads Triton's `config.pbtxt`: the fields that a service of ONNX models acts on, typed and checked. A field that Triton
 * has and this service does not act on is listed in `ignored`; one that would change answers if it were ignored is
 * refused; one that Triton has not is a mistake. All mistakes of a text are told together.
 */
import type { Nanos, TensorSpec, TensorType } from '../../core/index.ts';
import { NANOS_PER_MICROSECOND } from '../../core/index.ts';
import { parseTextFormat } from './text-format.ts';
import { TextProblems } from './text-problem.ts';
import { TritonFields } from './triton-fields.ts';

export type VersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly number[] };

export interface DynamicBatching {
  /** Ascending; empty when any size is as good. */
  readonly preferredSizes: readonly number[];
  readonly maxQueueDelayNs: Nanos;
}

export interface TritonConfig {
  /** '' when it is not said; then it is the folder's. */
  readonly name: string;
  /** Undefined: neither this nor inputs are said, and the model decides. 0: the model does not batch. */
  readonly maxBatchSize: number | undefined;
  /** Without the batch where the model batches; empty when the model decides. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Of the first output that names one; '' without. */
  readonly labelFilename: string;
  readonly versionPolicy: VersionPolicy;
  /** Undefined: requests are executed one by one. */
  readonly dynamicBatching: DynamicBatching | undefined;
  /** Undefined when no group is said. */
  readonly instances: { readonly count: number; readonly gpu: boolean } | undefined;
  /** Of the model in its version's folder. */
  readonly filename: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Names of fields that were read and are not acted on. */
  readonly ignored: readonly string[];
}

const TYPES: Readonly<Record<string, TensorType>> = {
  TYPE_BOOL: 'bool',
  TYPE_UINT8: 'uint8',
  TYPE_UINT16: 'uint16',
  TYPE_UINT32: 'uint32',
  TYPE_UINT64: 'uint64',
  TYPE_INT8: 'int8',
  TYPE_INT16: 'int16',
  TYPE_INT32: 'int32',
  TYPE_INT64: 'int64',
  TYPE_FP16: 'float16',
  TYPE_FP32: 'float32',
  TYPE_FP64: 'float64',
  TYPE_STRING: 'string',
};

const ACTED_ON = [
  'name',
  'platform',
  'backend',
  'version_policy',
  'max_batch_size',
  'input',
  'output',
  'dynamic_batching',
  'instance_group',
  'default_model_filename',
  'parameters',
];
/** Hints, warm-up and accounting: the same answers without them. */
const IGNORED = [
  'runtime',
  'optimization',
  'cc_model_filenames',
  'metric_tags',
  'model_warmup',
  'model_operations',
  'response_cache',
  'model_metrics',
];
/** Without these the answers would be others. */
const REFUSED = [
  'sequence_batching',
  'ensemble_scheduling',
  'batch_input',
  'batch_output',
  'model_transaction_policy',
  'model_repository_agents',
];
const INPUT = [
  'name',
  'data_type',
  'format',
  'dims',
  'reshape',
  'is_shape_tensor',
  'allow_ragged_batch',
  'optional',
  'is_non_linear_format_io',
];
const OUTPUT = ['name', 'data_type', 'dims', 'reshape', 'label_filename', 'is_shape_tensor', 'is_non_linear_format_io'];
const DYNAMIC = [
  'preferred_batch_size',
  'max_queue_delay_microseconds',
  'preserve_ordering',
  'priority_levels',
  'default_priority_level',
  'default_queue_policy',
  'priority_queue_policy',
];
const GROUP = [
  'name',
  'kind',
  'count',
  'rate_limiter',
  'gpus',
  'secondary_devices',
  'profile',
  'passive',
  'host_policy',
];
const LARGEST_BATCH = 65_536;
const MOST_INSTANCES = 1024;

/** @param file the name that places begin with. @throws ServingError TEXT_FORMAT, ServingErrors TRITON_CONFIG. */
export function readTritonConfig(text: string, file: string): TritonConfig {
  const fields = parseTextFormat(text, file);
  const problems = new TextProblems(file, 'TRITON_CONFIG');
  const model = new TritonFields(fields, {
    what: 'the model',
    known: [...ACTED_ON, ...IGNORED, ...REFUSED],
    problems,
  });
  for (const name of REFUSED) if (model.has(name)) model.refuse(name, `${name} is not offered here`);
  checkPlatform(model);
  const inputs = model.messages('input', INPUT);
  const outputs = model.messages('output', OUTPUT);
  const dynamic = model.message('dynamic_batching', DYNAMIC);
  const maxBatchSize = model.whole('max_batch_size', 0, LARGEST_BATCH);
  const config: TritonConfig = {
    name: model.text('name'),
    maxBatchSize: model.has('max_batch_size') || inputs.length > 0 ? maxBatchSize : undefined,
    inputs: inputs.map(tensorOf),
    outputs: outputs.map(tensorOf),
    labelFilename: outputs.map((output) => output.text('label_filename')).find((name) => name !== '') ?? '',
    versionPolicy: versionPolicyOf(model),
    dynamicBatching: dynamic === undefined ? undefined : dynamicBatchingOf(dynamic, maxBatchSize),
    instances: instancesOf(model),
    filename: fileNameOf(model, 'default_model_filename') || 'model.onnx',
    parameters: parametersOf(model),
    ignored: [
      ...IGNORED.filter((name) => model.has(name)),
      ...DYNAMIC.slice(2)
        .filter((name) => dynamic?.has(name) === true)
        .map((name) => `dynamic_batching.${name}`),
    ],
  };
  if (dynamic !== undefined && model.has('max_batch_size') && maxBatchSize === 0) {
    model.refuse('dynamic_batching', 'dynamic_batching needs a max_batch_size above 0');
  }
  problems.throwAny();
  return config;
}

function checkPlatform(model: TritonFields): void {
  const platform = model.text('platform');
  if (!['', 'onnxruntime_onnx'].includes(platform)) {
    model.refuse('platform', 'the platform is not served here', {
      found: JSON.stringify(platform.slice(0, 60)),
      expected: '"onnxruntime_onnx"',
    });
  }
  const backend = model.text('backend');
  if (!['', 'onnxruntime'].includes(backend)) {
    model.refuse('backend', 'the backend is not served here', {
      found: JSON.stringify(backend.slice(0, 60)),
      expected: '"onnxruntime"',
    });
  }
}

function tensorOf(tensor: TritonFields): TensorSpec {
  const name = tensor.text('name');
  if (name === '') tensor.refuse('name', 'a tensor has no name');
  if (tensor.has('reshape')) tensor.refuse('reshape', `reshape of ${JSON.stringify(name)} is not offered here`);
  for (const flag of ['is_shape_tensor', 'allow_ragged_batch', 'is_non_linear_format_io', 'optional']) {
    if (tensor.flag(flag)) tensor.refuse(flag, `${flag} of ${JSON.stringify(name)} is not offered here`);
  }
  // The layout is a note to clients; TensorRT alone needs it.
  tensor.choice('format', ['FORMAT_NONE', 'FORMAT_NHWC', 'FORMAT_NCHW'], 'FORMAT_NONE');
  if (!tensor.has('data_type')) tensor.refuse('name', `${JSON.stringify(name)} has no data_type`);
  const type = tensor.choice('data_type', Object.keys(TYPES), 'TYPE_FP32');
  const dims = tensor.wholes('dims', -1);
  if (dims.length === 0) tensor.refuse('name', `${JSON.stringify(name)} has no dims`);
  if (dims.includes(0)) tensor.refuse('dims', `${JSON.stringify(name)} has an extent of 0`);
  return { name, type: TYPES[type], shape: dims };
}

function versionPolicyOf(model: TritonFields): VersionPolicy {
  const policy = model.message('version_policy', ['latest', 'all', 'specific']);
  const specific = policy?.message('specific', ['versions']);
  if (specific !== undefined) return { kind: 'specific', versions: specific.wholes('versions', 1) };
  if (policy?.message('all', []) !== undefined) return { kind: 'all' };
  return { kind: 'latest', count: policy?.message('latest', ['num_versions'])?.whole('num_versions', 1) || 1 };
}

function dynamicBatchingOf(dynamic: TritonFields, maxBatchSize: number): DynamicBatching {
  const preferred = dynamic.wholes('preferred_batch_size', 1);
  if (preferred.some((size) => size > maxBatchSize)) {
    dynamic.refuse('preferred_batch_size', 'a preferred batch is larger than max_batch_size', {
      found: preferred.join(', '),
      expected: `at most ${maxBatchSize}`,
    });
  }
  return {
    preferredSizes: preferred.toSorted((a, b) => a - b),
    // A day; beyond it the figure is a slip.
    maxQueueDelayNs: dynamic.whole('max_queue_delay_microseconds', 0, 86_400e6) * NANOS_PER_MICROSECOND,
  };
}

function instancesOf(model: TritonFields): TritonConfig['instances'] {
  const groups = model.messages('instance_group', GROUP);
  if (groups.length === 0) return undefined;
  let count = 0;
  let gpu = false;
  for (const group of groups) {
    const kind = group.choice('kind', ['KIND_AUTO', 'KIND_GPU', 'KIND_CPU', 'KIND_MODEL'], 'KIND_AUTO');
    gpu ||= kind === 'KIND_GPU';
    // A group has its count on each of its devices.
    const devices = Math.max(1, group.wholes('gpus', 0).length);
    count += Math.max(1, group.whole('count', 1, MOST_INSTANCES)) * devices;
  }
  return { count, gpu };
}

function parametersOf(model: TritonFields): ReadonlyMap<string, string> {
  const entries = model.messages('parameters', ['key', 'value']);
  return new Map(
    entries.map((entry) => [entry.text('key'), entry.message('value', ['string_value'])?.text('string_value') ?? '']),
  );
}

function fileNameOf(model: TritonFields, field: string): string {
  const name = model.text(field);
  if (name === '' || /^[A-Za-z0-9_][A-Za-z0-9._-]*\.onnx$/.test(name)) return name;
  model.refuse(field, `${field} cannot be used`, {
    found: JSON.stringify(name.slice(0, 60)),
    expected: 'the name of an .onnx file in the folder of its version',
  });
  return '';
}
