/** What measuring yields, block by block: what the samples file holds and summaries are made of. Types, and their order. */
import type { Bytes, Nanos } from '../../../core/index.ts';
import type { CpuShares } from '../cpu-watch.ts';
import type { LoadSample, WorkerFailure } from './profiled-worker.ts';
import type { Cell } from './schedule.ts';

/** Samples of one cell in one round. Times are raw: not yet divided by the kernel's. */
export interface BlockRecord extends Cell {
  readonly type: 'block';
  readonly round: number;
  /** Index of the variant. */
  readonly target: number;
  /** Median of the reference kernel right before and after, on average. */
  readonly kernelNs: Nanos;
  readonly inferNs: readonly Nanos[];
  /** The way there and back, whole; `packNs` and `handOutNs` are its parts in this process, the rest is the hop. */
  readonly hostNs: readonly Nanos[];
  readonly packNs: readonly Nanos[];
  readonly handOutNs: readonly Nanos[];
}

/** One fresh process. */
export interface LoadRecord extends LoadSample {
  readonly type: 'load';
  readonly round: number;
  readonly target: number;
  /** 0 when the process could not say. */
  readonly peakMemoryBytes: Bytes;
}

/** A cell that cannot be measured; larger batches of the same kind are not tried. */
export interface FailureRecord extends Cell {
  readonly type: 'failure';
  readonly target: number;
  readonly cause: WorkerFailure['kind'];
  readonly detail: string;
}

/** A round whose process did not start, though those of other rounds did: its samples are missing. */
export interface LostRecord {
  readonly type: 'lost';
  readonly round: number;
  readonly target: number;
  readonly detail: string;
}

/** One call of `measureCells`, written when it ends: the machine meanwhile. */
export interface SittingRecord {
  readonly type: 'sitting';
  /** When it began. */
  readonly date: string;
  readonly loadAverage: string;
  readonly lastedNs: Nanos;
  /** Null where the system does not tell. */
  readonly shares: CpuShares | null;
  /** It was killed: the next one says so in its place. */
  readonly wasCut: boolean;
}

export type SampleRecord = BlockRecord | LoadRecord | FailureRecord | LostRecord | SittingRecord;

/** Whether a failure makes it idle to try a cell: what fails back to back fails under every condition. */
export function isBeyond(failure: FailureRecord, target: number, cell: Cell): boolean {
  const covers =
    failure.kind === 'busy' ||
    (failure.kind === cell.kind && failure.idleNs === cell.idleNs && failure.workers <= cell.workers);
  return failure.target === target && covers && cell.batch >= failure.batch;
}

/** Whether a later sitting may find it otherwise: only what the model itself refused stays refused. */
export function isPassing(record: SampleRecord): boolean {
  return record.type === 'lost' || (record.type === 'failure' && record.cause !== 'refused');
}
