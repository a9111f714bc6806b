/** A batch on its way to an engine: who is in it, and where its tensors lie. Types only. */
import type { Bytes, Nanos, Slot } from '../../core/index.ts';
import type { RunInputs } from './engine-protocol.ts';

export interface Batch {
  /** The worker's own buffer; the first `count` slots are the batch. */
  readonly slots: Int32Array;
  readonly count: number;
  /** Inputs of all requests together. */
  readonly inputs: number;
  /** When the batch was handed to the backend, by `monotonicNs`. */
  readonly calledNs: Nanos;
}

/** Requests that one run serves, and their tensors' places in the room. */
export interface PackedRun extends RunInputs {
  readonly slots: readonly Slot[];
  /** Inputs of each request, in the order of `slots`. */
  readonly weights: readonly number[];
}

export interface PackedBatch {
  readonly runs: readonly PackedRun[];
  /** Of the room, from its begin. */
  readonly bytes: Bytes;
}
