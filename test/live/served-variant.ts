/** Served variants from the few figures a protocol's test is about, all others harmless. Nothing of them can be loaded. */
import type { TensorSpec, TensorType, UseCase } from '../../core/index.ts';
import type { VariantDefinition } from '../../backends/index.ts';
import type { ServedVariant } from '../../live/service/index.ts';

export interface ServedVariantParts {
  readonly name: string;
  /** `1` when left out; other versions get the definition name `name@version`. */
  readonly version?: string;
  /** False for versions that only a query with a version finds. */
  readonly isDefault?: boolean;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** 8 when left out; use 1 for a model that does not batch. */
  readonly maxBatch?: number;
  /** One of its own, `NAME-net`, when left out. */
  readonly architecture?: string;
  /** One of its own, `test-NAME`, when left out. */
  readonly useCase?: UseCase;
  readonly accuracyPercent?: number;
  readonly hardware?: string;
  readonly precision?: string;
  readonly labels?: readonly string[];
  readonly handler?: string;
  readonly source?: ServedVariant['source'];
  readonly batching?: ServedVariant['batching'];
  readonly workers?: ServedVariant['workers'];
}

/** A variant with one profile row of 1 ms and no artifact. */
export function servedVariant(parts: ServedVariantParts): ServedVariant {
  const { name, version = '1', isDefault = true, source = 'config', batching, workers } = parts;
  return { name, definition: definitionOf(parts, version), isDefault, source, batching, workers };
}

function definitionOf(parts: ServedVariantParts, version: string): VariantDefinition {
  const { name, inputs, outputs, labels, handler } = parts;
  return {
    name: version === '1' ? name : `${name}@${version}`,
    version,
    useCase: parts.useCase ?? { task: 'test', dataset: name },
    architecture: parts.architecture ?? `${name}-net`,
    framework: 'onnxruntime',
    hardware: parts.hardware ?? 'cpu',
    precision: parts.precision ?? 'fp32',
    maxBatch: parts.maxBatch ?? 8,
    accuracyPercent: parts.accuracyPercent ?? 90,
    resources: { cores: 1, memoryBytes: 1_000_000, accelerators: 0 },
    profile: {
      source: 'made up',
      synthesised: true,
      rows: [{ batch: 1, meanNs: 1_000_000 }],
      loadNs: 1_000_000,
      peakMemoryBytes: 1_000_000,
      hostOverheadNs: 0,
    },
    inputs,
    outputs,
    ...(labels === undefined ? {} : { labels }),
    ...(handler === undefined ? {} : { handler }),
    origin: { place: 'test:1', folder: '/nowhere' },
  };
}

/** A tensor's specification in one line: `spec('INPUT0', 'int32', null, 16)`. */
export function spec(name: string, type: TensorType, ...shape: (number | null)[]): TensorSpec {
  return { name, type, shape };
}
