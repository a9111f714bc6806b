/** What measuring yields, block by block: what the samples file holds and summaries are made of. Types, and their order. */
import type { Bytes, Nanos } from '../../../core/index.ts';
import type { LoadSample } from './profiled-worker.ts';
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
  readonly hostNs: readonly Nanos[];
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
  readonly detail: string;
}

export type SampleRecord = BlockRecord | LoadRecord | FailureRecord;

/** Whether a failure makes it idle to try a cell: what fails back to back fails under every condition. */
export function isBeyond(failure: FailureRecord, target: number, cell: Cell): boolean {
  const covers =
    failure.kind === 'busy' ||
    (failure.kind === cell.kind && failure.idleNs === cell.idleNs && failure.workers <= cell.workers);
  return failure.target === target && covers && cell.batch >= failure.batch;
}
