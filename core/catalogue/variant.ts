/**
 * What is profiled, loaded and run. One schema for every source of variants: the bundled catalogue, a config,
 * later the live registry.
 */
import type { Nanos } from '../time.ts';

/** Bytes of memory. */
export type Bytes = number & { readonly unit?: 'bytes' };
/** Percent, 0 to 100. */
export type Percent = number & { readonly unit?: 'percent' };

/** Index of a variant in the run's catalogue, dense from 0. */
export type VariantIndex = number;

export interface UseCase {
  readonly task: string;
  readonly dataset: string;
  /** Side length or other input size, where a use case states one. */
  readonly size?: string;
}

/** Types of a tensor's elements. */
export const TENSOR_TYPES = [
  'bool',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
  'string',
] as const;
export type TensorType = (typeof TENSOR_TYPES)[number];

export interface TensorSpec {
  readonly name: string;
  readonly type: TensorType;
  /**
   * `null` in the first place marks the batch dimension; a tensor without it does not batch, and neither does its
   * model. -1 is an extent that each request chooses.
   */
  readonly shape: readonly (number | null)[];
}

export interface Artifact {
  /** Path of the model file, relative to the file that defines the variant, or absolute once resolved. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Bytes;
}

/** Measured times of one batch size, in nanoseconds. */
export interface ProfileRow {
  /** Inputs in the batch, at least 1. */
  readonly batch: number;
  readonly meanNs: Nanos;
  /** Quantiles by probability (0 to 1), ascending. */
  readonly quantilesNs?: readonly { readonly probability: number; readonly valueNs: Nanos }[];
  /** Raw samples, in any order. */
  readonly samplesNs?: readonly Nanos[];
}

/** A variant's measured latency table. */
export interface Profile {
  /** Where the figures come from: a command, a paper, a data set. */
  readonly source: string;
  /** True when some figure was scaled or modelled instead of measured. */
  readonly synthesised: boolean;
  /** Ascending in `batch`, not empty. */
  readonly rows: readonly ProfileRow[];
  /** Time from the start of a load until the first request can be served. */
  readonly loadNs: Nanos;
  readonly peakMemoryBytes: Bytes;
  /** Cost on the host of one batch that is not in the table: copies, queue hops, messages between processes. */
  readonly hostOverheadNs: Nanos;
}

/** Hardware a variant is compiled for and a machine offers. */
export type Hardware = string;

export interface Variant {
  readonly index: VariantIndex;
  readonly name: string;
  readonly version: string;
  readonly useCase: UseCase;
  readonly architecture: string;
  readonly framework: string;
  readonly hardware: Hardware;
  readonly precision: string;
  /** True maximum batch in inputs, at least 1. */
  readonly maxBatch: number;
  readonly accuracyPercent: Percent;
  readonly resources: {
    /** Host cores one running batch keeps busy. */
    readonly cores: number;
    /** Of the host for CPU variants, of the accelerator for the others. */
    readonly memoryBytes: Bytes;
    /** Accelerators of the variant's hardware; 0 for CPU variants. A fraction shares a device. */
    readonly accelerators: number;
  };
  readonly profile: Profile;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly artifact?: Artifact;
  /** Name of the pre- and postprocessing that clients get who send more than tensors; tensors only when left out. */
  readonly handler?: string;
  /** Names of the classes, by index of the output; none when left out. */
  readonly labels?: readonly string[];
}

/** What one running batch keeps busy, of the machine it runs on. */
export interface BatchDemand {
  readonly kind: 'cores' | 'devices';
  readonly amount: number;
}

/** The cores of a CPU variant; a batch on an accelerator has whole devices, however small a share its worker reserves. */
export function demandOf({ resources: { cores, accelerators } }: Pick<Variant, 'resources'>): BatchDemand {
  return accelerators > 0 ? { kind: 'devices', amount: Math.max(1, accelerators) } : { kind: 'cores', amount: cores };
}

/** `task-dataset` or `task-dataset-size`, the wire name of a use case. */
export function useCaseName(useCase: UseCase): string {
  const base = `${useCase.task}-${useCase.dataset}`;
  return useCase.size === undefined ? base : `${base}-${useCase.size}`;
}
