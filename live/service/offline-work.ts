/**
 * Offline work as the service sees it: who keeps the jobs durably implements `OfflineKeeper`; each epoch gives it an
 * `OfflinePort` to the actors that run them. Files have numbers, unique within an epoch. Types only.
 */
import type { JobCounts, OfflineJob, OfflinePlan } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';

/** A job as the actors of one epoch have it. */
export interface RunningJob {
  /** Number of its first file; the others follow. */
  readonly firstFile: number;
  counts(): JobCounts;
  /** Why it could not be run, or ''. */
  reason(): string;
  /** Nothing more of it is started; what runs may finish. */
  cancel(): void;
}

export interface OfflinePort {
  /** Queues a job behind those there are; its `atNs` and `cancelNs` are ignored. */
  add(job: Omit<OfflineJob, 'atNs' | 'cancelNs'>): RunningJob;
}

export interface OfflineKeeper {
  readonly plan: Omit<OfflinePlan, 'jobs'>;
  /**
   * An epoch begins: the keeper adds what is not done. Returns how the epoch asks for its files, and a function that
   * ends the work: what is committed afterwards is dropped, for the next epoch does it again.
   */
  begin(port: OfflinePort): OfflineFiles;
}

export interface OfflineFiles {
  /**
   * Reads files and makes model inputs of them, one input each. A file that cannot be read or used gives undefined and
   * is noted as failed by the keeper; the others of the batch go on. Never rejects.
   */
  prepare(files: readonly number[]): Promise<readonly (readonly TensorValue[] | undefined)[]>;
  /**
   * Keeps the answers of files, one list of output tensors each, durably; fulfilled when they are. The batch is tried
   * again when it rejects.
   */
  commit(files: readonly number[], answers: readonly (readonly TensorValue[])[], variant: string): Promise<void>;
  /** A batch failed; the actors try it again as often as the job allows. */
  failed(files: readonly number[]): void;
  /** The epoch is over. Fulfilled when commits that had begun are done. */
  end(): Promise<void>;
}
