/**
 * What a parent and an engine process say to each other: one command, then its one answer. Types only.
 * Messages travel by structured clone, so typed arrays arrive as typed arrays.
 */
import type { Bytes, Nanos, TensorSpec } from '../../core/index.ts';

/** The inputs of a batch, one after another. Models that take other types are refused at load. */
export type InputArray = Float32Array | Uint8Array;

/** An output's values. float16 arrives as its bits. */
export type OutputArray = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

export interface LoadSpec {
  /** Path of the ONNX file. Weights must be inside; ONNX Runtime finds external ones only when it reads the file. */
  readonly path: string;
  /** Digest the file's bytes must have, lower-case hex. Absent: any bytes are tried. */
  readonly sha256?: string;
  /** ONNX Runtime's name of the execution provider: `cpu`, `cuda`, `coreml`... */
  readonly hardware: string;
  /** Threads one run may use, at least 1. */
  readonly threads: number;
  /** Most inputs a run will bring, at least 1. */
  readonly maxBatch: number;
  /** What the input is said to be; it also fills in dimensions the model leaves open. Absent: the model decides. */
  readonly input?: TensorSpec;
}

/** The model's one input, as the session has it. */
export interface InputPlan {
  readonly name: string;
  readonly type: 'float32' | 'uint8';
  /** Dimensions of one input, without the batch. */
  readonly dims: readonly number[];
  /** Values of one input: the product of `dims`. */
  readonly length: number;
  /** The batch every run must have, or null when any will do. Smaller batches are padded. */
  readonly fixedBatch: number | null;
}

export interface LoadReport {
  readonly input: InputPlan;
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

export interface OutputTensor {
  readonly name: string;
  readonly type: TensorSpec['type'];
  /** Dimensions of one row, without the batch. */
  readonly dims: readonly number[];
  /** One row for each input, in the order of the inputs. */
  readonly data: OutputArray;
}

export interface RunReport {
  readonly outputs: readonly OutputTensor[];
  /** When ONNX Runtime was entered and left, by `monotonicNs`. */
  readonly inferStartedNs: Nanos;
  readonly inferEndedNs: Nanos;
}

export interface UnloadReport {
  /** Most memory the process ever held. */
  readonly peakMemoryBytes: Bytes;
}

export type Command =
  | { readonly type: 'load'; readonly spec: LoadSpec }
  | { readonly type: 'run'; readonly inputs: InputArray; readonly count: number }
  | { readonly type: 'unload' };

/** What each command is answered with when it succeeds. */
export interface Reports {
  readonly load: LoadReport;
  readonly run: RunReport;
  readonly unload: UnloadReport;
}

export type Answer =
  | { readonly ok: true; readonly report: Reports[keyof Reports] }
  /** @property detail one line for people, without the file's name. */
  | { readonly ok: false; readonly detail: string };
