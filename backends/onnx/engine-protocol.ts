/**
 * What a parent and an engine process say to each other: one command, then its one answer. Types only. Messages are
 * JSON; tensors are places in the bytes that go with a message, in the form of `TensorValue`.
 */
import type { Bytes, Nanos, TensorSpec, TensorType } from '../../core/index.ts';

export interface LoadSpec {
  /** Path of the ONNX file. Weights must be inside. */
  readonly path: string;
  /** Digest the file's bytes must have, lower-case hex. Absent: any bytes are tried. */
  readonly sha256?: string;
  /** ONNX Runtime's name of the execution provider: `cpu`, `cuda`, `coreml`... */
  readonly hardware: string;
  /** Threads one run may use, at least 1. */
  readonly threads: number;
  /** Most inputs a run will bring, at least 1. A model that does not batch is refused when it is more than 1. */
  readonly maxBatch: number;
  /** What the inputs are said to be; it also fills in extents the model leaves open. Absent: the model decides. */
  readonly inputs?: readonly TensorSpec[] | undefined;
  /** The outputs that are wanted. Absent: all. */
  readonly outputs?: readonly TensorSpec[] | undefined;
}

/** How a loaded model wants to be fed, and what it gives. */
export interface ModelTensors {
  /** In the order in which a run brings them. -1 is an extent that each request chooses. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Whether the first dimension of every tensor is the batch; else a run serves one request. */
  readonly batches: boolean;
  /** The batch every run must have, or null when any will do. Smaller batches are padded with zeros. */
  readonly fixedBatch: number | null;
}

export interface LoadReport extends ModelTensors {
  readonly sha256: string;
  /** Reading and hashing the file. */
  readonly readNs: Nanos;
  /** Creating the session, without starting the process. */
  readonly createNs: Nanos;
  /** The first run: one input, then two where the batch is said to be free. */
  readonly warmUpNs: Nanos;
  /** Most memory the process has held so far. */
  readonly peakMemoryBytes: Bytes;
}

/** Where a tensor lies in the bytes that go with a message. */
export interface TensorPlace {
  readonly shape: readonly number[];
  readonly at: number;
  readonly bytes: Bytes;
}

/** One call of ONNX Runtime. */
export interface RunInputs {
  /** Inputs of the batch, padding not counted; 1 when the model does not batch. */
  readonly rows: number;
  /** One for each of the model's inputs, padding included. */
  readonly inputs: readonly TensorPlace[];
}

export interface OutputPlace extends TensorPlace {
  readonly name: string;
  readonly type: TensorType;
}

export interface RunReport {
  /** For each run its outputs, with one row for each input where the model batches. */
  readonly runs: readonly (readonly OutputPlace[])[];
  /** When ONNX Runtime was first entered and last left, by `monotonicNs`. */
  readonly inferStartedNs: Nanos;
  readonly inferEndedNs: Nanos;
}

export interface UnloadReport {
  /** Most memory the process ever held. */
  readonly peakMemoryBytes: Bytes;
}

export type Command =
  | { readonly type: 'load'; readonly spec: LoadSpec }
  | { readonly type: 'run'; readonly runs: readonly RunInputs[] }
  | { readonly type: 'unload' };
