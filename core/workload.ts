/**
 * What a workload is to the worlds: the kinds of query it contains, and a cursor over its arrivals in order of
 * time. Arrival processes and trace readers in `traces` implement it; both worlds consume it.
 */
import type { Nanos } from './time.ts';
import { NEVER } from './time.ts';

/**
 * What a query asks for. Precedence when several are given: variant, then architecture, then use case.
 * Names, not indexes: a workload knows nothing of the catalogue.
 */
export interface QueryKind {
  readonly application: string;
  /** Wire name of the use case (`task-dataset[-size]`), or ''. */
  readonly useCase: string;
  readonly architecture: string;
  readonly variant: string;
}

/** One arrival. Workloads reuse one object; readers copy what they keep. */
export interface Arrival {
  /** Scheduled time, from the start of the run. */
  atNs: Nanos;
  /** Index into `Workload.kinds`. */
  kind: number;
  /** Inputs of the query, at least 1. */
  inputs: number;
  /** Latency objective, or `NEVER` for none. */
  latencyNs: Nanos;
  /** Accuracy objective in percent, or 0 for none. */
  accuracyPercent: number;
  /** The closed-loop client that issues the query, or -1. */
  client: number;
}

/** A cursor over arrivals in order of time. */
export interface Workload {
  readonly kinds: readonly QueryKind[];
  /** The next arrival. `atNs` is `NEVER` when none is known: the end, or a closed loop waiting for an answer. */
  readonly next: Arrival;
  /** Moves to the following arrival. */
  advance(): void;
  /** Tells a closed loop that a client's request has ended, so that its next arrival can be scheduled. */
  ended?(client: number, atNs: Nanos): void;
  /** Frees what the cursor holds (an open file). */
  close?(): void;
}

/** An arrival with nothing in it, for workloads to fill. */
export function emptyArrival(): Arrival {
  return { atNs: NEVER, kind: 0, inputs: 1, latencyNs: NEVER, accuracyPercent: 0, client: -1 };
}
