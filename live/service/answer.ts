/** What a protocol asks of the service and what it gets: one query, exactly one answer. Types only. */
import type { Nanos, Percent, ReasonName } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';
import type { ModelEntry } from './model-directory.ts';

/** Fires once, when a client has left: an `AbortSignal`, or as much of one as is needed. */
export interface LeaveSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface ServiceQuery {
  /** Who asks: the owner of the signing key, or `default`. */
  readonly application: string;
  /** What is asked for: a variant, an architecture or a use case, from the service's directory. */
  readonly model: ModelEntry;
  /**
   * One tensor per input of the model, checked against `model.inputs` by the protocol. Where the model batches, the
   * first extent of all is the query's number of inputs.
   */
  readonly tensors: readonly TensorValue[];
  /** Latency objective, or `NEVER`: steers selection and is what `late` is judged by; it drops nobody. */
  readonly latencyNs: Nanos;
  /** Least accuracy, or 0. */
  readonly accuracyPercent: Percent;
  /** The client gives up after this long: the query ends as expired. Default: the service's own limit. */
  readonly timeoutNs?: Nanos | undefined;
  /** Fires when the client has left: the query ends as cancelled. */
  readonly signal?: LeaveSignal | undefined;
}

/** Where the time went. The parts of a served query sum to `latencyNs`. */
export interface AnswerTimings {
  readonly loadWaitNs: Nanos;
  readonly queueNs: Nanos;
  readonly preprocessNs: Nanos;
  readonly inferNs: Nanos;
  readonly postprocessNs: Nanos;
  readonly latencyNs: Nanos;
}

export interface Served {
  readonly ok: true;
  readonly outcome: 'served' | 'late';
  /** The variant that served it, as clients know it. */
  readonly variant: string;
  readonly version: string;
  /** Label of the worker that served it, unique over the service's life: for logs and clients, not a number. */
  readonly worker: string;
  /** Inputs of the batch it was part of. */
  readonly batchInputs: number;
  readonly outputs: readonly TensorValue[];
  readonly timings: AnswerTimings;
}

/** Reasons of the service itself, beside those of the actors. */
export type ServiceReason =
  | ReasonName
  | 'stopping'
  | 'too-many-open'
  | 'rate-limit'
  | 'concurrency-limit'
  | 'service-failed';

export interface NotServed {
  readonly ok: false;
  readonly outcome: 'rejected' | 'expired' | 'failed' | 'cancelled';
  readonly reason: ServiceReason;
  /** A sentence for the client: what was wrong, and what would be accepted where that is known. */
  readonly message: string;
  /** When to try again, in seconds, where trying again makes sense. */
  readonly retryAfterS?: number;
}

export type ServiceAnswer = Served | NotServed;
