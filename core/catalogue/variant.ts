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

/** A time that was measured often, in nanoseconds. */
export interface MeasuredTime {
  readonly meanNs: Nanos;
  /** Quantiles by probability (0 to 1), ascending. */
  readonly quantilesNs?: readonly { readonly probability: number; readonly valueNs: Nanos }[];
  /** Raw samples, in any order. */
  readonly samplesNs?: readonly Nanos[];
}

/** Measured times of one batch size: of its execution by the engine. */
export interface ProfileRow extends MeasuredTime {
  /** Inputs in the batch, at least 1. */
  readonly batch: number;
  /**
   * The way to the engine and back: packing, copies, queue hops, messages between processes. The profile's
   * `hostOverheadNs` when left out.
   */
  readonly host?: MeasuredTime;
}

/** What batches take that come after the worker had nothing to do: caches are cold then, and cores are slow or away. */
export interface IdleRows {
  /** How long the worker had been idle, above 0. */
  readonly idleNs: Nanos;
  /** Not empty, ascending in `batch`; sizes that are missing differ from busy ones as the nearest size that is here. */
  readonly rows: readonly ProfileRow[];
}

/** Where a load's time goes. The parts add up to `Profile.loadNs`, but for rounding and medians. */
export interface LoadParts {
  /** Start of the process that the model is loaded in. */
  readonly processNs: Nanos;
  readonly readNs: Nanos;
  /** Creating the session. */
  readonly createNs: Nanos;
  readonly firstRunNs: Nanos;
}

/** How much longer batches take while other workers of the machine execute theirs. */
export interface Colocation {
  /** Workers that execute, this one among them; at least 2. */
  readonly workers: number;
  /** Mean time beside the others over mean time alone. */
  readonly slowdown: number;
}

/** A variant's measured latency table. */
export interface Profile {
  /** Where the figures come from: a command, a paper, a data set. */
  readonly source: string;
  /** True when some figure was scaled or modelled instead of measured. */
  readonly synthesised: boolean;
  /** Batches back to back. Ascending in `batch`, not empty. */
  readonly rows: readonly ProfileRow[];
  /** Batches after idle times, ascending; a batch is as fast as back to back where there are none. */
  readonly afterIdle?: readonly IdleRows[];
  /** Time from the start of a load until the first request can be served. */
  readonly loadNs: Nanos;
  readonly loadParts?: LoadParts;
  readonly peakMemoryBytes: Bytes;
  /** Cost on the host of one batch that is not in the table: copies, queue hops, messages between processes. */
  readonly hostOverheadNs: Nanos;
  /** Ascending in `workers`. For readers: simulated worlds take contention from a calibration. */
  readonly colocated?: readonly Colocation[];
  /** Median time of the reference kernel that was timed between the batches: what tables of different hours share. */
  readonly referenceNs?: Nanos;
  /** What the figures were measured on, by name: cpu, cores, libraries, load. */
  readonly environment?: Readonly<Record<string, string>>;
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
