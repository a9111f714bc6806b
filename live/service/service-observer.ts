/**
 * What the service tells those who watch it: metrics, logs, traces, the dashboard. Called on the service's
 * path, so an observer only counts or queues; it must not throw. Ends of queries and batches are told when the answers
 * are on their way, before anything else comes in.
 */
import type { Nanos, OutcomeName } from '../../core/index.ts';
import type { ServiceReason } from './answer.ts';
import type { DecisionSnapshot } from './service-snapshot.ts';

/** The one end of a query. Also of those that were refused before an actor saw them. */
export interface QueryEnd {
  /** Number of the query, from 0, unique over the service's life. */
  readonly ordinal: number;
  readonly application: string;
  /** The directory's name that was asked for: bounded by what is registered. */
  readonly model: string;
  /** The variant that served it or was selected for it; '' when none was. */
  readonly variant: string;
  readonly version: string;
  /** '' when no worker had it. */
  readonly worker: string;
  readonly machine: string;
  readonly outcome: OutcomeName;
  readonly reason: ServiceReason;
  readonly inputs: number;
  /** Inputs of the batch it was part of; 0 when it was not executed. */
  readonly batchInputs: number;
  /** The objective, or -1. */
  readonly objectiveNs: Nanos;
  readonly accuracyPercent: number;
  readonly loadWaitNs: Nanos;
  readonly queueNs: Nanos;
  readonly preprocessNs: Nanos;
  readonly inferNs: Nanos;
  readonly postprocessNs: Nanos;
  readonly latencyNs: Nanos;
}

/** The end of a batch. */
export interface BatchEnd {
  readonly variant: string;
  readonly version: string;
  readonly worker: string;
  readonly inputs: number;
  readonly requests: number;
  readonly ok: boolean;
  readonly preprocessNs: Nanos;
  readonly inferNs: Nanos;
  readonly postprocessNs: Nanos;
}

/** A worker's or machine's change of state. */
export interface StateChange {
  readonly subject: 'worker' | 'machine';
  readonly label: string;
  /** Variant of a worker, type of a machine. */
  readonly of: string;
  readonly state: string;
}

/** A worker that has died though nobody wanted it to, or could not load its model. */
export interface WorkerCrash {
  readonly variant: string;
  readonly version: string;
  readonly worker: string;
  /** By itself, by its time or memory limit, or because its model could not be loaded. */
  readonly cause: 'crashed' | 'timeout' | 'memory' | 'load-failed';
  /** What ended its process, where it ended by itself: a signal, or an exit code. */
  readonly signal?: string;
  readonly exitCode?: number;
  /** One line with its last words, without paths. */
  readonly detail: string;
}

export interface ServiceObserver {
  queryEnded?(end: QueryEnd): void;
  batchEnded?(end: BatchEnd): void;
  stateChanged?(change: StateChange): void;
  decided?(decision: DecisionSnapshot): void;
  /** A load that ended well: what it took, in nanoseconds. */
  loaded?(variant: string, version: string, loadNs: Nanos): void;
  crashed?(crash: WorkerCrash): void;
  /** A query whose worker died is tried once more. */
  retried?(variant: string, version: string): void;
  /** The actors failed, a defect of a policy or of ours; they are started anew, up to three times a minute. */
  failed?(error: Error | undefined): void;
}
