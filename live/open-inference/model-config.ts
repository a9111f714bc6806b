/**
 * A model's configuration in the fields and names of Triton's, of which `config.pbtxt` and both protocols' answers are
 * forms. Only what is true here is stated.
 */
import type { TensorSpec } from '../../core/index.ts';
import { NANOS_PER_MICROSECOND } from '../../core/index.ts';
import type { ModelEntry } from '../service/index.ts';
import { configuredTypeOf } from './datatypes.ts';
import { backendOf, platformOf, propertiesOf } from './metadata.ts';

export interface ConfiguredTensor {
  readonly name: string;
  /** `TYPE_FP32`. */
  readonly data_type: string;
  /** Without the batch. */
  readonly dims: readonly number[];
}

export interface ModelConfig {
  readonly name: string;
  readonly platform: string;
  readonly backend: string;
  readonly version_policy: { readonly all: Readonly<Record<string, never>> };
  /** 0 for a model that does not batch. */
  readonly max_batch_size: number;
  readonly input: readonly ConfiguredTensor[];
  readonly output: readonly ConfiguredTensor[];
  readonly instance_group: readonly { readonly name: string; readonly kind: string; readonly count: number }[];
  readonly dynamic_batching?: {
    readonly preferred_batch_size: readonly number[];
    readonly max_queue_delay_microseconds: number;
  };
  readonly parameters: Readonly<Record<string, { readonly string_value: string }>>;
  readonly model_transaction_policy: { readonly decoupled: boolean };
}

export function modelConfig(entry: ModelEntry): ModelConfig {
  const { name, batches, maxBatch, inputs, outputs, variants } = entry;
  const parameters = Object.entries(propertiesOf(entry)).map(([key, text]) => [key, { string_value: text }] as const);
  return {
    name,
    platform: platformOf(entry),
    backend: backendOf(entry),
    version_policy: { all: {} },
    max_batch_size: batches ? maxBatch : 0,
    input: inputs.map((spec) => configured(spec, batches)),
    output: outputs.map((spec) => configured(spec, batches)),
    instance_group: variants.map(({ name: group, definition: { hardware }, workers }) => {
      return {
        name: group,
        kind: hardware === 'cpu' ? 'KIND_CPU' : 'KIND_GPU',
        count: Math.max(1, workers?.least ?? 1),
      };
    }),
    ...(batches
      ? { dynamic_batching: { preferred_batch_size: [maxBatch], max_queue_delay_microseconds: queueDelayUs(entry) } }
      : {}),
    parameters: Object.fromEntries(parameters),
    model_transaction_policy: { decoupled: false },
  };
}

function configured({ name, type, shape }: TensorSpec, batches: boolean): ConfiguredTensor {
  const dims = (batches ? shape.slice(1) : shape).map((extent) => extent ?? -1);
  return { name, data_type: configuredTypeOf(type), dims };
}

/** Of the variant's own batching; 0 where that has no delay or is the service's. */
function queueDelayUs({ variants: [{ batching }] }: ModelEntry): number {
  const maxDelayNs = batching?.options['maxDelay'];
  return typeof maxDelayNs === 'number' ? Math.round(maxDelayNs / NANOS_PER_MICROSECOND) : 0;
}
