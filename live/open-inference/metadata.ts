/** What the server and its models say of themselves: the same for HTTP and gRPC. */
import type { TensorSpec } from '../../core/index.ts';
import { useCaseName } from '../../core/index.ts';
import { statesArchitecture, statesUseCase } from '../service/index.ts';
import type { ModelEntry, ServedVariant } from '../service/index.ts';
import { datatypeOf } from './datatypes.ts';

/** The extensions of the protocol that are served, by the names that Triton gave them. */
export const EXTENSIONS: readonly string[] = [
  'classification',
  'model_configuration',
  'model_repository',
  'statistics',
  'binary_tensor_data',
  'parameters',
];

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1 for the batch and for extents that a request chooses. */
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** What stands behind the name: its form, variants, architectures, use cases and accuracies. */
  readonly properties: Readonly<Record<string, string>>;
}

export function modelMetadata(entry: ModelEntry): ModelMetadata {
  const { name, versions, inputs, outputs } = entry;
  return {
    name,
    versions,
    platform: platformOf(entry),
    inputs: inputs.map(tensorMetadata),
    outputs: outputs.map(tensorMetadata),
    properties: propertiesOf(entry),
  };
}

/** Triton's name of what runs it; several are joined. */
export function platformOf({ variants }: ModelEntry): string {
  return distinct(variants.map((variant) => (runsOnnx(variant) ? 'onnxruntime_onnx' : variant.definition.framework)));
}

/** Triton's name of the backend that runs it; several are joined. */
export function backendOf({ variants }: ModelEntry): string {
  return distinct(variants.map((variant) => (runsOnnx(variant) ? 'onnxruntime' : variant.definition.framework)));
}

/** Every model file here is one of ONNX, whoever made it; a table keeps the framework whose times it holds. */
function runsOnnx({ definition: { artifact, framework } }: ServedVariant): boolean {
  return artifact !== undefined || framework === 'onnx' || framework === 'onnxruntime';
}

/** A virtual model tells what selection may choose from; a variant tells what it is. */
export function propertiesOf({ form, variants }: ModelEntry): Readonly<Record<string, string>> {
  const definitions = variants.map(({ definition }) => definition);
  return {
    form,
    variants: distinct(variants.map(({ name }) => name)),
    architectures: distinct(variants.filter(statesArchitecture).map(({ definition }) => definition.architecture)),
    use_cases: distinct(variants.filter(statesUseCase).map(({ definition }) => useCaseName(definition.useCase))),
    hardware: distinct(definitions.map(({ hardware }) => hardware)),
    precisions: distinct(definitions.map(({ precision }) => precision)),
    accuracy_percent: distinct(definitions.map(({ accuracyPercent }) => String(accuracyPercent))),
  };
}

function tensorMetadata({ name, type, shape }: TensorSpec): TensorMetadata {
  return { name, datatype: datatypeOf(type), shape: shape.map((extent) => extent ?? -1) };
}

function distinct(values: readonly string[]): string {
  return [...new Set(values)].join(',');
}
