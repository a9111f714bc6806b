/** Small ONNX models for whole servers: a file of definitions, and the model files beside it. */
import { createHash } from 'node:crypto';
import type { TensorSpec } from '../../../core/index.ts';

export interface TestModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly maxBatch: number;
}

/** Definitions in the catalogue's schema, for `catalogue.files`, and what they refer to. */
export function modelFiles(models: readonly TestModel[]): Record<string, string | Uint8Array> {
  const files = models.map(({ name, bytes }) => [`${name}.onnx`, bytes] as const);
  return { 'models.yaml': JSON.stringify({ variants: models.map(definitionOf) }), ...Object.fromEntries(files) };
}

function definitionOf({ name, bytes, inputs, outputs, maxBatch }: TestModel): object {
  return {
    name,
    use_case: { task: 'test', dataset: name },
    architecture: `${name}-network`,
    framework: 'onnxruntime',
    hardware: 'cpu',
    precision: 'fp32',
    max_batch: maxBatch,
    accuracy_percent: 50,
    resources: { cores: 0.1, memory: '100 MB' },
    inputs,
    outputs,
    artifact: {
      path: `${name}.onnx`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size: `${bytes.length} B`,
    },
    profile: {
      source: 'made up',
      load: '20 ms',
      peak_memory: '30 MB',
      host_overhead: '0 us',
      rows:
        maxBatch === 1 ? [{ batch: 1, mean: '1 ms' }] : [1, maxBatch].map((batch) => ({ batch, mean: `${batch} ms` })),
    },
  };
}

export function spec(name: string, type: TensorSpec['type'], ...shape: TensorSpec['shape']): TensorSpec {
  return { name, type, shape };
}
