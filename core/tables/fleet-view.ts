/** What policies may read of the fleet: the columns and indexes that `Fleet` keeps, without what changes them. */
import type { VariantIndex } from '../catalogue/variant.ts';
import type { WorkerId } from './ids.ts';
import type { MachineColumns } from './machine-columns.ts';
import type { ReadonlyColumn } from './request-table.ts';
import type { ReadonlyIds } from './sorted-ids.ts';

/** What policies may read of the fleet. */
export interface FleetView {
  readonly state: ReadonlyColumn;
  readonly generation: ReadonlyColumn;
  readonly variant: ReadonlyColumn;
  readonly machine: ReadonlyColumn;
  /** Inputs waiting in the worker's queue. */
  readonly queued: ReadonlyColumn;
  /** Inputs in the batch that executes. */
  readonly running: ReadonlyColumn;
  /** Inputs assigned to the worker and not answered: in the network, queued and running. */
  readonly outstanding: ReadonlyColumn;
  /** When the executing batch started; read with `running`. */
  readonly batchStartNs: ReadonlyColumn;
  /** Time spent executing in this life, without the batch that executes now. */
  readonly busyNs: ReadonlyColumn;
  /** Requests, and their inputs, assigned to the worker in this life. */
  readonly received: ReadonlyColumn;
  readonly receivedInputs: ReadonlyColumn;
  /** Requests the worker answered in this life, and the sum of their times from its queue to the answer. */
  readonly completed: ReadonlyColumn;
  readonly serviceSumNs: ReadonlyColumn;
  /** Batches that ended in this life, and their inputs. */
  readonly batches: ReadonlyColumn;
  readonly batchedInputs: ReadonlyColumn;
  /** When the worker began to be ready, in the state ready. */
  readonly readySinceNs: ReadonlyColumn;
  /** 1 for workers that do offline work and take no requests; they are in no index. */
  readonly dedicated: ReadonlyColumn;
  /** True for workers that are told to drain and have not begun to. */
  isCondemned(worker: WorkerId): boolean;
  /** Number of worker rows; a row that is `DEAD` is free. */
  readonly workersMax: number;
  /** Worker numbers that are not in use. */
  readonly workersFree: number;
  /** Workers that were claimed and do not load yet: a moment between two messages. */
  readonly workersCold: number;
  /** The variant that serves requests for which a variant was selected: itself, or its successor after a rollout. */
  readonly servedBy: ReadonlyColumn;
  /**
   * 1 for variants that no scaler starts or drains, for a rollout does: a version that serves not yet, or no more. A
   * request that names such a version may start its first worker all the same.
   */
  readonly rolling: ReadonlyColumn;
  /** Workers of a variant that take requests, ascending. */
  ready(variant: VariantIndex): ReadonlyIds;
  /** Workers of a variant that load, ascending. */
  loading(variant: VariantIndex): ReadonlyIds;
  /** Workers of a variant that are on their way: asked for, cold or loading, and not told to drain. */
  coming(variant: VariantIndex): number;
  /** Requests the scheduler holds for a variant, in inputs. */
  readonly waiting: ReadonlyColumn;
  readonly sampled: SampledColumns;
  /** Running totals by variant, for exact averages over a policy's own window. */
  readonly totals: { readonly [Name in keyof VariantTotals]: ReadonlyColumn };
  readonly machines: MachineColumns;
}

/** Per-variant figures the monitor refreshes at its period. */
export interface SampledColumns {
  /** Inputs per second that arrived for the variant in the last period. */
  readonly arrivalRate: Float64Array;
  /** Inputs per second that ended in the last period, however they ended. */
  readonly endedRate: Float64Array;
  /** Mean concurrency of the last period: inputs in the system (assigned or waiting), time-averaged. */
  readonly concurrency: Float64Array;
  /** Busy share of the variant's ready workers in the last period, 0 to 1. */
  readonly utilisation: Float64Array;
  /** Mean latency of the requests that ended in the last period, or 0. */
  readonly meanLatencyNs: Float64Array;
  /** By machine: share of its cores that was busy in the last period, 0 to 1. */
  readonly machineCores: Float64Array;
  /** By machine: share of its accelerators that was busy in the last period, 0 to 1; 0 without accelerators. */
  readonly machineDevices: Float64Array;
  /** How often the columns were refreshed; 0 means they say nothing yet. */
  refreshes: number;
}

/**
 * Running totals by variant. The time-integral of the inputs in the system up to `t` is
 * `t * (arrivedInputs - endedInputs) + momentNs`: every arrival subtracts its instant from the moment, every end
 * adds it, so an exact time average costs two additions a request.
 */
export interface VariantTotals {
  readonly arrivedInputs: Float64Array;
  readonly endedInputs: Float64Array;
  readonly endedRequests: Float64Array;
  readonly latencySumNs: Float64Array;
  readonly momentNs: Float64Array;
}
